# pyright: reportUnknownMemberType=false
"""The timeline: what became of models' prices, as steps on a logarithmic axis and as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from nicegui import ui

from fen.app.price_chart import find_stairs
from fen.catalogue import Catalogue, join_windows
from fen.catalogue.events import What
from fen.catalogue.history import Entry
from fen.catalogue.timeline import Wanted, find_cards, find_entries
from fen.evals.report.charts import Stair
from fen.web.pages.prices import cells, charts
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.fields import Draw, Fields, Results
from fen.web.pages.prices.said import name, say_limit, say_step
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import FenError, InvalidRequest
from fen.wire.money import CURRENCIES
from fen.wire.usage import METERS, Meter

BEGINNING = datetime(2022, 1, 1, tzinfo=UTC)
"""Before it no price is known."""

_WHAT: tuple[What, ...] = ("release", "price", "fee", "limit", "retirement")


class _Drawn(msgspec.Struct, frozen=True):
    """What a timeline shows: entries, and the lines of its chart or why there are none."""

    entries: tuple[Entry, ...]
    stairs: tuple[Stair, ...]
    why: str
    until: datetime
    meter: Meter
    currency: str


async def show(visit: Visit, asked: Asked) -> None:
    """Show what narrows the timeline, and the timeline."""
    say, catalogue = visit.say, visit.app.catalogue
    vendors = sorted({card.vendor for card in catalogue.all_cards()})
    fields = Fields(asked)
    fields.text("q", say("Search models"))
    choices = {"": say("who make models"), "all": say("all, resellers too")} | {one: one for one in vendors}
    fields.choose("vendor", say("Vendor"), choices)
    fields.choose("currency", say("Currency"), {one: one for one in CURRENCIES})
    fields.choose("meter", say("Price of"), {one: name(say, one) for one in METERS})
    fields.choose(
        "what", say("What happened"), {"": say("anything")} | {one: name(say, one) for one in _WHAT}
    )
    fields.day("since", say("Since"))
    fields.day("until", say("Until"))
    fields.switch("cuts", say("Only prices that fell"))

    async def look() -> Draw:
        drawn = await asyncio.to_thread(_find, visit.app.catalogue, asked)
        return lambda: _show(visit, asked, results, drawn)

    results = fields.results = Results(visit, asked, look)
    await results.refresh()


def _find(catalogue: Catalogue, asked: Asked) -> _Drawn:
    since, until = asked.day("since") or BEGINNING, asked.day("until") or datetime.now(UTC)
    if since >= until:
        raise InvalidRequest("found a first day at or after the last, expected a span of time")
    vendor = asked["vendor"]
    vendors = tuple(sorted(catalogue.makers)) if not vendor else () if vendor == "all" else (vendor,)
    wanted = Wanted(
        asked["q"],
        vendors,
        asked.pick("currency", CURRENCIES) or CURRENCIES[0],
        what=tuple(one for one in _WHAT if one == asked["what"]),
        cuts=asked["cuts"] == "1",
    )
    meter: Meter = asked.pick("meter", METERS) or "input"
    entries = find_entries(catalogue, wanted, since, until)
    currency = wanted.currency or CURRENCIES[0]
    stairs, why = list[Stair](), ""
    try:
        stairs = find_stairs(catalogue, find_cards(catalogue, wanted), (since, until), currency, meter)
    except FenError as error:
        why = error.message
    return _Drawn(tuple(reversed(entries)), tuple(stairs), why, until, meter, currency)


def _show(visit: Visit, asked: Asked, results: Results, drawn: _Drawn) -> None:
    say = visit.say
    if drawn.stairs:
        unit = say(
            "{currency} for a million tokens: {meter}", currency=drawn.currency, meter=name(say, drawn.meter)
        )
        label = say(
            "Prices of {count} models through time; the table below says the same.", count=len(drawn.stairs)
        )
        charts.show_stairs(drawn.stairs, drawn.until.date(), label, unit)
        ui.label(
            say("Logarithmic; what costs nothing lies on the lower edge. Each vendor has a colour.")
        ).classes("fen-quiet")
    else:
        ui.label(say("No chart: {why}", why=drawn.why)).classes("fen-quiet")
    told = say("{count} entries, the newest first", count=say.number(len(drawn.entries)))
    ui.label(told).props("role=status").classes("fen-quiet")
    show_entries(say, drawn.entries[cells.cut(asked, len(drawn.entries))], say("What became of models"))
    cells.show_pager(say, asked, len(drawn.entries), results.follow)


def show_entries(say: Words, entries: Sequence[Entry], label: str, *, named: bool = True) -> None:
    """Show entries as a table; named: with their models."""
    if not entries:
        ui.label(say("Nothing is known to have changed."))
        return
    columns = [
        Column(say("Date")),
        Column(say("Model")),
        Column(say("What happened")),
        Column(say("Currency")),
        Column(say("Input")),
        Column(say("Output")),
        Column(say("Other prices")),
        Column(say("Holds for")),
        Column(say("Limits")),
        Column(say("Note")),
        Column(say("Source, checked")),
    ]
    cells.show_table(label, columns, [_line(say, entry, named) for entry in entries])


def _line(say: Words, entry: Entry, named: bool) -> list[str]:
    prices = {price.meter: cells.esc(say_step(price)) for price in entry.prices}
    others = [
        f"{cells.esc(name(say, meter))} {text}"
        for meter, text in prices.items()
        if meter not in ("input", "output")
    ]
    holds = [name(say, entry.tier)] if entry.prices and entry.tier != "standard" else []
    if entry.above:
        holds.append(say("prompts above {count} tokens", count=say.number(entry.above)))
    if entry.schedule:
        holds.append(join_windows(entry.schedule))
    ends = say("instead: {model}", model=entry.successor) if entry.successor else ""
    return [
        entry.day.isoformat(),
        cells.model_link(entry.model) if named else "",
        cells.esc(name(say, entry.what)) + (" ↓" if entry.is_cut else ""),
        cells.esc(entry.currency) if entry.prices and entry.currency else "",
        prices.get("input", ""),
        prices.get("output", ""),
        "<br>".join(others),
        cells.esc("; ".join(holds)),
        "<br>".join(cells.esc(say_limit(say, step)) for step in entry.steps),
        cells.esc("; ".join(filter(None, (entry.note, ends)))),
        cells.source(say, entry.source, entry.checked),
    ]
