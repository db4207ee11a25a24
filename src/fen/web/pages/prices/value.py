# pyright: reportUnknownMemberType=false
"""What quality costs: models between quality and money, and the line of those that none beats in both."""

from __future__ import annotations

import asyncio

from nicegui import ui

from fen.app.fx import read_rates
from fen.app.value import Rule, Value, value_board, value_runs
from fen.evals.report import collect_entries
from fen.routing.value import Figure, Worth
from fen.web.pages.prices import cells, charts
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.fields import Draw, Fields, Results
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import NotFound
from fen.wire.money import CURRENCIES

_POINT = 100  # points of a share
_ALL = "all"


async def show(visit: Visit, asked: Asked) -> None:
    """Show by what quality is told, and the frontier."""
    say = visit.say
    fields = Fields(asked)
    fields.choose("by", say("Quality by"), {"": say("evaluations"), "arena": say("the arena's ratings")})
    fields.text("suites", say("Only these suites, with commas"))
    fields.text("category", say("The arena's category"), _ALL)
    fields.choose("currency", say("Currency"), {one: one for one in CURRENCIES})

    async def look() -> Draw:
        try:
            found = await _find(visit, asked)
        except NotFound as error:
            reason = error.message
            return lambda: _show_none(say, reason)
        return lambda: _show(say, found)

    results = fields.results = Results(visit, asked, look)
    await results.refresh()


async def _find(visit: Visit, asked: Asked) -> Value:
    currency = asked.pick("currency", CURRENCIES) or CURRENCIES[0]
    rule = Rule(currency, read_rates(visit.app.settings.fx))
    if asked["by"] != "arena":
        entries = await collect_entries(visit.app.storage, ())
        return await asyncio.to_thread(value_runs, entries, rule, tuple(asked.list("suites")))
    arena, category = await visit.arena.open(), asked["category"] or _ALL
    if category not in arena.boards.categories:
        known = ", ".join(arena.boards.categories) or "none"
        raise NotFound(f"category: found votes in {known}, expected {category[:64]!r}")
    await arena.boards.study(category)  # costs are known by a study alone
    board = await arena.boards.show(category)
    return await asyncio.to_thread(value_board, board, rule)


def _show_none(say: Words, reason: str) -> None:
    with ui.element("section").classes("fen-card").props("role=status"):
        ui.label(say("There is nothing to compare yet."))
        ui.label(say("Ask several models the same suite (fen eval run), or vote in the arena."))
        ui.label(reason).classes("fen-quiet fen-text")


def _show(say: Words, value: Value) -> None:
    share = value.unit == "share"
    quality = say("right answers, %") if share else say("rating")
    cost = say("{currency} an answer", currency=value.currency)
    label = say(
        "Quality against cost of {count} models; the table below says the same.", count=len(value.worths)
    )
    charts.show_frontier(value, label, quality, cost, say("frontier"))
    ui.label(say("On the line no other model is as good for no more money. Bars are 95% intervals.")).classes(
        "fen-quiet"
    )
    columns = [
        Column(say("Model")),
        Column(quality, figure=True),
        Column(say("95% interval")),
        Column(cost, figure=True),
        Column(say("95% interval")),
        Column(say("For a right one"), figure=True),
        Column(say("On the frontier")),
        Column(say("One more point"), figure=True),
    ]
    cells.show_table(say("What quality costs"), columns, [_row(say, worth, share) for worth in value.worths])
    ui.label(say("Quality by: {over}", over=", ".join(value.over))).classes("fen-quiet")
    for model, why in value.left_out.items():
        ui.label(say("Not compared: {model}: {why}", model=model, why=why)).classes("fen-quiet")


def _row(say: Words, worth: Worth, share: bool) -> list[str]:
    scale = _POINT if share else 1
    often = "" if worth.often is None else f" ({100 * worth.often:.0f}%)"
    told = say("yes") if worth.frontier else say("no: {models}", models=", ".join(worth.dominated_by))
    step = ""
    if worth.step is not None:
        paid = worth.step.price
        step = _digits(say, None if paid.value is None else paid.value / scale)
    quality = worth.quality
    return [
        cells.model_link(worth.model),
        "" if quality.value is None else f"{scale * quality.value:.1f}",
        _span(quality, scale, ".1f"),
        _digits(say, worth.cost.value),
        _span(worth.cost, 1, ".4g"),
        "" if worth.per_correct is None else _digits(say, worth.per_correct.value),
        cells.esc(told + often),
        step,
    ]


def _span(figure: Figure, scale: float, form: str) -> str:
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return ""
    return f"{scale * figure.low:{form}} – {scale * figure.high:{form}}"


def _digits(say: Words, number: float | None) -> str:
    return cells.esc(say("unbounded")) if number is None else f"{number:.4g}"
