"""When each model's lines should start: values in, a plan out.

A vendor's price may depend on the hour (a schedule) or change on a day (a new tariff). A batch has until its
deadline, so its lines wait for the cheapest instant that still leaves enough time; where none is cheaper than
now, they start now. The plan is made anew while the batch runs: once a cheap window closes on lines that are
left, the same question is asked again, and waiting for an instant never changes which one it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from fen.catalogue import Card, PriceRow, Rates, Tier, Window, cost
from fen.wire.money import Money
from fen.wire.usage import Usage


class PriceList(Protocol):
    """What a plan asks of the catalogue."""

    def find(self, wanted: str) -> Card | None:
        """Return the card of a name."""
        ...

    def rates(self, card_id: str, at: datetime, tier: Tier = "standard") -> Rates | None:
        """Return what tokens cost at an instant."""
        ...

    def prices(self, card_id: str) -> Sequence[PriceRow]:
        """Return the rows of a price book."""
        ...


class Load(msgspec.Struct, frozen=True):
    """The lines of one model that wait: how many, and the tokens that they are likely to have in all."""

    model: str
    lines: int
    input_tokens: int
    output_tokens: int


class Pace(msgspec.Struct, frozen=True):
    """How fast lines are worked off, how much of the window is kept free, and how many others are waiting."""

    line_seconds: float
    concurrency: int
    margin: timedelta
    others: int = 0

    def needs(self, lines: int) -> timedelta:
        """Return the time that so many lines need, the margin included."""
        seconds = self.line_seconds * (lines + self.others) / self.concurrency
        return self.margin + timedelta(seconds=seconds)


def plan_starts(
    loads: Sequence[Load], prices: PriceList, now: datetime, deadline: datetime, pace: Pace
) -> dict[str, datetime]:
    """Return when the lines of each model should start, by the model's name.

    No start is later than the deadline less what all lines need, but for those that are late already: they
    start now. At no start does a typical line of the model cost more than now, as far as prices are known.
    """
    latest = deadline - pace.needs(sum(load.lines for load in loads))
    return {load.model: _choose(load, prices, now, latest) for load in loads}


def _choose(load: Load, prices: PriceList, now: datetime, latest: datetime) -> datetime:
    card = prices.find(load.model)
    if card is None or latest <= now:
        return now
    usage = _typical(load)
    best, least = now, _price(card, prices, usage, now)
    if least is None:
        return now
    for instant in _changes(prices.prices(card.id), now, latest):
        amount = _price(card, prices, usage, instant)
        # Another currency's amount cannot be compared without a dated rate.
        if amount is not None and amount.currency == least.currency and amount < least:
            best, least = instant, amount
    return best


def find_least(load: Load, prices: PriceList, now: datetime, latest: datetime) -> tuple[Usage, Money | None]:
    """Return a typical line of a model, and what it costs by itself at the cheapest instant that is left."""
    usage = _typical(load)
    card = prices.find(load.model)
    if card is None:
        return usage, None
    return usage, _price(card, prices, usage, _choose(load, prices, now, latest))


def _typical(load: Load) -> Usage:
    return Usage(input=load.input_tokens // load.lines, output=load.output_tokens // load.lines)


def merge_loads(loads: Sequence[Load]) -> list[Load]:
    """Return one load for each model."""
    merged: dict[str, Load] = {}
    for load in loads:
        other = merged.get(load.model, Load(load.model, 0, 0, 0))
        merged[load.model] = Load(
            load.model,
            load.lines + other.lines,
            load.input_tokens + other.input_tokens,
            load.output_tokens + other.output_tokens,
        )
    return list(merged.values())


def _price(card: Card, prices: PriceList, usage: Usage, at: datetime) -> Money | None:
    rates = prices.rates(card.id, at)
    return None if rates is None else cost(usage, rates)


def _changes(rows: Sequence[PriceRow], now: datetime, latest: datetime) -> list[datetime]:
    """Return the instants after now, up to the latest, at which a standard price may change."""
    edges: set[datetime] = set()
    for row in rows:
        if row.tier == "standard":
            edges |= {edge for edge in (row.valid_from, row.valid_to) if edge is not None}
            edges |= {edge for window in row.schedule for edge in _edges(window, now, latest)}
    return sorted(edge for edge in edges if now < edge <= latest)


def _edges(window: Window, now: datetime, latest: datetime) -> list[datetime]:
    found: list[datetime] = []
    at = now
    while at < latest:  # a window tells a day's edges at a time
        found += window.edges(at)
        at += timedelta(days=1)
    return found
