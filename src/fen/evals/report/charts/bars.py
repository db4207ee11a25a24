"""Bars with intervals: a group for each question, in it a bar for each who answered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.scale import Scale
from fen.evals.report.charts.svg import element, path, picture, series_class, words

_WIDTH = 760.0
_ROW = 24.0
_HEAD = 30.0
_NAME = 210.0  # room of a bar's name
_TOP = 8.0
_FOOT = 26.0
_THICK = 11.0
_GAP = 12.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A value of 0 to 1 with its interval, where it has one.

    shown, count: the value, and of how many it is, as they are written behind the bar. series: its colour.
    published: it is somebody else's figure, drawn hollow.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    shown: str = ""
    count: str = ""
    series: int = 0
    published: bool = False


class Group(msgspec.Struct, frozen=True):
    """Bars below one heading; without a name there is none."""

    name: str
    bars: tuple[Bar, ...]


def draw_bars(groups: Sequence[Group], *, title: str, description: str) -> str:
    """Return the chart; names stand before their bars, figures behind them, so that it needs no legend."""
    bars = [bar for group in groups for bar in group.bars]
    shown = max([width(bar.shown) for bar in bars], default=0.0) + _GAP
    count = max([width(bar.count) for bar in bars], default=0.0) + _GAP
    scale = Scale(0, 1, _NAME, max(_WIDTH - shown - count, _NAME + 160))
    y = _TOP
    drawn: list[str] = []
    for group in groups:
        if group.name:
            drawn.append(words(0, y + 18, shorten(group.name, _WIDTH), "heading"))
            y += _HEAD
        for bar in group.bars:
            drawn.append(_draw_bar(bar, scale, y + _ROW / 2, scale.end + shown))
            y += _ROW
        y += 6
    first = _HEAD - 6 if groups and groups[0].name else 0
    web = _draw_grid(scale, _TOP + first, y)
    wide = scale.end + shown + count
    return picture(wide, y + _FOOT, web + "".join(drawn), title=title, description=description)


def _draw_grid(scale: Scale, top: float, bottom: float) -> str:
    drawn: list[str] = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = scale.place(share)
        drawn.append(path([(x, top), (x, bottom)], "grid"))
        drawn.append(words(x, bottom + 16, f"{100 * share:.0f}", "tick", "middle"))
    return "".join(drawn)


def _draw_bar(bar: Bar, scale: Scale, y: float, tail: float) -> str:
    left, right = scale.start, scale.place(bar.value)
    class_ = f"{'hollow' if bar.published else 'bar'} {series_class(bar.series)}"
    drawn = [words(_NAME - 10, y + 4.5, shorten(bar.name, _NAME - 14), None, "end")]
    drawn.append(element("rect", x=left, y=y - _THICK / 2, width=right - left, height=_THICK, class_=class_))
    if bar.low is not None and bar.high is not None:
        a, b = scale.place(bar.low), scale.place(bar.high)
        drawn.append(path([(a, y), (b, y)], "whisker"))
        drawn += [path([(x, y - 4), (x, y + 4)], "whisker") for x in (a, b)]
    drawn.append(words(scale.end + _GAP, y + 4.5, bar.shown, "figure"))
    drawn.append(words(tail + _GAP, y + 4.5, bar.count, "tick"))
    return element("g", "".join(drawn))
