"""How a run of a Word document looks: its properties, as far as they can hide it.

Source: ECMA-376 part 1, 17.3.2 (run properties), 17.18.40 (highlight), 17.18.97 (theme colours).
"""

from __future__ import annotations

import msgspec

from fen.hierarchy.documents.contrast import WHITE, Colour, blends, mix, parse_colour
from fen.hierarchy.documents.xml import Element, find_child, name_of, read_value

_TINY = 2.0  # points of an em; print begins at 4
_FAR = 200.0  # points above or below the line
_SIZE = 10.0  # points, where nothing says otherwise
_OFF = frozenset({"0", "false", "off", "none"})
_HIGHLIGHTS: dict[str, Colour] = {
    "black": (0, 0, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "green": (0, 255, 0),
    "magenta": (255, 0, 255),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "white": WHITE,
    "darkBlue": (0, 0, 128),
    "darkCyan": (0, 128, 128),
    "darkGreen": (0, 128, 0),
    "darkMagenta": (128, 0, 128),
    "darkRed": (128, 0, 0),
    "darkYellow": (128, 128, 0),
    "darkGray": (128, 128, 128),
    "lightGray": (192, 192, 192),
}


class Theme(msgspec.Struct, frozen=True):
    """The colours that a document's theme names."""

    colours: dict[str, Colour]

    def read(self, element: Element | None, value: str = "val", prefix: str = "theme") -> Colour | None:
        """Return an element's colour: the theme's where it names one, else its own; None for `auto`."""
        key = "themeColor" if prefix == "theme" else prefix
        named = self.colours.get(read_value(element, key) or "")
        if named is None:
            return parse_colour(read_value(element, value))
        for attribute, towards in (("Tint", WHITE), ("Shade", (0, 0, 0))):
            part = read_value(element, prefix + attribute)
            if part is not None:
                named = mix(named, towards, _byte(part) / 255)
        return named

    def read_shade(self, holder: Element | None) -> Colour | None:
        """Return what the `shd` of an element's properties paints behind it; None where it paints nothing."""
        shade = find_child(holder, "shd")
        pattern = read_value(shade)
        fill = self.read(shade, "fill", "themeFill")
        if shade is None or pattern == "nil":
            return None
        ink = self.read(shade, "color") or (0, 0, 0)
        if pattern == "solid":
            return ink
        if pattern is not None and pattern.startswith("pct") and pattern[3:].isdigit():
            return mix(ink, fill or WHITE, min(1.0, int(pattern[3:]) / 100))
        return fill


class Look(msgspec.Struct, frozen=True):
    """Properties of a run; None for what is not said.

    auto: that the colour is the system's own, so black on light and white on dark. size: in points. scale:
    of the width, 1 for as drawn. spacing, raised: in points. clear: w14's fill without colour.
    """

    hidden: bool | None = None
    colour: Colour | None = None
    auto: bool | None = None
    behind: Colour | None = None
    size: float | None = None
    wide_size: float | None = None
    wide: bool | None = None
    scale: float | None = None
    spacing: float | None = None
    raised: float | None = None
    outlined: bool | None = None
    clear: bool | None = None

    def over(self, below: Look) -> Look:
        """Return this look where it says something, the other one elsewhere."""
        own = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(below, **own) if own else below


def read_look(properties: Element | None, theme: Theme) -> Look:
    """Return what an `rPr` says."""
    if properties is None:
        return Look()
    found = {name_of(child): child for child in properties}
    colour = theme.read(found.get("color"))
    return Look(
        hidden=_either(_flag(found.get("vanish")), _flag(found.get("specVanish"))),
        colour=colour,
        auto=None if "color" not in found else colour is None,
        behind=_HIGHLIGHTS.get(read_value(found.get("highlight")) or "") or theme.read_shade(properties),
        size=_number(found.get("sz"), 2),
        wide_size=_number(found.get("szCs"), 2),
        wide=_either(_flag(found.get("rtl")), _flag(found.get("cs"))),
        scale=_number(found.get("w"), 100),
        spacing=_number(found.get("spacing"), 20),
        raised=_number(found.get("position"), 2),
        outlined=_either(_flag(found.get("outline")), True if "textOutline" in found else None),
        clear=_is_clear(found.get("textFill")),
    )


def judge_look(look: Look, paper: Colour) -> str | None:
    """Return how a run of that look is hidden on that colour; None where it is seen."""
    size = (look.wide_size if look.wide else look.size) or _SIZE
    if look.hidden:
        return "hidden_run"
    if look.clear and not look.outlined:
        return "transparent_text"
    if size <= _TINY or size * (1.0 if look.scale is None else look.scale) < _TINY:
        return "tiny_text"
    if look.spacing is not None and look.spacing < -0.4 * size:
        return "squeezed_text"
    if abs(look.raised or 0.0) > _FAR:
        return "off_page"
    if look.colour is None or look.auto or look.outlined:
        return None
    return "white_text" if blends(look.colour, look.behind or paper) else None


def read_number(text: str | None) -> float | None:
    """Return a number, with or without a unit of length behind it; None where there is none."""
    try:
        return float((text or "").strip().removesuffix("pt").removesuffix("%"))
    except ValueError:
        return None


def _number(element: Element | None, divisor: float) -> float | None:
    number = read_number(read_value(element))
    return None if number is None else number / divisor


def _flag(element: Element | None) -> bool | None:
    if element is None:
        return None
    return (read_value(element) or "1") not in _OFF


def _either(one: bool | None, other: bool | None) -> bool | None:
    return one if other is None else other if one is None else one or other


def _is_clear(fill: Element | None) -> bool | None:
    """Whether w14's `textFill` paints nothing, or nearly nothing."""
    if fill is None:
        return None
    parts = {name_of(one): read_value(one) for one in fill.iter("*")}
    return "noFill" in parts or (read_number(parts.get("alpha")) or 0.0) > 95_000


def _byte(text: str) -> int:
    try:
        return min(255, int(text, 16))
    except ValueError:
        return 255
