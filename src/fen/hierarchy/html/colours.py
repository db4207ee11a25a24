"""Colours of CSS: read, laid over each other, and compared as an eye does.

Sources: CSS Color 4 (names, functions), WCAG 2.2 (relative luminance, contrast ratio).
"""

from __future__ import annotations

import colorsys
import math
import re
from types import MappingProxyType

import msgspec


class Colour(msgspec.Struct, frozen=True):
    """Red, green and blue from 0 to 255, and opacity from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: Colour) -> Colour:
        """Return what is seen where this lies on an opaque ground."""
        rest = 1 - self.alpha
        return Colour(
            self.red * self.alpha + ground.red * rest,
            self.green * self.alpha + ground.green * rest,
            self.blue * self.alpha + ground.blue * rest,
        )

    @property
    def luminance(self) -> float:
        """Brightness from 0 to 1."""
        return 0.2126 * _linear(self.red) + 0.7152 * _linear(self.green) + 0.0722 * _linear(self.blue)

    def distance(self, other: Colour) -> float:
        """How far apart the channels are, from 0 to 442: yellow on white has little contrast and is seen."""
        return math.dist((self.red, self.green, self.blue), (other.red, other.green, other.blue))


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of WCAG: 1 for the same brightness, 21 for black on white."""
    low, high = sorted((one.luminance, other.luminance))
    return (high + 0.05) / (low + 0.05)


def parse_colour(text: str, current: Colour = BLACK) -> Colour | None:
    """Return a colour of CSS; None for what is none, or is not known. current: what `currentcolor` is."""
    text = text.strip().lower()
    if text == "currentcolor":
        return current
    if text.startswith("#"):
        return _read_digits(text[1:])
    if text in _NAMED:
        return _read_digits(_NAMED[text])
    call = _CALL.fullmatch(text)
    if call is None:
        return None
    parts = _PART.findall(call[2])
    return _read_call(call[1], parts) if len(parts) in (3, 4) else None


def find_colours(text: str, current: Colour) -> list[Colour]:
    """Return the colours that a value names, in order: those of a `background`, the stops of a gradient."""
    found = (parse_colour(token[0], current) for token in _TOKEN.finditer(text.lower()))
    return [colour for colour in found if colour is not None]


def _linear(channel: float) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _read_digits(digits: str) -> Colour | None:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8) or _HEX.fullmatch(digits) is None:
        return None
    red, green, blue, *alpha = bytes.fromhex(digits)
    return Colour(red, green, blue, alpha[0] / 255 if alpha else 1.0)


def _read_call(name: str, parts: list[str]) -> Colour | None:
    alpha = _share(parts[3]) if len(parts) == 4 else 1.0
    if name.startswith("rgb"):
        red, green, blue = (_share(part, 255 if part.endswith("%") else 1) for part in parts[:3])
        return Colour(min(red, 255), min(green, 255), min(blue, 255), min(alpha, 1))
    hue = float(parts[0].removesuffix("deg").removesuffix("%")) / 360 % 1
    saturation, lightness = (min(_share(part), 100 if not part.endswith("%") else 1) for part in parts[1:3])
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return Colour(red * 255, green * 255, blue * 255, min(alpha, 1))


def _share(part: str, whole: float = 1.0) -> float:
    """A number, or a percentage of the whole."""
    return float(part[:-1]) / 100 * whole if part.endswith("%") else float(part)


_HEX = re.compile(r"[0-9a-f]+")
_CALL = re.compile(r"(rgba?|hsla?)\(([^()]*)\)")
_PART = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:%|deg)?")
_TOKEN = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|[a-z]+")
_NAMES = """
aliceblue f0f8ff antiquewhite faebd7 aqua 0ff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4
black 000 blanchedalmond ffebcd blue 00f blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0
canvas fff canvastext 000 chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk
fff8dc crimson dc143c cyan 0ff darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9
darkgreen 006400 darkgrey a9a9a9 darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f darkorange
ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b
darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493
deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0
forestgreen 228b22 fuchsia f0f gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520 gray
808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo
4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon
fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3
lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 lightsalmon ffa07a lightseagreen 20b2aa lightskyblue
87cefa lightslategray 789 lightslategrey 789 lightsteelblue b0c4de lightyellow ffffe0 lime 0f0 limegreen
32cd32 linen faf0e6 magenta f0f maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid
ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee mediumspringgreen 00fa9a
mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose ffe4e1
moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500
orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred
db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple
800080 rebeccapurple 663399 red f00 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072
sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue
6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f steelblue 4682b4 tan d2b48c teal
008080 thistle d8bfd8 tomato ff6347 transparent 0000 turquoise 40e0d0 violet ee82ee wheat f5deb3 white
fff whitesmoke f5f5f5 yellow ff0 yellowgreen 9acd32
"""
_NAMED = MappingProxyType(dict(re.findall(r"([a-z]+)\s+([0-9a-f]+)", _NAMES)))
