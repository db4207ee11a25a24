"""A scatter of score over cost, with the frontier: those whom nobody beats in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec

from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.scale import Scale, choose_scale
from fen.evals.report.charts.svg import marker, path, picture, words

_WIDTH, _HEIGHT = 760.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 740.0, 34.0, 340.0
_LABEL = 190.0

Box = tuple[float, float, float, float]


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """One at its cost (0 or more) and score (0 to 1, with an interval where there is one).

    series: its colour. leads: it is on the frontier; others are drawn hollow.
    """

    name: str
    cost: float
    score: float
    low: float | None = None
    high: float | None = None
    series: int = 0
    leads: bool = False


class Axes(msgspec.Struct, frozen=True):
    """What is written at the axes; `tick` writes a cost."""

    cost: str
    score: str
    tick: Callable[[float], str] = "{:g}".format


def draw_scatter(dots: Sequence[Dot], axes: Axes, *, title: str, description: str) -> str:
    """Return the chart; names stand at their dots, where they hide neither a dot nor another name."""
    across = choose_scale([dot.cost for dot in dots] or [0.0], _LEFT, _RIGHT)
    up = Scale(0, 1, _BOTTOM, _TOP)
    steps = _find_steps(dots, across, up)
    drawn = [_draw_axes(across, up, axes), path(steps, "frontier") if steps else ""]
    taken = [_around(*ends) for ends in pairwise(steps)]
    for dot in dots:
        x, y = across.place(dot.cost), up.place(dot.score)
        taken.append(_around((x - 5, y - 5), (x + 5, y + 5)))
        if dot.low is not None and dot.high is not None:
            taken.append(_around((x, up.place(dot.high)), (x, up.place(dot.low))))
    for dot in dots:
        drawn.append(_draw_dot(dot, across.place(dot.cost), up))
        label, box = _name_dot(dot.name, across.place(dot.cost), up.place(dot.score), taken)
        taken.append(box)
        drawn.append(label)
    return picture(_WIDTH, _HEIGHT, "".join(drawn), title=title, description=description)


def _draw_axes(across: Scale, up: Scale, axes: Axes) -> str:
    drawn: list[str] = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = up.place(share)
        drawn += [path([(_LEFT, y), (_RIGHT, y)], "grid")]
        drawn += [words(_LEFT - 8, y + 4, f"{100 * share:.0f}", "tick", "end")]
    for value in across.ticks():
        x = across.place(value)
        drawn += [path([(x, _BOTTOM), (x, _BOTTOM + 5)], "axis")]
        drawn += [words(x, _BOTTOM + 20, axes.tick(value), "tick", "middle")]
    drawn += [path([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], "axis")]
    drawn += [words(_LEFT - 40, 16, axes.score, "caption")]
    drawn += [words(_RIGHT, _BOTTOM + 44, axes.cost, "caption", "end")]
    return "".join(drawn)


def _find_steps(dots: Sequence[Dot], across: Scale, up: Scale) -> list[tuple[float, float]]:
    """Until one pays for the next, the best for the money stays what it was."""
    points: list[tuple[float, float]] = []
    for dot in sorted((dot for dot in dots if dot.leads), key=lambda dot: (dot.cost, dot.score)):
        x, y = across.place(dot.cost), up.place(dot.score)
        points += [(x, points[-1][1]), (x, y)] if points else [(x, y)]
    return [*points, (_RIGHT, points[-1][1])] if points else []


def _draw_dot(dot: Dot, x: float, up: Scale) -> str:
    drawn = ""
    if dot.low is not None and dot.high is not None:
        drawn = path([(x, up.place(dot.low)), (x, up.place(dot.high))], "whisker")
    return drawn + marker(dot.series, x, up.place(dot.score), "dot" if dot.leads else "open")


def _name_dot(name: str, x: float, y: float, taken: Sequence[Box]) -> tuple[str, Box]:
    shown = shorten(name, _LABEL)
    wide = width(shown)
    places = [(x + 11, y + dy) for dy in (4.5, -10, 18)] + [(x - 11 - wide, y + dy) for dy in (4.5, -10, 18)]
    places += [(x - wide / 2, y + dy) for dy in (-12, 22, -28, 38)]
    boxes = [(left, base - 11, left + wide, base + 3) for left, base in places]
    inside = [
        box
        for box in boxes
        if box[0] > _LEFT and box[2] < _WIDTH - 4 and box[1] > 20 and box[3] < _BOTTOM + 2
    ]
    free = [box for box in inside if not any(_meet(box, other) for other in taken)]
    box = (free or inside or [_push_inside(boxes[0])])[0]
    return words(box[0], box[3] - 3, shown), box


def _around(one: tuple[float, float], other: tuple[float, float]) -> Box:
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return left - 2, top - 2, right + 2, bottom + 2


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _push_inside(box: Box) -> Box:
    right = min(max(box[2], _LEFT + box[2] - box[0]), _WIDTH - 4)
    low = min(max(box[3], 34.0), _BOTTOM)
    return right - (box[2] - box[0]), low - (box[3] - box[1]), right, low
