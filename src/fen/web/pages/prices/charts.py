# pyright: reportUnknownMemberType=false
"""Prices through time, and quality against cost, as ECharts draws them; a table beside says the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from nicegui import ui

from fen.app.price_chart import find_edges
from fen.app.value import Value
from fen.evals.report.charts import Stair

_COLOURS = (
    "#0b7fab",
    "#c2570c",
    "#2e8b57",
    "#8e5bd0",
    "#c43e6b",
    "#8a7a00",
    "#00868f",
    "#a0623d",
    "#5b6ee1",
    "#b0429c",
    "#5a8a0f",
    "#64748b",
)
_GRID = {"lineStyle": {"color": "#8884"}}
_LINE = {"lineStyle": {"color": "#888"}}
_NARROW = 640  # pixels
_SHARE = 100


def show_stairs(stairs: Sequence[Stair], until: date, label: str, unit: str) -> None:
    """Show prices as steps over time on a logarithmic axis; what costs nothing lies on its lower edge."""
    floor, top = find_edges(stairs)
    groups = list(dict.fromkeys(stair.group for stair in stairs))
    series: list[dict[str, Any]] = []
    for at, stair in enumerate(stairs):
        colour = _COLOURS[groups.index(stair.group) % len(_COLOURS)]
        points = [[day.isoformat(), max(value, floor)] for day, value in stair.steps]
        points.append([(stair.end or until).isoformat(), points[-1][1]])
        series.append(
            {
                "id": str(at),
                "name": stair.name,
                "type": "line",
                "step": "end",
                "data": points,
                "symbolSize": 6,
                "color": colour,
                "lineStyle": {"width": 2, "color": colour},
                "emphasis": {"focus": "series"},
                "endLabel": {
                    "show": True,
                    "formatter": "{a}",
                    "fontSize": 11,
                    "width": 130,
                    "overflow": "truncate",
                },
                "labelLayout": {"hideOverlap": True},
            }
        )
    whole = {
        "animation": False,
        "tooltip": {"trigger": "item"},
        "grid": {"left": 10, "right": 150, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "time", "axisLine": _LINE, "max": until.isoformat()},
        "yAxis": {
            "type": "log",
            "min": floor,
            "max": top,
            "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
            "name": unit,
            "nameTextStyle": {"align": "left"},
            "splitLine": _GRID,
        },
        "series": series,
    }
    plain = [{"id": str(at), "endLabel": {"show": False}} for at in range(len(stairs))]
    narrow = {"grid": {"right": 16}, "series": plain}
    wide = {"grid": {"right": 150}, "series": [{**one, "endLabel": {"show": True}} for one in plain]}
    _draw(whole, narrow, wide, label)


def show_frontier(value: Value, label: str, quality: str, cost: str, frontier: str) -> None:
    """Show quality against cost with its intervals, and the line of those that none beats in both."""
    scale = _SHARE if value.unit == "share" else 1
    series: list[dict[str, Any]] = []
    for worth in value.worths:
        found = worth.quality
        if found.low is not None and found.high is not None:
            ends = [[worth.cost.value, scale * found.low], [worth.cost.value, scale * found.high]]
            series.append(
                {
                    "type": "line",
                    "data": ends,
                    "showSymbol": False,
                    "silent": True,
                    "lineStyle": {"color": "#888", "width": 1.5},
                }
            )
    best = [worth for worth in value.worths if worth.frontier and worth.quality.value is not None]
    line = [[worth.cost.value, scale * (worth.quality.value or 0)] for worth in best]
    series.append(
        {
            "type": "line",
            "name": frontier,
            "data": line,
            "showSymbol": False,
            "color": _COLOURS[1],
            "silent": True,
        }
    )
    for worth in value.worths:
        if worth.quality.value is None or worth.cost.value is None:
            continue
        colour = _COLOURS[1] if worth.frontier else _COLOURS[0]
        series.append(
            {
                "type": "scatter",
                "name": worth.model,
                "data": [[worth.cost.value, scale * worth.quality.value]],
                "symbolSize": 11,
                "color": colour,
                "label": {"show": True, "formatter": "{a}", "position": "right", "fontSize": 11},
                "labelLayout": {"hideOverlap": True, "moveOverlap": "shiftY"},
            }
        )
    positive = all((worth.cost.value or 0) > 0 for worth in value.worths)
    axis = {"nameLocation": "middle", "nameGap": 28, "axisLine": _LINE, "splitLine": _GRID}
    whole = {
        "animation": False,
        "tooltip": {"trigger": "item"},
        "grid": {"left": 10, "right": 120, "top": 36, "bottom": 24, "containLabel": True},
        "xAxis": {"type": "log" if positive else "value", "name": cost, **axis},
        "yAxis": {
            "type": "value",
            "scale": True,
            "name": quality,
            "nameTextStyle": {"align": "left"},
            "splitLine": _GRID,
        },
        "series": series,
    }
    _draw(whole, {"grid": {"right": 24}}, {"grid": {"right": 120}}, label)


def _draw(whole: dict[str, Any], narrow: dict[str, Any], wide: dict[str, Any], label: str) -> None:
    options = {
        "baseOption": whole,
        "media": [
            {"query": {"maxWidth": _NARROW}, "option": narrow},
            {"query": {"minWidth": _NARROW + 1}, "option": wide},
        ],
    }
    chart = ui.echart(options, renderer="svg").classes("fen-chart")
    chart.props["role"], chart.props["aria-label"] = "img", label
