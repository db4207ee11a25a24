"""What one request costs on each of some models, cheapest first; currencies are never mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from fen.catalogue.card import Card
from fen.catalogue.history import find_end, find_start
from fen.catalogue.lookup import Catalogue
from fen.catalogue.rates import cost
from fen.catalogue.tariff import Tier
from fen.wire.money import Money
from fen.wire.usage import Usage

Convert = Callable[[Money], Money | None]
"""Changes an amount into the common currency; None where no rate is stated."""


class Quote(msgspec.Struct, frozen=True):
    """What a request costs on a model: in the currency of its price, and in the common one.

    hinders: why the model cannot answer it, None where it can as far as is known. source, checked: of the
    price.
    """

    model: str
    cost: Money
    common: Money | None
    source: str
    checked: date | None = None
    hinders: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Quotes, cheapest first; unpriced: models whose price for it is unknown on that day and in that tier."""

    quotes: tuple[Quote, ...]
    unpriced: tuple[str, ...]


def keep(money: Money) -> Money | None:
    """Convert nothing: no rate is stated."""
    return None


def compare(
    catalogue: Catalogue,
    cards: Iterable[Card],
    usage: Usage,
    at: datetime,
    tier: Tier = "standard",
    convert: Convert = keep,
) -> Comparison:
    """Return what a request costs on each model at an instant.

    Sorted by the common currency where every amount has one, else by currency, and within it by amount.
    """
    quotes: list[Quote] = []
    unpriced: list[str] = []
    for card in cards:
        rates = catalogue.rates(card.id, at, tier)
        amount = cost(usage, rates) if rates is not None else None
        if rates is None or amount is None:
            unpriced.append(card.id)
            continue
        hinders = find_hindrance(catalogue, card, usage, at)
        quotes.append(Quote(card.id, amount, convert(amount), rates.source, rates.checked, hinders))
    return Comparison(tuple(sort_quotes(quotes)), tuple(sorted(unpriced)))


def sort_quotes(quotes: Sequence[Quote]) -> list[Quote]:
    """Return quotes cheapest first: by the common currency where all have it, else by currency."""
    if all(quote.common is not None for quote in quotes):
        return sorted(quotes, key=lambda quote: (quote.common and quote.common.amount, quote.model))
    return sorted(quotes, key=lambda quote: (quote.cost.currency, quote.cost.amount, quote.model))


def find_hindrance(catalogue: Catalogue, card: Card, usage: Usage, at: datetime) -> str | None:
    """Return why a model cannot answer a request at an instant; None where nothing is known to hinder it."""
    day = at.astimezone(UTC).date()
    start, end = find_start(catalogue, card), find_end(catalogue, card)
    if end is not None and end <= day:
        return f"retired {end}"
    if start is not None and day < start:
        return f"released {start}"
    window, output = card.context_window, card.longest_output(day)
    if window is not None and usage.total_tokens > window.value:
        return f"context {window.value:,}"
    if output is not None and usage.completion_tokens > output.value:
        return f"output {output.value:,}"
    return None


def times(money: Money | None, count: int | Decimal) -> Money | None:
    """Return an amount so many times; None of what is unknown."""
    return None if money is None else money * count
