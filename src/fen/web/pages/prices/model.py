# pyright: reportUnknownMemberType=false
"""One model: its facts with their sources, what it costs now, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from urllib.parse import quote

from nicegui import ui

from fen.app.price_chart import find_stairs
from fen.app.price_means import PriceMeans
from fen.app.workload import find_means
from fen.catalogue import ABILITIES, TIERS, Card, Catalogue, Fact, join_windows
from fen.catalogue.history import find_end, find_start, list_entries
from fen.evals.report.charts import Stair
from fen.web.pages.prices import cells, charts
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.said import name, say_rates
from fen.web.pages.prices.timeline import BEGINNING, show_entries
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import FenError, NotFound
from fen.wire.money import CURRENCIES, Money
from fen.wire.usage import Meter

_DRAWN: tuple[Meter, ...] = ("input", "output")


async def show(visit: Visit, asked: Asked) -> None:
    """Show the model that the address names; raises NotFound, with what the name may mean."""
    means = find_means(visit.app)
    catalogue, wanted = means.offers.catalogue, asked["model"]
    card = catalogue.find_ever(wanted)
    if card is None:
        matches = catalogue.matches(wanted)
        for match in matches[:20]:
            ui.html(cells.model_link(match), sanitize=False)
        told = f", which may be {' or '.join(matches[:20])}" if matches else ""
        raise NotFound(f"model: found {wanted[:100]!r}{told}, expected the id of a model")
    say, now = visit.say, datetime.now(UTC)
    ui.label(card.id).props("role=heading aria-level=2").classes("text-h6")
    with ui.element("div").classes("fen-links"):
        ui.link(say("What a workload costs on it"), f"/prices?view=workload&models={quote(card.id)}")
        ui.link(
            say("What the recorded traffic would have cost"), f"/prices?view=traffic&models={quote(card.id)}"
        )
    _show_facts(say, card, means, now.date())
    await asyncio.to_thread(catalogue.prices, card.id)
    _show_prices(say, card, means, now)
    drawn = await asyncio.to_thread(_draw, catalogue, card, now)
    _head(say("What became of it"))
    for currency, stairs in drawn.items():
        label = say("Prices of {model} through time; the table below says the same.", model=card.id)
        named = [_rename(say, stair, meter) for meter, stair in stairs]
        charts.show_stairs(
            named, now.date(), label, say("{currency} for a million tokens", currency=currency)
        )
    entries = await asyncio.to_thread(list_entries, catalogue, card)
    show_entries(say, entries[::-1][: cells.PAGE], say("What became of it"), named=False)


def _draw(catalogue: Catalogue, card: Card, now: datetime) -> dict[str, list[tuple[Meter, Stair]]]:
    """Return the lines of each currency in which a price of the model changed."""
    found = dict[str, list[tuple[Meter, Stair]]]()
    for currency in CURRENCIES:
        for meter in _DRAWN:
            try:
                [stair] = find_stairs(catalogue, [card], (BEGINNING, now), currency, meter)
            except FenError:
                continue  # it never changed
            found.setdefault(currency, []).append((meter, stair))
    return found


def _rename(say: Words, stair: Stair, meter: Meter) -> Stair:
    return Stair(name(say, meter), meter, stair.steps, stair.end)


def _head(text: str) -> None:
    ui.label(text).props("role=heading aria-level=3").classes("text-subtitle1 q-mt-md")


def _show_facts(say: Words, card: Card, means: PriceMeans, today: date) -> None:
    served = card.upstream in means.offers.upstreams
    upstream = (
        say("can be asked here, by {upstream}", upstream=card.upstream)
        if served
        else say("cannot be asked here: the upstream {upstream} is not set up", upstream=card.upstream)
    )
    rows = [
        [cells.esc(say("Name")), cells.esc(card.name), ""],
        [cells.esc(say("Upstream")), cells.esc(upstream), ""],
        *_limits(say, card, today),
        [
            cells.esc(say("Abilities")),
            _abilities(say, card),
            cells.source(say, card.abilities_source, card.abilities_checked) if card.abilities_source else "",
        ],
        _fact(say, say("Knowledge"), card.knowledge_cutoff),
        *_life(say, card, means),
    ]
    if card.aliases:
        rows.append([cells.esc(say("Other names")), cells.esc(", ".join(card.aliases)), ""])
    columns = [Column(say("Fact")), Column(say("Value")), Column(say("Source, checked"))]
    cells.show_table(say("Facts"), columns, rows)


def _limits(say: Words, card: Card, today: date) -> list[list[str]]:
    """Return the limits; where sources disagree the smallest counts, and the others stand below it."""
    rows = [_fact(say, say("Context"), card.context_window)]
    rows += [_fact(say, say("Context, as others say"), other) for other in card.other_context_windows]
    rows.append(_fact(say, say("Longest output"), card.longest_output(today)))
    rows += [_fact(say, say("Longest output, as others say"), other) for other in card.other_max_outputs]
    return rows


def _fact(say: Words, title: str, known: Fact[int] | Fact[str] | None) -> list[str]:
    stated = "" if known is None else cells.source(say, known.source, known.checked)
    return [cells.esc(title), cells.fact(say, known), stated]


def _abilities(say: Words, card: Card) -> str:
    if card.abilities is None:
        return cells.quiet(say("unknown"))
    marks = [cells.mark(name(say, one)) for one in ABILITIES if one in card.abilities]
    return " ".join(marks) or cells.esc(say("text alone"))


def _life(say: Words, card: Card, means: PriceMeans) -> list[list[str]]:
    catalogue = means.offers.catalogue
    start, end, told = find_start(catalogue, card), find_end(catalogue, card), card.retirement
    rows: list[list[str]] = []
    if start is not None:
        event = next(one for one in catalogue.events(card.id) if one.what == "release")
        stated = cells.source(say, event.source, event.checked)
        rows.append([cells.esc(say("Released")), start.isoformat(), stated])
    if end is not None or (told is not None and told.announced is not None):
        stated = cells.source(say, told.source, told.checked) if told is not None else ""
        when = end.isoformat() if end is not None else say("announced")
        after = ""
        if told is not None and told.successor:
            after = f"; {cells.esc(say('instead:'))} {cells.model_link(told.successor)}"
        rows.append([cells.esc(say("Retired")), cells.esc(when) + after, stated])
    return rows


def _show_prices(say: Words, card: Card, means: PriceMeans, now: datetime) -> None:
    _head(say("Prices now, per million tokens"))
    held = [row for row in means.offers.catalogue.prices(card.id) if row.holds(now)]
    held.sort(key=lambda row: TIERS.index(row.tier))
    if not held:
        ui.label(say("No price is known."))
        return
    columns = [
        Column(say("Price of")),
        Column(say("Price"), figure=True),
        Column(say("In the common currency"), figure=True),
        Column(say("Service")),
        Column(say("Prompts above"), figure=True),
        Column(say("Hours")),
        Column(say("Since")),
        Column(say("Source, checked")),
    ]
    rows: list[Sequence[str]] = []
    for row in held:
        paid = Money(row.price, row.currency)
        common = means.convert(paid)
        foreign = common is not None and common.currency != paid.currency
        rows.append(
            [
                cells.esc(name(say, row.meter)),
                cells.money(say, paid),
                cells.money(say, common, 4) if foreign else "",
                cells.esc(name(say, row.tier)),
                cells.esc(say.number(row.above)) if row.above else "",
                cells.esc(join_windows(row.schedule)),
                "" if row.valid_from is None else f"{row.valid_from:%F}",
                cells.source(say, row.source, row.checked, row.note),
            ]
        )
    cells.show_table(say("Prices now, per million tokens"), columns, rows)
    if any(row.currency != "USD" for row in held):
        say_rates(say, means)
