"""Shapes of a Word document: where they stand, what colour they have, what is written in their stead.

Source: ECMA-376 part 1, 20.4.2 (anchors in the text), part 4, 19.1.2 (VML). Lengths are in points.
"""

from __future__ import annotations

import re

import msgspec

from fen.hierarchy.documents.contrast import Colour, parse_colour
from fen.hierarchy.documents.docx.look import Theme, read_number
from fen.hierarchy.documents.xml import Element, children, find_child, name_of, read_value

_EMU = 12_700  # of a point
_SHOWN = 2.0  # points of width and height from which a shape is seen
_LENGTH = re.compile(r"(-?[\d.]+)\s*(pt|in|cm|mm|px|)")
_POINTS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, "": 1.0}


class Sheet(msgspec.Struct, frozen=True):
    """The page's width and height."""

    width: float = 612.0
    height: float = 792.0


def judge_shape(shape: Element, sheet: Sheet) -> str | None:
    """Return how a drawing's frame or a VML shape is hidden; None where it is seen, or not told."""
    name = name_of(shape)
    if name in ("anchor", "inline"):
        return _judge_anchor(shape, sheet)
    style = read_value(shape, "style")
    return _judge_style(style, sheet) if style is not None else None


def read_fill(shape: Element, theme: Theme) -> Colour | None:
    """Return the colour that fills a shape; None where it has none."""
    properties = find_child(shape, "spPr")
    for one in children(find_child(properties, "solidFill")):
        if name_of(one) == "srgbClr":
            return parse_colour(read_value(one))
        if name_of(one) == "schemeClr":
            return theme.colours.get(read_value(one) or "")
    return parse_colour(read_value(shape, "fillcolor"))


def _judge_anchor(anchor: Element, sheet: Sheet) -> str | None:
    if read_value(find_child(anchor, "docPr"), "hidden") in ("1", "true"):
        return "hidden_shape"
    extent = find_child(anchor, "extent")
    width, height = (_emu(read_value(extent, name)) for name in ("cx", "cy"))
    if extent is not None and min(width, height) < _SHOWN:
        return "hidden_shape"
    for axis, size, room in (("positionH", width, sheet.width), ("positionV", height, sheet.height)):
        offset = find_child(anchor, axis, "posOffset")
        if offset is None:
            continue
        start = _emu(offset.text)
        if start + size <= 0 and read_value(find_child(anchor, axis), "relativeFrom") == "page":
            return "off_page"
        if start + size <= -room / 4 or start >= room:
            return "off_page"
    return None


def _judge_style(style: str, sheet: Sheet) -> str | None:
    told = dict(part.split(":", 1) for part in style.replace(" ", "").split(";") if ":" in part)
    if told.get("visibility") == "hidden" or told.get("display") == "none":
        return "hidden_shape"
    width, height = _length(told.get("width")), _length(told.get("height"))
    if (width is not None and width < _SHOWN) or (height is not None and height < _SHOWN):
        return "hidden_shape"
    for name, room in (("left", sheet.width), ("top", sheet.height)):
        size = (width if name == "left" else height) or 0.0
        start = _length(told.get(f"margin-{name}")) or _length(told.get(name)) or 0.0
        if start + size <= -room / 4 or start >= room:
            return "off_page"
    return None


def _emu(text: str | None) -> float:
    return (read_number(text) or 0.0) / _EMU


def _length(text: str | None) -> float | None:
    found = _LENGTH.fullmatch(text or "")
    return (read_number(found[1]) or 0.0) * _POINTS[found[2]] if found else None
