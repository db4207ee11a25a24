"""What a browser brings along: its own style sheet, attributes that style, elements that it never shows.

Source: HTML, 15 (rendering) and 2.3.6 (legacy colours); SVG 2 (presentation attributes).
"""

from __future__ import annotations

import re
from types import MappingProxyType

from fen.hierarchy.html.tree import Element

BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br button center dd details dialog dir div dl dt fieldset"
        " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html iframe legend li main menu"
        " nav ol option p pre section select summary table tbody textarea tfoot thead title tr ul xmp"
        " listing plaintext optgroup caption",
    )
)
"""Elements that begin a line of their own."""

KEPT = frozenset({"pre", "textarea", "xmp", "listing", "plaintext"})
"""Elements in which white space stays as it is."""

_NEVER = MappingProxyType(
    {
        "template": "template", "noscript": "noscript", "title": "metadata", "desc": "metadata",
        "metadata": "metadata", "defs": "metadata", "symbol": "metadata", "annotation": "metadata",
        "annotation-xml": "metadata", "script": "script", "iframe": "fallback", "noembed": "fallback",
        "noframes": "fallback", "canvas": "fallback", "video": "fallback", "audio": "fallback",
        "object": "fallback", "datalist": "fallback", "meter": "fallback", "progress": "fallback",
        "rp": "fallback",
    }
)  # fmt: skip
_OWN = MappingProxyType(
    {
        "button": (("color", "black"), ("background-color", "#efefef")),
        "input": (("color", "black"), ("background-color", "white")),
        "select": (("color", "black"), ("background-color", "white")),
        "textarea": (("color", "black"), ("background-color", "white")),
        "mark": (("color", "black"), ("background-color", "yellow")),
        "small": (("font-size", "smaller"),),
        "sub": (("font-size", "smaller"),),
        "sup": (("font-size", "smaller"),),
        "h1": (("font-size", "2em"),),
        "h2": (("font-size", "1.5em"),),
        "big": (("font-size", "larger"),),
    }
)
_FONT_SIZES = ("10px", "13px", "16px", "18px", "24px", "32px", "48px")
_SVG = frozenset({"svg", "text", "tspan", "textpath", "g", "a", "switch", "foreignobject"})
_PRESENTATION = (
    "fill",
    "opacity",
    "visibility",
    "display",
    "font-size",
    "fill-opacity",
    "transform",
    "clip-path",
)
_FOR_READERS = frozenset({"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "u-sr-only"})
_HIDING = frozenset({"d-none", "hidden", "is-hidden", "invisible", "hide", "opacity-0", "display-none"})
_SCRIPTS = re.compile(
    r"(?:(?:text|application)/(?:x-)?(?:java|ecma)script|module|importmap|speculationrules)?\Z"
)


def never_shown(element: Element) -> str | None:
    """Return the kind of an element that no browser shows, whatever its style; None for others."""
    tag = element.tag
    if tag in ("dialog", "details"):
        return "closed_dialog" if tag == "dialog" and element.get("open") is None else None
    if element.get("popover") is not None:
        return "closed_dialog"
    return _NEVER.get(tag)


def is_program(element: Element) -> bool:
    """Whether the element's text is a program or a style sheet, and not text that a script could use."""
    kind = (element.get("type") or "").strip().lower()
    return element.tag == "style" or (element.tag == "script" and _SCRIPTS.match(kind) is not None)


def style_lowest(element: Element, *, linked: bool) -> dict[str, str]:
    """Return the declarations that any style sheet of the page overrides.

    linked: the page has style sheets elsewhere, which are not fetched; the names of widely used classes tell
    what those say.
    """
    declared = dict(_OWN.get(element.tag, ())) | _style_by_attributes(element)
    classes = element.get("class")
    if classes:
        declared |= _read_classes(classes.lower().split(), linked=linked)
    for attribute, name in (("bgcolor", "background-color"), ("text", "color"), ("color", "color")):
        value = element.get(attribute)
        if value:
            declared[name] = f"#{value}" if re.fullmatch("[0-9a-fA-F]{6}", value) else value
    if element.get("background"):
        declared["background-image"] = "url(picture)"
    if element.tag == "font" and (element.get("size") or "").lstrip("+-").isdecimal():
        declared["font-size"] = _font_size(element.get("size") or "")
    if element.tag in _SVG:
        declared.update((name, value) for name in _PRESENTATION if (value := element.get(name)))
        if element.tag in ("text", "tspan"):
            declared |= {
                "position": "absolute",
                "left": element.get("x") or "",
                "top": element.get("y") or "",
            }
    return declared


def _style_by_attributes(element: Element) -> dict[str, str]:
    declared: dict[str, str] = {}
    if element.tag == "a" and element.get("href") is not None:
        declared["color"] = "#0000ee"
    if element.get("hidden") is not None:
        declared["display"] = "none"
    if element.tag == "bdo":
        declared["unicode-bidi"] = "bidi-override"
    if element.get("dir"):
        declared["direction"] = element.get("dir") or ""
    return declared


def _read_classes(classes: list[str], *, linked: bool) -> dict[str, str]:
    if any(name in _FOR_READERS for name in classes):
        return {"position": "absolute", "clip": "rect(0,0,0,0)"}
    shown_later = any(":" in name or (name.startswith("d-") and name != "d-none") for name in classes)
    if linked and not shown_later and any(name in _HIDING for name in classes):
        return {"display": "none"}
    return {}


def _font_size(size: str) -> str:
    level = int(size.lstrip("+-")[:3])
    if size.startswith(("+", "-")):
        level = 3 + (level if size.startswith("+") else -level)
    return _FONT_SIZES[min(max(level, 1), 7) - 1]
