"""Stacked bars: how many of each kind, as shares of each bar's own sum."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.evals.report.charts.legend import draw_legend
from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.svg import element, picture, words

_WIDTH = 760.0
_ROW = 24.0
_HEAD = 30.0
_NAME = 210.0
_TAIL = 64.0
_THICK = 16.0


class Stack(msgspec.Struct, frozen=True):
    """A bar: how many of each kind, in the order of the kinds; `heading` begins a new group."""

    name: str
    counts: tuple[int, ...]
    heading: str | None = None


def draw_stacks(kinds: Sequence[str], stacks: Sequence[Stack], *, title: str, description: str) -> str:
    """Return the chart, with the number in each piece where it has room, and the sum behind the bar."""
    legend, y = draw_legend(kinds, _draw_key, 0, 12, _WIDTH)
    drawn: list[str] = []
    y += 4
    for stack in stacks:
        if stack.heading is not None:
            drawn.append(words(0, y + 20, shorten(stack.heading, _WIDTH), "heading"))
            y += _HEAD
        drawn.append(_draw_stack(stack, y + _ROW / 2))
        y += _ROW
    return picture(_WIDTH, y + 8, legend + "".join(drawn), title=title, description=description)


def _draw_stack(stack: Stack, y: float) -> str:
    drawn = [words(_NAME - 10, y + 4.5, shorten(stack.name, _NAME - 14), None, "end")]
    total = sum(stack.counts)
    room = _WIDTH - _NAME - _TAIL
    x = _NAME
    for kind, count in enumerate(stack.counts):
        wide = room * count / total if total else 0.0
        if not count:
            continue
        box = element("rect", x=x, y=y - _THICK / 2, width=wide, height=_THICK, class_=f"piece k{kind}")
        drawn.append(box)
        if wide > width(f"{count}", 11) + 6:
            drawn.append(words(x + wide / 2, y + 4, f"{count}", f"inside on{kind}", "middle"))
        x += wide
    drawn.append(words(_WIDTH - _TAIL + 8, y + 4.5, f"n {total:,}", "figure"))
    return element("g", "".join(drawn))


def _draw_key(index: int, x: float, y: float) -> str:
    return element("rect", x=x - 7, y=y - 7, width=14, height=14, class_=f"piece k{index}")
