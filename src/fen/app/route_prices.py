"""Prices in another currency, for comparing models alone; what is billed stays in the vendor's own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fen.catalogue import Bracket, Rates
from fen.ledger import Fx, find_rate
from fen.wire.usage import Meter


def convert_rates(rates: Rates, currency: str, fx: Fx) -> Rates | None:
    """Return prices in another currency; None where no rate between the two is known."""
    if rates.currency == currency:
        return rates
    rate = find_rate(rates.currency, currency, fx)
    if rate is None:
        return None
    brackets = tuple(Bracket(one.above, _multiply(one.prices, rate)) for one in rates.brackets)
    prices = _multiply(rates.per_million, rate)
    return Rates(currency, prices, rates.source, brackets, rates.checked, rates.tier)


def _multiply(prices: Mapping[Meter, Decimal], rate: Decimal) -> dict[Meter, Decimal]:
    return {meter: price * rate for meter, price in prices.items()}
