"""A legend: which mark is which name, in rows that fit the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.svg import words

_MARK = 24.0
_GAP = 18.0
ROW = 22.0


def draw_legend(
    names: Sequence[str], draw: Callable[[int, float, float], str], left: float, top: float, room: float
) -> tuple[str, float]:
    """Return the legend and its height; `draw` returns the mark of an index, around a point."""
    x, y = left, top
    drawn: list[str] = []
    for index, name in enumerate(names):
        shown = shorten(name, room - _MARK)
        wide = _MARK + width(shown)
        if x > left and x + wide > left + room:
            x, y = left, y + ROW
        drawn += [draw(index, x + 8, y), words(x + _MARK, y + 4.5, shown)]
        x += wide + _GAP
    return "".join(drawn), (y - top + ROW if names else 0.0)
