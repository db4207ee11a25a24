"""What a person sees of an element: its colours, its size, and whether it is there at all.

Computed is what matters for that of CSS 2.2 and its modules. Nothing is laid out: what lies under another
element or outside a scrolled box is not known, and text over a picture counts as seen. Text that is taken for
seen by mistake is still scored as the untrusted text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from fen.hierarchy.html.colours import BLACK, WHITE, Colour, contrast, find_colours, parse_colour
from fen.hierarchy.html.lengths import ROOT, find_functions, parse_length, parse_size
from fen.hierarchy.html.stylesheet import WIDTH

TINY = 2.0
"""Pixels: letters of this size are not read."""

FAINT = 1.35
"""A contrast below this is not seen, unless the hues are far apart; grey #ccc on white has 1.6."""

APART = 150.0
"""The distance of colours that are seen without contrast."""

BLURRED = 4.0
"""Pixels of blur in which letters are lost."""

FAR = 400.0
"""Pixels outside the window at which something is out of sight on purpose."""

BEYOND = 5000.0
"""Pixels to the right, or below, at which nobody looks."""

_LONGEST = 4096  # characters of a value
_SIDES = ("left", "top", "right", "bottom")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_FONT_SIZE = re.compile(
    r"(?:^|\s)(0|[\d.]+(?:px|pt|em|rem|ex|ch|%|vw|vh|pc|mm|cm)|(?:xx?-)?(?:small|large)|medium)(?=/|\s)"
)
_HARMLESS_IMAGE = re.compile(r"url\(\s*(?:''|\"\"|#[^)]*)?\s*\)")


class Sight(msgspec.Struct, frozen=True):
    """What an element hands on to those within it.

    grounds: the colours that may lie behind its text, one where there is no gradient; none where a picture
    does. size: of its letters, in pixels.
    variables: custom properties.
    """

    colour: Colour = BLACK
    grounds: tuple[Colour, ...] = (WHITE,)
    size: float = ROOT
    opacity: float = 1.0
    shown: bool = True
    indent: float = 0.0
    shadow: str = ""
    scale: float = 1.0
    variables: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])

    @property
    def hides_text(self) -> str | None:
        """How text right in the element is hidden; None where it is seen."""
        if not self.shown:
            return "visibility_hidden"
        if self.size * self.scale <= TINY:
            return "tiny_text"
        if self.indent <= -FAR or self.indent >= BEYOND:
            return "off_page"
        if self.colour.alpha * self.opacity <= 0.1:
            return "transparent"
        return self._fades()

    def _fades(self) -> str | None:
        ink = replace(self.colour, alpha=self.colour.alpha * self.opacity)
        if not self.grounds or any(_stands_out(ink, one) for one in self.grounds):
            return None
        shades = find_colours(self.shadow, self.colour)
        if any(_stands_out(shade, one) for shade in shades for one in self.grounds):
            return None  # an outline shows the letters
        return "white_text" if self.colour.luminance > 0.7 else "low_contrast"


def _stands_out(colour: Colour, ground: Colour) -> bool:
    seen = colour.over(ground)
    return contrast(seen, ground) >= FAINT or seen.distance(ground) >= APART


def look(parent: Sight, declared: dict[str, str]) -> tuple[Sight, str | None]:
    """Return what an element with these declarations shows, and how all of it is hidden, if it is."""
    own = {name: value for name, value in declared.items() if name.startswith("--")}
    variables = {**parent.variables, **own} if own else parent.variables
    values = {name: _substitute(value, variables) for name, value in declared.items() if name not in own}
    sight = replace(parent, variables=variables)
    sight = _look_at_text(sight, parent, values)
    sight = _look_at_ground(sight, parent, values)
    sight = replace(sight, opacity=sight.opacity * _opacity(values), scale=sight.scale * _scale(values))
    for find in (_find_absence, _find_box, _find_place):
        reason = find(values, sight)
        if reason is not None:
            return sight, reason
    return sight, None


def covers(declared: Mapping[str, str]) -> bool:
    """Whether an element lies opaque over the whole of the element around it."""
    if declared.get("position", "").strip().lower() != "absolute":
        return False
    sides = {name: parse_length(declared.get(name, declared.get("inset", ""))) for name in _SIDES}
    wide = sides["right"] == 0 or (parse_length(declared.get("width", "")) or 0) >= WIDTH
    high = sides["bottom"] == 0 or (parse_length(declared.get("height", "")) or 0) >= WIDTH
    ground = declared.get("background", declared.get("background-color", ""))
    opaque = any(one.alpha >= 0.95 for one in find_colours(ground, BLACK)) and "gradient" not in ground
    return sides["left"] == 0 and sides["top"] == 0 and wide and high and opaque


