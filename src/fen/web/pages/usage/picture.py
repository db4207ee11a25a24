# pyright: reportUnknownMemberType=false
"""The days as a picture: a stack of models for each day, one picture for each currency."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from fen.app.spending import Days, Spending, Stack
from fen.web.pages.rows import show_rows
from fen.web.pages.usage.sums import make_columns, say_sums, show_heading
from fen.web.pages.words import Words

# Told apart by those who do not see red or green too (Okabe and Ito, 2008), darkened for white.
_COLOURS = ("#0072b2", "#c96a00", "#00795a", "#b0568c", "#4a4fbf", "#8a7400", "#2f95cf", "#7a8188")


def show_days(say: Words, spending: Spending, days: Days) -> None:
    """Show what each day cost by model, and the same days as a table."""
    if not spending.days:
        return
    show_heading(say("By day"))
    for stack in spending.stacks:
        told = say(
            "Cost by day and model in {currency}; the table below has the sums.", currency=stack.currency
        )
        chart = ui.echart(_draw(say, stack, days), renderer="svg").classes("fen-chart full-width")
        chart.props["aria-label"] = told
        chart.props("role=img")
    title = say("The days as a table")
    with ui.element("details").classes("full-width"):
        ui.html(title, sanitize=False, tag="summary").classes("cursor-pointer q-py-xs")
        rows = (say_sums(say, say.day(row.day), row) for row in spending.days if row.day is not None)
        show_rows(title, make_columns(say, say("Day")), rows)


def _draw(say: Words, stack: Stack, days: Days) -> dict[str, Any]:
    """Return the picture as ECharts takes it; amounts are floats, as pixels are."""
    others = say("other models")
    return {
        "color": _COLOURS,
        "aria": {"enabled": False},
        "grid": {"left": 8, "right": 8, "top": 64, "bottom": 8, "containLabel": True},
        "legend": {"type": "scroll", "top": 0, "icon": "roundRect"},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "axisPointer": {"type": "shadow"},
            ":valueFormatter": "value => value ? Number(value.toPrecision(4)).toString() : '–'",
        },
        "xAxis": {
            "type": "category",
            "data": [day.isoformat() for day in days.list()],
            "axisLabel": {":formatter": "day => day.slice(5)", "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "name": stack.currency,
            "splitLine": {"lineStyle": {"color": "#88888840"}},
        },
        "series": [
            {
                "name": bar.model or others,
                "type": "bar",
                "stack": stack.currency,
                "barMaxWidth": 48,
                "data": [float(amount) for amount in bar.amounts],
            }
            for bar in stack.bars
        ],
    }
