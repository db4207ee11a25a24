"""Lines over time, broken where what they measure was measured in another way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from fen.evals.report.charts.lettering import width
from fen.evals.report.charts.scale import Scale, around
from fen.evals.report.charts.svg import element, marker, path, picture, series_class, words

_WIDTH, _HEIGHT = 680.0, 340.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 650.0, 44.0, 290.0

Moment = tuple[date, float]


class Line(msgspec.Struct, frozen=True):
    """Values of one method, in order of their dates; another method is another line."""

    name: str
    moments: tuple[Moment, ...]


class Break(msgspec.Struct, frozen=True):
    """When a method took another's place; `name` is what the new one is called."""

    day: date
    name: str


def draw_lines(
    lines: Sequence[Line], breaks: Sequence[Break], *, title: str, description: str, unit: str = ""
) -> str:
    """Return the chart; no line goes across a break, and each value is written at its mark."""
    moments = [moment for line in lines for moment in line.moments]
    days = [day.toordinal() for day, _ in moments] or [date(2000, 1, 1).toordinal()]
    first, last = min(days), max(days)
    margin = max((last - first) * 0.04, 20)
    across = Scale(first - margin, last + margin, _LEFT, _RIGHT)
    up = around([value for _, value in moments] or [0.0], _BOTTOM, _TOP)
    drawn = [_draw_grid(across, up, unit), *(_draw_break(one, across) for one in breaks)]
    drawn += [_draw_line(index, line, across, up) for index, line in enumerate(lines)]
    return picture(_WIDTH, _HEIGHT, "".join(drawn), title=title, description=description)


def _draw_grid(across: Scale, up: Scale, unit: str) -> str:
    drawn = [words(_LEFT - 40, 16, unit, "caption")]
    for value in up.ticks():
        y = up.place(value)
        drawn += [path([(_LEFT, y), (_RIGHT, y)], "axis" if value == 0 else "grid")]
        drawn += [words(_LEFT - 8, y + 4, f"{value:g}", "tick", "end")]
    years = range(date.fromordinal(int(across.low)).year, date.fromordinal(int(across.high)).year + 2)
    for year in years:
        day = date(year, 1, 1).toordinal()
        if across.low <= day <= across.high:
            x = across.place(day)
            drawn += [path([(x, _BOTTOM), (x, _BOTTOM + 5)], "axis")]
            drawn += [words(x, _BOTTOM + 20, f"{year}", "tick", "middle")]
    return "".join(drawn)


def _draw_break(one: Break, across: Scale) -> str:
    x = across.place(one.day.toordinal())
    return path([(x, _TOP - 8), (x, _BOTTOM)], "break")


def _draw_line(index: int, line: Line, across: Scale, up: Scale) -> str:
    points = [(across.place(day.toordinal()), up.place(value)) for day, value in line.moments]
    drawn = [path(points, f"line {series_class(0)}")] if len(points) > 1 else []
    for (x, y), (_, value) in zip(points, line.moments, strict=True):
        drawn += [
            marker(0, x, y),
            words(x, y - 10 if value >= 0 else y + 20, f"{value:.1f}", "figure", "middle"),
        ]
    if points:
        x = min(points[0][0], _WIDTH - width(line.name, 11) - 4)
        drawn.append(words(x, _BOTTOM + 38 if index % 2 == 0 else _TOP - 12, line.name, "tick"))
    return element("g", "".join(drawn))
