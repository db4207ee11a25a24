"""Lines over time, broken where what they measure was measured in another way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from fen.evals.report.charts.lettering import width
from fen.evals.report.charts.scale import Scale, around
from fen.evals.report.charts.svg import element, marker, path, picture, series_class, words

_WIDTH, _HEIGHT = 760.0, 350.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 730.0, 44.0, 290.0

Moment = tuple[date, float]


class Line(msgspec.Struct, frozen=True):
    """Values of one method, in order of their dates; another method is another line."""

    name: str
    moments: tuple[Moment, ...]


def draw_lines(
    lines: Sequence[Line], breaks: Sequence[date], *, title: str, description: str, unit: str = ""
) -> str:
    """Return the chart; no line goes across a break, and each value is written at its mark."""
    moments = [moment for line in lines for moment in line.moments]
    days = [day.toordinal() for day, _ in moments] or [date(2000, 1, 1).toordinal()]
    first, last = min(days), max(days)
    margin = max((last - first) * 0.04, 20)
    across = Scale(first - margin, last + margin, _LEFT, _RIGHT)
    up = around([value for _, value in moments] or [0.0], _BOTTOM, _TOP)
    drawn = [_draw_grid(across, up, unit), *(_draw_break(one, across) for one in breaks)]
    drawn += [_draw_line(line, across, up) for line in lines] + [_name_lines(lines, across)]
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


def _draw_break(day: date, across: Scale) -> str:
    x = across.place(day.toordinal())
    return path([(x, _TOP - 8), (x, _BOTTOM)], "break")


def _draw_line(line: Line, across: Scale, up: Scale) -> str:
    points = [(across.place(day.toordinal()), up.place(value)) for day, value in line.moments]
    drawn = [path(points, f"line {series_class(0)}")] if len(points) > 1 else []
    for (x, y), (_, value) in zip(points, line.moments, strict=True):
        drawn.append(marker(0, x, y))
        drawn.append(words(x, y - 10 if value >= 0 else y + 20, f"{value:.1f}", "figure", "middle"))
    return element("g", "".join(drawn)) if drawn else ""


def _name_lines(lines: Sequence[Line], across: Scale) -> str:
    """Write each line's name below it, in one of two rows; names that find no room are in the table alone."""
    ends = [0.0, 0.0]
    drawn: list[str] = []
    for line in lines:
        if not line.moments:
            continue
        wide = width(line.name, 11)
        x = min(across.place(line.moments[0][0].toordinal()) + 3, _WIDTH - wide - 4)
        row = next((row for row, end in enumerate(ends) if x > end), None)
        if row is not None and x >= 0:
            drawn.append(words(x, _BOTTOM + 38 + 15 * row, line.name, "tick"))
            ends[row] = x + wide + 12
    return "".join(drawn)
