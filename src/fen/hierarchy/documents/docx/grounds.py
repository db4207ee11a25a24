"""Floating shapes of a Word document that lie behind its text, or on it.

Nobody lays the document out here, so only a shape counts that stands at its own paragraph; how far down it
reaches is estimated by lines. Source: ECMA-376 part 1, 20.4.2.3 (anchors).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fen.hierarchy.documents.contrast import Colour
from fen.hierarchy.documents.docx.look import Theme, read_number
from fen.hierarchy.documents.docx.shapes import Sheet, read_fill
from fen.hierarchy.documents.xml import Element, find_all, find_child, read_value

_EMU = 12_700  # of a point
_NEAR = 36.0  # points from the paragraph's corner
_LINE = 14.0  # points of a line's height
_PER_LINE = 90  # characters
_HERE = frozenset({"paragraph", "line", "column", "character"})


class Ground(msgspec.Struct, frozen=True):
    """A filled shape at a paragraph; height: points that it reaches down; covers: whether it is in front."""

    colour: Colour
    height: float
    covers: bool


def find_grounds(paragraph: Element, theme: Theme, sheet: Sheet) -> Iterator[Ground]:
    """Yield the filled shapes that stand where a paragraph does, and are a quarter of the page wide."""
    for anchor in find_all(paragraph, "anchor"):
        if find_child(anchor, "wrapNone") is None or not _stands_here(anchor):
            continue
        extent = find_child(anchor, "extent")
        width, height = ((read_number(read_value(extent, name)) or 0.0) / _EMU for name in ("cx", "cy"))
        colour = next((fill for shape in find_all(anchor, "wsp") if (fill := read_fill(shape, theme))), None)
        if colour is not None and width >= sheet.width / 4 and height >= _LINE / 2:
            yield Ground(colour, height, read_value(anchor, "behindDoc") not in ("1", "true"))


def lower(ground: Ground, text: str) -> Ground:
    """Return what is left of a shape below a paragraph of that text."""
    lines = 1 + len(text) // _PER_LINE
    return msgspec.structs.replace(ground, height=ground.height - lines * _LINE)


def _stands_here(anchor: Element) -> bool:
    for axis in ("positionH", "positionV"):
        position = find_child(anchor, axis)
        offset = find_child(position, "posOffset")
        away = (read_number(offset.text) or 0.0) / _EMU if offset is not None else 0.0
        if read_value(position, "relativeFrom") not in _HERE or abs(away) > _NEAR:
            return False
    return True
