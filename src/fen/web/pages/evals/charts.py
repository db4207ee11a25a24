# pyright: reportUnknownMemberType=false
"""Charts of scores, lengths, speed and gaps as ECharts draws them; a table with the figures stands by each.

Colours are those of reports, told apart by the colour-blind; marks and dashes tell series apart a second
time. No name that a model or a person chose is ever a key: NiceGUI takes keys that begin with a colon for
JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from nicegui import ui

from fen.evals.report.style import DARK, LIGHT

_SERIES = tuple(f"s{number}" for number in range(8))
_MARKS = ("circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle")
_DASHES = ("solid", "dashed", "dotted")
_ROW = 22  # pixels of a row with a name


class Whisker(msgspec.Struct, frozen=True):
    """A figure with its interval; low, high: None where there is none."""

    name: str
    value: float
    low: float | None
    high: float | None
    series: int = 0


def by_theme(light: Any, dark: Any) -> str:
    """Return what chooses a value by the theme when the chart is drawn."""
    return f"document.body.classList.contains('body--dark') ? {json.dumps(dark)} : {json.dumps(light)}"


_INK = by_theme(LIGHT["ink"], DARK["ink"])
_RULE = by_theme(LIGHT["rule"], DARK["rule"])


def draw_radar(axes: Sequence[str], models: Sequence[tuple[str, Sequence[float], int]], told: str) -> None:
    """Draw models over at least three axes, in per cent; each with the number of its colour."""
    data = [
        {
            "name": name,
            "value": [round(100 * value, 1) for value in values],
            "symbol": _MARKS[series % len(_MARKS)],
            "symbolSize": 8,
            "lineStyle": {"width": 2, "type": _DASHES[series % len(_DASHES)]},
            "areaStyle": {"opacity": 0.06},
        }
        for name, values, series in models
    ]
    options = _begin()
    options[":color"] = _choose_colours([series for _, _, series in models])
    options["legend"] = {"bottom": 0, "type": "scroll", "textStyle": {":color": _INK}}
    options["radar"] = {
        "indicator": [{"name": axis, "min": 0, "max": 100} for axis in axes],
        "radius": "58%",
        "center": ["50%", "46%"],
        "splitNumber": 4,
        "axisName": {":color": _INK, "width": 96, "overflow": "break"},
        "splitLine": {"lineStyle": {":color": _RULE}},
        "axisLine": {"lineStyle": {":color": _RULE}},
        "splitArea": {"show": False},
    }
    options["series"] = [{"type": "radar", "data": data}]
    _put(options, told, 420)


def draw_whiskers(rows: Sequence[Whisker], unit: str, told: str, *, most: float | None = None) -> None:
    """Draw figures with their intervals, one a line, from the first downwards; most: where the axis ends."""
    colours = _choose_colours([row.series for row in rows])
    spans = [
        {"value": [low, value, value, value, high], "itemStyle": {":borderColor": f"({colours})[{place}]"}}
        for place, (low, value, high) in enumerate(map(_span, rows))
    ]
    dots = [
        {
            "value": [row.value, place],
            "symbol": _MARKS[row.series % len(_MARKS)],
            "itemStyle": {":color": f"({colours})[{place}]"},
        }
        for place, row in enumerate(rows)
    ]
    options = _begin() | _lay([row.name for row in rows], unit, most)
    options["series"] = [
        {"type": "boxplot", "data": spans, "boxWidth": [0, 12], "itemStyle": {"borderWidth": 2}},
        {"type": "scatter", "data": dots, "symbolSize": 11},
    ]
    _put(options, told, 70 + _ROW * len(rows))


def draw_boxes(rows: Sequence[tuple[str, Sequence[float], int]], unit: str, told: str) -> None:
    """Draw distributions by five percentiles each, one a line."""
    colours = _choose_colours([series for _, _, series in rows])
    data = [
        {
            "value": list(values),
            "itemStyle": {
                ":borderColor": f"({colours})[{place}]",
                ":color": by_theme("#ffffff", "#1d1d1d"),
            },
        }
        for place, (_, values, _) in enumerate(rows)
    ]
    options = _begin() | _lay([name for name, _, _ in rows], unit, None)
    options["series"] = [
        {"type": "boxplot", "data": data, "boxWidth": [8, 22], "itemStyle": {"borderWidth": 2}}
    ]
    _put(options, told, 80 + 2 * _ROW * len(rows))


def draw_lines(pieces: Sequence[Sequence[tuple[str, float]]], unit: str, told: str) -> None:
    """Draw points over days; no line goes from one piece to the next."""
    options = _begin()
    options[":color"] = _choose_colours([0] * len(pieces))
    options["grid"] = {"left": 8, "right": 24, "top": 36, "bottom": 8, "containLabel": True}
    options["xAxis"] = {"type": "time", "axisLabel": {":color": _INK, "hideOverlap": True}}
    options["yAxis"] = _value_axis(unit, None)
    options["series"] = [
        {
            "type": "line",
            "data": [[day, round(value, 2)] for day, value in piece],
            "symbolSize": 9,
            "label": {"show": True, ":color": _INK, "position": "top", "formatter": "{@[1]}%"},
            "lineStyle": {"width": 2},
        }
        for piece in pieces
    ]
    _put(options, told, 320)


class Dot(msgspec.Struct, frozen=True):
    """A model between cost and score, in per cent; leads: no other beats it in both."""

    name: str
    cost: float
    score: float
    series: int
    leads: bool


def draw_cost(dots: Sequence[Dot], words: tuple[str, str], told: str) -> None:
    """Draw scores over costs, and a dashed line through those that lead; words: what the axes are."""
    options = _begin()
    options["grid"] = {"left": 8, "right": 40, "top": 36, "bottom": 28, "containLabel": True}
    options["xAxis"] = _value_axis(words[0], None) | {"nameLocation": "middle", "nameGap": 30}
    options["yAxis"] = _value_axis(words[1], 100)
    colours = _choose_colours([dot.series for dot in dots])
    options["series"] = [
        {
            "type": "line",
            "data": sorted([dot.cost, round(dot.score, 1)] for dot in dots if dot.leads),
            "symbol": "none",
            "silent": True,
            "lineStyle": {"type": "dashed", "width": 1, ":color": _INK},
        },
        {
            "type": "scatter",
            "symbolSize": 13,
            "data": [_mark(dot, f"({colours})[{place}]") for place, dot in enumerate(dots)],
            "label": {"show": True, "position": "top", "formatter": "{b}", ":color": _INK},
            "labelLayout": {"hideOverlap": True},
        },
    ]
    _put(options, told, 340)


def _mark(dot: Dot, colour: str) -> dict[str, Any]:
    """A model that another beats is hollow."""
    inside = {":color": colour} if dot.leads else {"color": "transparent"}
    return {
        "name": dot.name,
        "value": [dot.cost, round(dot.score, 1)],
        "symbol": _MARKS[dot.series % len(_MARKS)],
        "itemStyle": {":borderColor": colour, "borderWidth": 2, **inside},
    }


def _span(row: Whisker) -> tuple[float, float, float]:
    low = row.value if row.low is None else row.low
    return low, row.value, row.value if row.high is None else row.high


def _choose_colours(series: Sequence[int]) -> str:
    names = [_SERIES[number % len(_SERIES)] for number in series]
    return by_theme([LIGHT[name] for name in names], [DARK[name] for name in names])


def _begin() -> dict[str, Any]:
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "tooltip": {"renderMode": "richText", "confine": True},
        "textStyle": {"fontFamily": "inherit"},
    }


def _lay(names: Sequence[str], unit: str, most: float | None) -> dict[str, Any]:
    """Names down the left side, the first on top, values along the bottom."""
    return {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 28, "containLabel": True},
        "xAxis": _value_axis(unit, most) | {"nameLocation": "middle", "nameGap": 28},
        "yAxis": {
            "type": "category",
            "data": list(names),
            "inverse": True,
            "axisLabel": {":color": _INK, "width": 150, "overflow": "truncate", "interval": 0},
            "axisTick": {"show": False},
        },
    }


def _value_axis(name: str, most: float | None) -> dict[str, Any]:
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {":color": _INK},
        "min": 0,
        "max": most,
        "axisLabel": {":color": _INK, "hideOverlap": True},
        "splitLine": {"lineStyle": {":color": _RULE}},
    }


def _put(options: dict[str, Any], told: str, height: int) -> None:
    chart = ui.echart(options).classes("full-width").style(f"height: {height}px")
    chart.props["role"] = "img"
    chart.props["aria-label"] = told
