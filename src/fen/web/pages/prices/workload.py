# pyright: reportUnknownMemberType=false
"""A workload: what a request costs on each model, and what all of them cost and need a month."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from nicegui import ui

from fen.app.price_means import PriceMeans
from fen.app.workload import Per, Weighed, Weighing, Workload, find_means, weigh_workload
from fen.catalogue.plan import Fit, Machine, Units
from fen.web.pages.prices import cells
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.fields import Draw, Fields, Results
from fen.web.pages.prices.said import say_hindrance, say_rates
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES, Money

_MILLION = 1_000_000
_REQUESTS, _INPUT, _OUTPUT = "1000000", 1000, 500


async def show(visit: Visit, asked: Asked) -> None:
    """Show the workload's fields, and its costs."""
    say = visit.say
    fields = Fields(asked)
    fields.text("models", say("Models or words, with commas; empty: what this Fen can serve"), wide=True)
    fields.text("requests", say("Requests"), _REQUESTS)
    fields.choose("per", say("Each"), {"month": say("month"), "second": say("second")})
    fields.text("in", say("Input tokens of a request"), str(_INPUT))
    fields.text("cached", say("Of these cached, %"), "0")
    fields.text("out", say("Output tokens of a request"), str(_OUTPUT))
    fields.day("on", say("At the prices of"))
    fields.text("speed", say("Own machine: tokens/s"))
    fields.text("hourly", say("Own machine: an hour"))
    fields.choose("paid", say("Paid in"), {one: one for one in CURRENCIES})

    async def look() -> Draw:
        means, load, machine = find_means(visit.app), _read_load(asked), _read_machine(asked)
        at = asked.day("on") or datetime.now(UTC)
        found = await asyncio.to_thread(weigh_workload, means, asked.list("models"), load, at, machine)
        return lambda: _show(visit, asked, results, found, means)

    results = fields.results = Results(visit, asked, look)
    await results.refresh()


def _read_load(asked: Asked) -> Workload:
    per: Per = "second" if asked["per"] == "second" else "month"
    return Workload(
        asked.number("requests", _REQUESTS),
        per,
        asked.whole("in", _INPUT),
        asked.whole("out", _OUTPUT),
        asked.number("cached", "0"),
    )


def _read_machine(asked: Asked) -> Machine | None:
    if not asked["speed"] and not asked["hourly"]:
        return None
    speed, hourly = asked.number("speed", "0"), asked.number("hourly", "0")
    if speed <= 0 or hourly <= 0:
        raise InvalidRequest(
            "own machine: found one figure, expected tokens a second and the cost of an hour"
        )
    currency = asked.pick("paid", CURRENCIES) or CURRENCIES[0]
    return Machine(speed, Money(hourly, currency))


def _show(visit: Visit, asked: Asked, results: Results, found: Weighing, means: PriceMeans) -> None:
    say, count = visit.say, len(found.weighed)
    told = say("{count} models, the cheapest first", count=say.number(count))
    if found.unpriced:
        told += say("; of {count} more the price is unknown", count=say.number(len(found.unpriced)))
    ui.label(told).props("role=status").classes("fen-quiet")
    if found.farm is not None:
        machines, month = found.farm.machines, found.farm.month
        text = say(
            "Machines of your own that this needs: {count}, for {amount} {currency} a month.",
            count=say.number(machines),
            amount=say.number(month.amount, 2),
            currency=month.currency,
        )
        ui.label(text)
    if count:
        rows = [_row(say, one, means) for one in found.weighed[cells.cut(asked, count)]]
        cells.show_table(say("What the workload costs"), _columns(say, means), rows)
        cells.show_pager(say, asked, count, results.follow)
    ui.label(say("A month has 730 hours. Prices bound to hours are averaged over the week.")).classes(
        "fen-quiet"
    )
    say_rates(say, means)


def _columns(say: Words, means: PriceMeans) -> list[Column]:
    common = means.common.currency if means.common is not None else ""
    return [
        Column(say("Model")),
        Column(say("A request"), figure=True),
        Column(say("A million requests"), figure=True),
        Column(say("A month"), figure=True),
        Column(say("A month, {currency}", currency=common), figure=True),
        Column(say("As a batch, a month"), figure=True),
        Column(say("Account it needs")),
        Column(say("Provisioned")),
        Column(say("Own machine cheaper from"), figure=True),
        Column(say("Cannot, because")),
        Column(say("Source, checked")),
    ]


def _row(say: Words, one: Weighed, means: PriceMeans) -> list[str]:
    quote, planned = one.quote, one.planned
    common = planned.common if means.common is not None else None
    batch = "" if planned.batch is None else cells.money(say, planned.batch, 2)
    if batch and planned.window is not None:
        batch += f"<br>{cells.quiet(say('within {count} h', count=planned.window.hours))}"
    turn = planned.turn
    own = ""
    if turn is not None:
        own = cells.esc(
            say("never") if turn.first is None else say("{rate} a second", rate=f"{turn.first:.3g}")
        )
    return [
        cells.model_link(quote.model),
        cells.money(say, quote.cost),
        cells.money(say, quote.cost * _MILLION, 2),
        cells.money(say, planned.month, 2),
        "" if common is None else cells.price(say, common, 2),
        batch,
        _fit(say, planned.fit),
        "<br>".join(_units(say, units) for units in planned.units),
        own,
        cells.mark(say_hindrance(say, quote.hinders), "fen-mark-bad") if quote.hinders else "",
        cells.source(say, quote.source, quote.checked),
    ]


def _fit(say: Words, fit: Fit | None) -> str:
    if fit is None:
        return cells.quiet(say("unknown"))
    named = fit.level.name if fit.accounts == 1 else f"{fit.accounts} × {fit.level.name}"
    return f"{cells.esc(named)}<br>{cells.quiet(f'{100 * fit.use:.0f}%: {fit.binds}')}"


def _units(say: Words, units: Units) -> str:
    return f"{units.units} {cells.esc(units.offer.unit)}, {cells.money(say, units.month, 2)}"
