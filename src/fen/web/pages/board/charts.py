"""The board's two charts as options of ECharts: ratings with whiskers, and rating against cost.

Colours are marks that style.css turns over in the dark: what ECharts draws as SVG follows the page so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.arena.board import Board, Row
from fen.web.pages.words import Words

Options = dict[str, Any]

INK, RULE, PAPER, MAIN, REST = "#4d5358", "#d5d9dc", "#ffffff", "#0b5c7a", "#8a5a00"
"""Text, grid, ground, what a chart is about, and what is put behind it."""

ROW_PIXELS, FRAME_PIXELS = 30, 72
"""Height of a model on the chart of ratings, and of all that stands around the models."""

_BAND = "rgba(11,92,122,0.09)"
_FONT = {"color": INK, "fontSize": 13}
_NAME_PIXELS, _NARROW_NAME_PIXELS, _NARROW = 230, 112, 560
_GAP: tuple[None, None] = (None, None)


def draw_ratings(board: Board, say: Words) -> Options | None:
    """Return dots with whiskers, the best at the top, groups as bands; None where nobody is rated."""
    rated = [row for row in board.rows if row.rating is not None]
    if not rated:
        return None
    names = [row.model for row in rated]
    return _fold(
        {
            **_draw_frame(),
            "xAxis": _draw_axis(say("Rating"), scale=True, axisLine={"show": False, "onZero": False}),
            # Names stand on an axis of their own: on one of categories a band could not end between two.
            "yAxis": [
                {
                    "type": "category",
                    "inverse": True,
                    "data": names,
                    "axisTick": {"show": False},
                    "axisLine": {"show": False},
                    "axisLabel": {**_FONT, "width": _NAME_PIXELS, "overflow": "truncate"},
                },
                {
                    "type": "value",
                    "inverse": True,
                    "show": False,
                    "axisLabel": {"show": False},
                    "min": -0.5,
                    "max": len(rated) - 0.5,
                },
            ],
            "series": [
                _draw_whiskers(
                    [
                        point
                        for at, row in enumerate(rated)
                        for point in ((row.low, at), (row.high, at), _GAP)
                    ],
                    [2, 11],
                    yAxisIndex=1,
                ),
                {
                    "type": "scatter",
                    "symbolSize": 11,
                    "z": 3,
                    "yAxisIndex": 1,
                    "markArea": {"silent": True, "itemStyle": {"color": _BAND}, "data": _list_bands(rated)},
                    "data": [
                        _draw_dot(row, [row.rating, at], say, filled=row.mark == "public")
                        for at, row in enumerate(rated)
                    ],
                },
            ],
        }
    )


def draw_value(board: Board, say: Words) -> Options | None:
    """Return ratings against the cost of an answer with the Pareto line; None where no cost is known."""
    known = [row for row in board.rows if row.rating is not None and row.cost is not None]
    if not known:
        return None
    costs = {row.model: float(row.cost.amount) for row in known if row.cost is not None}
    best = sorted((row for row in known if row.frontier), key=lambda row: costs[row.model])
    currency = known[0].cost.currency if known[0].cost is not None else ""
    kind = "log" if min(costs.values()) > 0 else "value"
    title = say("Median cost of an answer, {currency}", currency=currency)
    return {
        **_draw_frame(left=30),
        "xAxis": _draw_axis(title, type=kind, scale=True),
        "yAxis": _draw_axis(say("Rating"), scale=True, nameGap=48),
        "series": [
            {
                "type": "line",
                "step": "end",
                "showSymbol": False,
                "silent": True,
                "lineStyle": {"color": MAIN, "width": 2},
                "data": [[costs[row.model], row.rating] for row in best],
            },
            _draw_whiskers(
                [
                    point
                    for row in known
                    for point in ((costs[row.model], row.low), (costs[row.model], row.high), _GAP)
                ],
                [9, 1.5],
                faint=True,
            ),
            {
                "type": "scatter",
                "symbolSize": 12,
                "z": 3,
                "label": {
                    "show": True,
                    "formatter": "{b}",
                    **_FONT,
                    "distance": 7,
                    "textBorderColor": PAPER,
                    "textBorderWidth": 3,
                },
                "labelLayout": {"hideOverlap": True},
                "data": [
                    _draw_dot(row, [costs[row.model], row.rating], say, filled=bool(row.frontier))
                    for row in known
                ],
            },
        ],
    }


def measure_height(board: Board) -> int:
    """Return how many pixels high the chart of ratings is."""
    return FRAME_PIXELS + ROW_PIXELS * sum(row.rating is not None for row in board.rows)


def tell(row: Row, say: Words) -> str:
    """Return a rated model's numbers in one line."""
    assert row.rating is not None
    assert row.low is not None
    assert row.high is not None
    rating, low, high = (say.number(value, 1) for value in (row.rating, row.low, row.high))
    said = say("{rating}, 95% interval {low} to {high}", rating=rating, low=low, high=high)
    return said if row.cost is None else f"{said}, {row.cost}"


def _draw_frame(left: int = 8) -> Options:
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": left, "right": 20, "top": 12, "bottom": 34, "containLabel": True},
        "tooltip": {
            "trigger": "item",
            "renderMode": "richText",
            "confine": True,
            "backgroundColor": "#263238",
            "borderWidth": 0,
            "textStyle": {"color": "#ffffff", "fontSize": 13},
        },
    }


def _draw_axis(name: str, **more: Any) -> Options:
    return {
        "type": "value",
        "name": name,
        "nameLocation": "middle",
        "nameGap": 32,
        "nameTextStyle": _FONT,
        "axisLabel": {**_FONT, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": RULE}},
        **more,
    }


def _draw_whiskers(
    points: Sequence[Any], cap: Sequence[float], *, faint: bool = False, **more: Any
) -> Options:
    """One line with gaps; caps are its symbols. cap: their width and height."""
    return {
        "type": "line",
        "symbol": "rect",
        "symbolSize": list(cap),
        "silent": True,
        "z": 2,
        "itemStyle": {"color": MAIN, "opacity": 0.45 if faint else 1},
        "lineStyle": {"color": MAIN, "width": 1.5 if faint else 2, "opacity": 0.45 if faint else 1},
        "data": [list(point) for point in points],
        **more,
    }


def _draw_dot(row: Row, place: Sequence[float | None], say: Words, *, filled: bool) -> Options:
    hollow = {"color": PAPER, "borderColor": REST, "borderWidth": 2}
    return {
        "name": row.model,
        "value": list(place),
        "itemStyle": {"opacity": 1, **({"color": MAIN} if filled else hollow)},
        "label": {"position": "left" if filled else "right"},
        "tooltip": {"formatter": f"{{b}}\n{tell(row, say)}"},
    }


def _list_bands(rated: Sequence[Row]) -> list[list[dict[str, float]]]:
    """Return from where to where every other group reaches, half a row over its first and last model."""
    groups = [row.group for row in rated]
    found = list[list[dict[str, float]]]()
    for group in list(dict.fromkeys(groups))[::2]:
        first = groups.index(group)
        found.append([{"yAxis": first - 0.5}, {"yAxis": first + groups.count(group) - 0.5}])
    return found


def _fold(options: Options) -> Options:
    """Give names less room where the chart is narrow."""
    narrow = {"yAxis": [{"axisLabel": {"width": _NARROW_NAME_PIXELS}}]}
    return {"baseOption": options, "media": [{"query": {"maxWidth": _NARROW}, "option": narrow}]}