def _substitute(value: str, variables: Mapping[str, str]) -> str:
    """Put in custom properties, which may name others."""
    for _ in range(8):
        value = value[:_LONGEST]
        if "var(" not in value:
            break
        value = _VARIABLE.sub(lambda found: variables.get(found[1], found[2] or ""), value)
    return value[:_LONGEST]


def _look_at_text(sight: Sight, parent: Sight, values: Mapping[str, str]) -> Sight:
    size = _font_size(values, parent.size)
    fill = values.get("-webkit-text-fill-color", values.get("fill", values.get("color", "")))
    colour = parse_colour(fill, parent.colour) if fill else None
    if values.get("color", "").strip().lower() in ("initial", "unset") and "fill" not in values:
        colour = BLACK if values["color"].strip().lower() == "initial" else None
    shown = values.get("visibility", "").strip().lower()
    indent = parse_length(values.get("text-indent", "").partition(" ")[0], size, BEYOND)
    return replace(
        sight,
        size=size,
        colour=parent.colour if colour is None else colour,
        shown=parent.shown if shown in ("", "inherit", "unset") else shown in ("visible", "initial"),
        indent=parent.indent if indent is None else indent,
        shadow=values.get("text-shadow", values.get("-webkit-text-stroke", parent.shadow)),
    )


def _font_size(values: Mapping[str, str], parent: float) -> float:
    """The size of `font-size`, or of the shorthand, whichever the cascade put last."""
    for name in reversed([name for name in values if name in ("font", "font-size")]):
        if name == "font-size":
            size = parse_size(values[name], parent)
        else:
            found = _FONT_SIZE.search(values[name].lower())
            size = parse_size(found[1], parent) if found else None
        if size is not None:
            return size
    return parent


def _look_at_ground(sight: Sight, parent: Sight, values: Mapping[str, str]) -> Sight:
    """Lay the element's background over that of the parent."""
    grounds = parent.grounds
    for name in ("background", "background-color", "background-image"):
        value = _HARMLESS_IMAGE.sub("", values.get(name, ""))
        if not value:
            continue
        found = find_colours(value, sight.colour)
        if "url(" in value or "image-set(" in value:
            grounds = ()
        elif found and parent.grounds:
            grounds = tuple(one.over(parent.grounds[0]) for one in found)
        elif found and any(one.alpha > 0.9 for one in found):
            grounds = tuple(found)
    clip = values.get("background-clip", values.get("-webkit-background-clip", ""))
    if "text" in f"{clip} {values.get('background', '')}".lower().split():
        # The letters are windows on the background, which lies on the parent's.
        return replace(sight, colour=grounds[0] if grounds else sight.colour, grounds=parent.grounds)
    return replace(sight, grounds=grounds)


def _opacity(values: Mapping[str, str]) -> float:
    share = _number(values.get("opacity", ""))
    for name, arguments in find_functions(values.get("filter", "")):
        if name == "opacity":
            share = min(1.0 if share is None else share, _number(arguments[0]) or 0.0)
    if values.get("fill-opacity"):
        share = min(1.0 if share is None else share, _number(values["fill-opacity"]) or 0.0)
    return 1.0 if share is None else max(0.0, min(share, 1.0))


def _number(text: str) -> float | None:
    text = text.strip()
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None


def _scale(values: Mapping[str, str]) -> float:
    """The smaller of what the element is scaled by in width and in height."""
    least = _least(values.get("scale", "").split())
    zoom = _number(values.get("zoom", ""))
    least *= 1.0 if zoom is None else abs(zoom)
    for name, arguments in find_functions(values.get("transform", "")):
        if name.startswith("scale"):
            least *= _least(arguments)
        elif name == "matrix" and len(arguments) == 6:
            least *= _least([arguments[0], arguments[3]]) if arguments[1:3] == ["0", "0"] else 1.0
        elif name in ("rotatex", "rotatey") and arguments[0] in ("90deg", "-90deg", "270deg", "0.25turn"):
            least = 0.0
    return least


def _least(numbers: list[str]) -> float:
    found = [abs(number) for one in numbers[:2] if (number := _number(one)) is not None]
    return min(found, default=1.0)


