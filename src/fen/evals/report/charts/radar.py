"""A radar chart: several series over the same axes, from 0 in the middle to 1 at the rim."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from fen.evals.report.charts.legend import draw_legend
from fen.evals.report.charts.lettering import SIZE, wrap
from fen.evals.report.charts.svg import element, marker, path, picture, series_class, words

LEAST = 3
"""Fewer axes are no radar."""

_WIDTH = 480.0
_RADIUS = 128.0
_MIDDLE = (_WIDTH / 2, 176.0)
_FOOT = 352.0
_LABEL = 98.0  # room of an axis' name
_LINE = SIZE + 2
_RINGS = (0.25, 0.5, 0.75, 1.0)

Point = tuple[float, float]


class Spoke(msgspec.Struct, frozen=True):
    """A series: its value on each axis, 0 to 1, None where it has none."""

    name: str
    values: tuple[float | None, ...]


def locate(value: float, axis: int, axes: int) -> Point:
    """Return where a value is on an axis; the first axis points up, the others follow clockwise."""
    turn = 2 * math.pi * axis / axes
    reach = _RADIUS * min(max(value, 0.0), 1.0)
    return _MIDDLE[0] + reach * math.sin(turn), _MIDDLE[1] - reach * math.cos(turn)


def draw_radar(axes: Sequence[str], series: Sequence[Spoke], *, title: str, description: str) -> str:
    """Return the chart; raises ValueError for fewer than three axes.

    A series without a value on some axis is drawn as the lines between its neighbouring values, without area.
    """
    if len(axes) < LEAST:
        raise ValueError(f"found {len(axes)} axes, expected at least {LEAST}")
    drawn = [_draw_web(axes)]
    drawn += [_draw_series(index, spoke) for index, spoke in enumerate(series)]
    legend, height = draw_legend([spoke.name for spoke in series], _draw_key, 20, _FOOT, _WIDTH - 40)
    return picture(_WIDTH, _FOOT + height, "".join(drawn) + legend, title=title, description=description)


def _draw_web(axes: Sequence[str]) -> str:
    count = len(axes)
    drawn = [
        path([locate(ring, axis, count) for axis in range(count)], "grid", closed=True) for ring in _RINGS
    ]
    drawn += [path([_MIDDLE, locate(1, axis, count)], "grid") for axis in range(count)]
    drawn += [
        words(_MIDDLE[0] + 4, locate(ring, 0, count)[1] + 11, f"{100 * ring:.0f}", "tick") for ring in _RINGS
    ]
    drawn += [_name_axis(name, axis, count) for axis, name in enumerate(axes)]
    return "".join(drawn)


def _name_axis(name: str, axis: int, count: int) -> str:
    turn = 2 * math.pi * axis / count
    side, up = math.sin(turn), math.cos(turn)
    x, y = _MIDDLE[0] + (_RADIUS + 12) * side, _MIDDLE[1] - (_RADIUS + 14) * up
    anchor = "middle" if abs(side) < 0.1 else "start" if side > 0 else "end"
    lines = wrap(name, _LABEL if anchor != "middle" else 2 * _LABEL)
    first = y + SIZE / 3 - (len(lines) - 1) * _LINE * (1 + up) / 2
    drawn = [words(x, first + index * _LINE, line, None, anchor) for index, line in enumerate(lines)]
    return element("g", "".join(drawn), class_="axis-name")


def _draw_series(index: int, spoke: Spoke) -> str:
    count = len(spoke.values)
    points = [None if v is None else locate(v, axis, count) for axis, v in enumerate(spoke.values)]
    whole = [point for point in points if point is not None]
    drawn: list[str] = []
    if len(whole) == count:
        drawn.append(path(whole, f"area {series_class(index)}", closed=True))
    else:
        pairs = zip(points, points[1:] + points[:1], strict=True)
        drawn += [path([a, b], f"line {series_class(index)}") for a, b in pairs if a and b]
    drawn += [marker(index, *point) for point in whole]
    return element("g", "".join(drawn)) if drawn else ""


def _draw_key(index: int, x: float, y: float) -> str:
    return path([(x - 8, y), (x + 8, y)], f"line {series_class(index)}") + marker(index, x, y)
