"""Steps over time on a logarithmic axis: prices, which hold until the next one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from fen.evals.report.charts.legend import draw_legend
from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.scale import Scale, choose_scale
from fen.evals.report.charts.svg import element, marker, path, picture, series_class, words

_WIDTH = 900.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 880.0, 40.0, 440.0
_LABEL = 150.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORT = 800  # days; a shorter time has months on its axis


class Stair(msgspec.Struct, frozen=True):
    """A price through time: from each day on it is what stands there, until `end`, or until the chart's.

    group: series of one group share a colour and a mark.
    """

    name: str
    group: str
    steps: tuple[tuple[date, float], ...]
    end: date | None = None


def draw_steps(
    stairs: Sequence[Stair], first: date, last: date, *, title: str, description: str, unit: str
) -> str:
    """Return the chart of the days from `first` to `last`; a price of nothing is drawn at the lower edge."""
    groups = list(dict.fromkeys(stair.group for stair in stairs))
    values = [value for stair in stairs for _, value in stair.steps if value > 0]
    up = choose_scale(values or [1.0], _BOTTOM, _TOP)
    across = Scale(first.toordinal(), max(last, first).toordinal() + 1, _LEFT, _RIGHT)
    taken: list[tuple[float, float, float]] = []
    drawn = [_draw_axes(across, up, unit)]
    drawn += [_draw_stair(stair, groups.index(stair.group), across, up, taken) for stair in stairs]
    legend, high = draw_legend(groups, marker, _LEFT, _BOTTOM + 52, _RIGHT - _LEFT)
    content = "".join([*drawn, legend])
    return picture(_WIDTH, _BOTTOM + 46 + high, content, title=title, description=description)


def _draw_axes(across: Scale, up: Scale, unit: str) -> str:
    drawn = [words(_LEFT - 50, 16, unit, "caption")]
    for value in up.ticks():
        y = up.place(value)
        drawn += [
            path([(_LEFT, y), (_RIGHT, y)], "grid"),
            words(_LEFT - 8, y + 4, f"{value:g}", "tick", "end"),
        ]
    for day, name in _list_days(date.fromordinal(int(across.low)), date.fromordinal(int(across.high))):
        x = across.place(day.toordinal())
        drawn += [
            path([(x, _BOTTOM), (x, _BOTTOM + 5)], "axis"),
            words(x, _BOTTOM + 20, name, "tick", "middle"),
        ]
    drawn.append(path([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], "axis"))
    return "".join(drawn)


def _list_days(first: date, last: date) -> list[tuple[date, str]]:
    """Return what stands on the axis: the years, or of a shorter time the quarters or months too."""
    days = (last - first).days
    every = 12 if days > _SHORT else 3 if days > _SHORT / 2 else 1
    found: list[tuple[date, str]] = []
    for year in range(first.year, last.year + 1):
        for month in range(1, 13, every):
            day = date(year, month, 1)
            if first <= day < last:
                found.append((day, f"{year}" if month == 1 else _MONTHS[month - 1]))
    return found


def _draw_stair(
    stair: Stair, group: int, across: Scale, up: Scale, taken: list[tuple[float, float, float]]
) -> str:
    """Return a stair with a mark at each of its steps, and its name where there is room for it."""
    points: list[tuple[float, float]] = []
    marks: list[str] = []
    for day, value in stair.steps:
        x = across.place(day.toordinal())
        y = up.place(value) if value > 0 else up.start
        if points and points[-1][1] == y:
            continue
        points += [(x, points[-1][1]), (x, y)] if points else [(x, y)]
        if day.toordinal() > across.low:
            marks.append(marker(group, x, y))
    if not points:
        return ""
    end = across.place(stair.end.toordinal()) if stair.end is not None else across.end
    points.append((max(end, points[-1][0]), points[-1][1]))
    line = path(points, f"line {series_class(group)}")
    return element("g", line + "".join(marks)) + _name(stair, points[0], taken)


def _name(stair: Stair, at: tuple[float, float], taken: list[tuple[float, float, float]]) -> str:
    shown = shorten(stair.name, _LABEL, 11)
    wide = width(shown, 11)
    x = min(at[0] + 7, _RIGHT - wide)
    below = (14, 26) if at[1] < _BOTTOM - 26 else (-30, -42)  # there is the axis
    for y in (at[1] + dy for dy in (-6, below[0], -18, below[1])):
        if all(abs(y - other) > 11 or x > right or x + wide < left for left, right, other in taken):
            taken.append((x, x + wide, y))
            return words(x, y, shown, "tick")
    return ""