def _find_absence(values: Mapping[str, str], sight: Sight) -> str | None:
    if values.get("display", "").strip().lower() == "none":
        return "display_none"
    if values.get("content-visibility", "").strip().lower() == "hidden":
        return "display_none"
    if sight.opacity <= 0.1:
        return "transparent"
    if values.get("-webkit-text-security", "none").strip().lower() not in ("none", "initial", ""):
        return "masked"  # dots in place of letters
    if "override" in values.get("unicode-bidi", "") and values.get("direction", "").strip().lower() == "rtl":
        return "bidi_override"
    for name, arguments in find_functions(values.get("filter", "")):
        if name == "blur" and (parse_length(arguments[0]) or 0.0) >= BLURRED:
            return "blurred"
    return "scaled_away" if sight.scale <= 0.05 else None


def _find_box(values: Mapping[str, str], sight: Sight) -> str | None:
    """Whether the element's box has no room, or is cut off."""
    flow = " ".join(values.get(name, "") for name in ("overflow", "overflow-x", "overflow-y")).lower()
    if any(word in flow for word in ("hidden", "clip", "scroll", "auto")):
        for name in ("width", "height", "max-width", "max-height", "block-size", "inline-size"):
            room = parse_length(values.get(name, ""), sight.size)
            if room is not None and room <= TINY and not _grows(name, values, sight):
                return "zero_size"
        if parse_length(values.get("line-height", ""), sight.size) == 0:
            return "zero_size"
    spacing = parse_length(values.get("letter-spacing", ""), sight.size)
    if spacing is not None and spacing <= -0.45 * sight.size:
        return "zero_size"  # all letters in one place
    cut = find_functions(values.get("clip", "") + " " + values.get("clip-path", ""))
    return "clipped" if any(_cuts_off(name, arguments) for name, arguments in cut) else None


def _grows(name: str, values: Mapping[str, str], sight: Sight) -> bool:
    """Whether a box without a size of its own gets room otherwise: it takes what is left, or has padding."""
    if name in ("width", "inline-size"):
        least = parse_length(values.get("min-width", ""), sight.size)
        return "flex" in values or "flex-grow" in values or (least is not None and least > TINY)
    paddings = [values.get(f"padding-{side}", "") for side in ("top", "bottom")]
    paddings += values.get("padding", "").split()[:1]
    rooms = [parse_length(one, sight.size) for one in [*paddings, values.get("min-height", "")]]
    return name in ("height", "block-size") and any(room is not None and room > TINY for room in rooms)


def _cuts_off(name: str, arguments: list[str]) -> bool:
    sides = [length for one in arguments if (length := parse_length(one, ROOT, 100)) is not None]
    if name == "rect" and len(sides) == 4:
        return sides[2] - sides[0] <= TINY or sides[1] - sides[3] <= TINY
    if name == "inset" and sides:
        top, right, bottom, left = (sides * 4)[:4] if len(sides) != 3 else (*sides, sides[1])
        percent = all("%" in one for one in arguments if parse_length(one) is not None)
        return percent and (top + bottom >= 98 or right + left >= 98)
    if name in ("circle", "ellipse") and sides:
        return sides[0] <= TINY
    return name == "polygon" and bool(sides) and (len(set(sides[::2])) == 1 or len(set(sides[1::2])) == 1)


def _find_place(values: Mapping[str, str], sight: Sight) -> str | None:
    """Whether the element stands outside the window, is moved there, or lies behind what is painted."""
    moved = values.get("translate", "").split()
    for name, arguments in find_functions(values.get("transform", "")):
        if name.startswith("translate"):
            moved += arguments
    lengths = [parse_length(one, sight.size, 100) for one in moved]  # % of its own size, unknown
    sides = [values.get(f"margin-{side}", "") for side in ("left", "top", "right", "inline-start")]
    sides += values.get("margin", "").split()
    if values.get("position", "static").strip().lower() not in ("static", ""):
        sides += values.get("inset", "").split()
        sides += [values.get(side, "") for side in ("left", "top", "right", "bottom", "inset-inline-start")]
        left = parse_length(values.get("left", ""), sight.size, FAR)
        if left is not None and left >= WIDTH:
            return "off_page"
        level = parse_length(values.get("z-index", ""))
        if level is not None and level < 0:
            return "covered"  # by what is painted around it or beside it
    lengths += [parse_length(one, sight.size, FAR) for one in sides]
    out = any(length is not None and (length <= -FAR or length >= BEYOND) for length in lengths)
    return "off_page" if out else None
