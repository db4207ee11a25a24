"""Amounts in another currency, by dated rates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fen.ledger.entry import Exchange
from fen.wire.money import Money

Fx = Mapping[tuple[str, str], Exchange]
"""Dated rates, by the currencies from and to which they exchange."""


def find_rate(base: str, quote: str, fx: Fx) -> Decimal | None:
    """Return how many units of `quote` one of `base` is; None where that is not stated."""
    found = fx.get((base, quote))
    return None if found is None else found.rate


def change_money(money: Money, currency: str, fx: Fx) -> Money | None:
    """Return an amount in a currency, unrounded; None where no rate leads there."""
    if money.currency == currency:
        return money
    rate = find_rate(money.currency, currency, fx)
    return None if rate is None else Money(money.amount * rate, currency)
