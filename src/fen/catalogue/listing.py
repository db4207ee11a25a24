"""The list of models, searched, narrowed and put in order: what a page or a table shows a part of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

import msgspec

from fen.catalogue.card import Card, Fact
from fen.catalogue.compare import Convert, keep
from fen.catalogue.history import find_end
from fen.catalogue.lookup import Catalogue
from fen.catalogue.rates import Rates
from fen.wire.money import Money
from fen.wire.usage import Meter

Order = Literal[
    "fit", "model", "input", "cached_input", "output", "context", "longest", "knowledge", "checked"
]
"""By what a list is put in order.

`fit`: who is called exactly so, then what can be asked here, then makers before resellers, then by id.
"""

ORDERS: tuple[Order, ...] = get_args(Order)

_METERS: dict[Order, Meter] = {"input": "input", "cached_input": "cached_input", "output": "output"}


class Wish(msgspec.Struct, frozen=True):
    """Which models are wanted, and in which order.

    words: all of them are in a model's id, name or alias. vendor, currency: None is any. abilities: all of
    them are known of it. served: those alone that the given upstreams answer. retired: those too that are no
    longer served anywhere. falling: the highest first; what is unknown comes last either way.
    """

    words: str = ""
    vendor: str | None = None
    currency: str | None = None
    abilities: tuple[str, ...] = ()
    served: bool = False
    retired: bool = False
    order: Order = "fit"
    falling: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A model of the list as it is at an instant.

    rates: its standard prices; longest: its longest output. end: the day on which it was, or will be,
    retired; gone: that day has come. served: an upstream answers it. varies: at other hours, or in long
    prompts, it has other prices.
    """

    card: Card
    rates: Rates | None
    longest: Fact[int] | None
    end: date | None
    gone: bool
    served: bool
    varies: bool

    def price(self, meter: Meter) -> Money | None:
        """Return what a million tokens of a meter cost; None where it is unknown."""
        amount = self.rates.per_million.get(meter) if self.rates is not None else None
        return None if amount is None or self.rates is None else Money(amount, self.rates.currency)


class Found(msgspec.Struct, frozen=True):
    """The models that were wanted, in order; gone: how many retired ones were left out that would fit."""

    listed: tuple[Listed, ...]
    gone: int


def list_models(
    catalogue: Catalogue,
    wish: Wish,
    at: datetime,
    upstreams: Collection[str] = (),
    convert: Convert = keep,
) -> Found:
    """Return the models of a wish as they are at an instant.

    upstreams: those that can answer. convert: changes prices into the common currency, by which they are put
    in order where all of them can be changed; else each currency has an order of its own.
    """
    words = wish.words.casefold().split()
    listed = [
        one
        for card in catalogue.all_cards()
        if _is_wanted(card, wish, words)
        for one in (_look(catalogue, card, at, upstreams),)
        if (not wish.served or one.served) and _is_paid_in(one, wish.currency)
    ]
    kept = [one for one in listed if wish.retired or not one.gone]
    kept.sort(key=lambda one: one.card.id)
    if wish.order == "fit":
        kept.sort(key=lambda one: _miss(one, wish.words.strip().casefold(), catalogue.makers))
    else:
        kept = _sort(kept, wish.order, wish.falling, convert)
    return Found(tuple(kept), len(listed) - len(kept))


def _is_wanted(card: Card, wish: Wish, words: Sequence[str]) -> bool:
    if wish.vendor is not None and card.vendor != wish.vendor:
        return False
    if not set(wish.abilities) <= (card.abilities or frozenset()):
        return False
    text = " ".join((card.id, card.name, *card.aliases)).casefold()
    return all(word in text for word in words)


def _is_paid_in(one: Listed, currency: str | None) -> bool:
    return currency is None or (one.rates is not None and one.rates.currency == currency)


def _look(catalogue: Catalogue, card: Card, at: datetime, upstreams: Collection[str]) -> Listed:
    day = at.astimezone(UTC).date()
    rates, end = catalogue.rates(card.id, at), find_end(catalogue, card)
    gone = end is not None and end <= day
    held = (row for row in catalogue.prices(card.id) if rates is not None and row.tier == "standard")
    varies = any(
        (row.schedule or row.above)
        and (row.valid_from is None or row.valid_from <= at)
        and (row.valid_to is None or at < row.valid_to)
        for row in held
        if rates is not None and row.currency == rates.currency
    )
    served = card.upstream in upstreams and not gone
    return Listed(card, rates, card.longest_output(day), end, gone, served, varies)


def _miss(one: Listed, name: str, makers: Collection[str]) -> tuple[bool, bool, bool]:
    card = one.card
    named = name in (card.id.casefold(), card.name.casefold(), card.id.partition("/")[2].casefold())
    return (not named, not one.served, card.vendor not in makers)


def _sort(listed: Iterable[Listed], order: Order, falling: bool, convert: Convert) -> list[Listed]:
    pairs = [(_value(one, order), one) for one in listed]
    known = [(value, one) for value, one in pairs if value is not None]
    if order in _METERS:
        common = [convert(value) for value, _ in known]
        shared = all(money is not None for money in common)
        known = [
            ((money.amount,) if shared and money is not None else (value.currency, value.amount), one)
            for money, (value, one) in zip(common, known, strict=True)
        ]
    ordered = [one for _, one in sorted(known, key=lambda pair: pair[0], reverse=falling)]
    return ordered + [one for value, one in pairs if value is None]


def _value(one: Listed, order: Order) -> Any:
    """Return what a model is put in order by; None is unknown."""
    card = one.card
    if order in _METERS:
        return one.price(_METERS[order])
    facts = {"context": card.context_window, "longest": one.longest, "knowledge": card.knowledge_cutoff}
    if order in facts:
        fact: Fact[int] | Fact[str] | None = facts[order]
        return None if fact is None else fact.value
    checked: Decimal | date | None = one.rates.checked if one.rates is not None else None
    return card.id if order == "model" else checked
