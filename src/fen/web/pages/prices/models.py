# pyright: reportUnknownMemberType=false
"""The list of models: searched, narrowed and put in order by the server, fifty at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from nicegui import ui

from fen.app.price_means import PriceMeans
from fen.app.workload import find_means
from fen.catalogue.card import ABILITIES
from fen.catalogue.listing import ORDERS, Found, Listed, Wish, list_models
from fen.web.pages.prices import cells
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.fields import Draw, Fields, Results
from fen.web.pages.prices.said import name, say_rates
from fen.web.pages.visit import Visit
from fen.wire.money import CURRENCIES
from fen.wire.usage import Meter


async def show(visit: Visit, asked: Asked) -> None:
    """Show the search, and what it finds."""
    say, catalogue = visit.say, visit.app.catalogue
    vendors = sorted({card.vendor for card in catalogue.cards()})
    fields = Fields(asked)
    fields.text("q", say("Search models"), wide=True)
    fields.choose("vendor", say("Vendor"), {"": say("all")} | {one: one for one in vendors})
    fields.choose("can", say("Abilities"), {one: name(say, one) for one in ABILITIES}, multiple=True)
    fields.choose("currency", say("Currency"), {"": say("all")} | {one: one for one in CURRENCIES})
    fields.switch("served", say("Only what this Fen can serve"))
    fields.switch("retired", say("Retired models too"))

    async def look() -> Draw:
        means = find_means(visit.app)
        wish = read_wish(asked)
        offers = means.offers
        found = await asyncio.to_thread(
            list_models, offers.catalogue, wish, datetime.now(UTC), offers.upstreams, means.convert
        )
        return lambda: _show_found(visit, asked, results, found, means)

    results = fields.results = Results(visit, asked, look)
    await results.refresh()


def read_wish(asked: Asked) -> Wish:
    """Return which models the address asks for; what it does not know counts as not asked."""
    order = asked.pick("sort", ORDERS) or "fit"
    return Wish(
        words=asked["q"],
        vendor=asked["vendor"] or None,
        currency=asked["currency"] or None,
        abilities=tuple(one for one in asked.list("can") if one in ABILITIES),
        served=asked["served"] == "1",
        retired=asked["retired"] == "1",
        order=order,
        falling=asked["falling"] == "1",
    )


def _show_found(visit: Visit, asked: Asked, results: Results, found: Found, means: PriceMeans) -> None:
    say, count = visit.say, len(found.listed)
    told = say("{count} models", count=say.number(count))
    if found.gone:
        told += say("; {count} retired ones are left out", count=say.number(found.gone))
    ui.label(told).props("role=status").classes("fen-quiet")
    if count:
        rows = [_row(visit, one, means) for one in found.listed[cells.cut(asked, count)]]
        cells.show_table(say("Models and prices"), _columns(visit), rows, asked, results.follow)
        cells.show_pager(say, asked, count, results.follow)
    ui.label(say("Prices are per million tokens, in the vendor's currency, as of now.")).classes("fen-quiet")
    if any(one.varies for one in found.listed[cells.cut(asked, count)]):
        ui.label(say("* At other hours or in long prompts it costs something else: see the model.")).classes(
            "fen-quiet"
        )
    say_rates(say, means)


def _columns(visit: Visit) -> list[Column]:
    say = visit.say
    return [
        Column(say("Model"), sort="model"),
        Column(say("Input"), figure=True, sort="input"),
        Column(say("Cached"), figure=True, sort="cached_input"),
        Column(say("Output"), figure=True, sort="output"),
        Column(say("Currency")),
        Column(say("Context"), figure=True, sort="context"),
        Column(say("Longest output"), figure=True, sort="longest"),
        Column(say("Knowledge"), sort="knowledge"),
        Column(say("Abilities")),
        Column(say("Source, checked"), sort="checked"),
    ]


def _row(visit: Visit, one: Listed, means: PriceMeans) -> list[str]:
    say, card = visit.say, one.card
    marks = cells.mark(say("can be asked here"), "fen-mark-good") if one.served else ""
    if one.end is not None:
        text = say("retired {day}", day=one.end) if one.gone else say("retires {day}", day=one.end)
        marks += cells.mark(text, "fen-mark-bad" if one.gone else "")
    other = f"{cells.quiet(card.name)} " if card.name != card.id.partition("/")[2] else ""
    abilities = (
        ""
        if card.abilities is None
        else " ".join(cells.mark(name(say, ability)) for ability in ABILITIES if ability in card.abilities)
    )
    rates = one.rates
    return [
        f"{cells.model_link(card.id)}<br>{other}{marks}",
        _price(visit, one, "input", means) + ("*" if one.varies else ""),
        _price(visit, one, "cached_input", means),
        _price(visit, one, "output", means),
        "" if rates is None else cells.esc(rates.currency),
        cells.fact(say, card.context_window),
        cells.fact(say, one.longest),
        cells.fact(say, card.knowledge_cutoff),
        abilities if card.abilities is not None else cells.quiet(say("unknown")),
        "" if rates is None else cells.source(say, rates.source, rates.checked),
    ]


def _price(visit: Visit, one: Listed, meter: Meter, means: PriceMeans) -> str:
    """Return a price, and below it the same in the common currency where it is another one."""
    say, amount = visit.say, one.price(meter)
    if amount is None:
        return cells.quiet(say("unknown"))
    shown, common = cells.price(say, amount), means.convert(amount)
    if common is None or common.currency == amount.currency:
        return shown
    return f"{shown}<br>{cells.quiet(f'≈ {say.number(common.amount, 2)} {common.currency}')}"
