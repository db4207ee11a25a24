"""Rates of exchange: between the currencies of prices and those of budgets, as the settings state them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations

from fen.app.tables import FxTable
from fen.ledger import Exchange
from fen.wire.money import CURRENCIES

PAIRS: Mapping[str, tuple[str, str]] = {
    f"{quote}_PER_{base}": (base, quote) for base, quote in permutations(CURRENCIES, 2)
}
"""The names of rates: how much of `quote` one unit of `base` is."""


def read_rates(tables: Mapping[str, FxTable]) -> dict[tuple[str, str], Exchange]:
    """Return the rates by (base, quote); where only one way is stated, the other is its inverse."""
    stated = {
        PAIRS[name]: Exchange(*PAIRS[name], Decimal(str(table.rate)), table.source, table.on)
        for name, table in tables.items()
    }
    inverse = {
        (fx.quote, fx.base): Exchange(fx.quote, fx.base, 1 / fx.rate, fx.source, fx.on)
        for fx in stated.values()
    }
    return inverse | stated
