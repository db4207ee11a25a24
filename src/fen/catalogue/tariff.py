"""Prices as a vendor states them: a tariff, its brackets, and the rows that it makes in the price book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from fen.catalogue.schedule import Window
from fen.wire.usage import Meter

Tier = Literal["standard", "batch", "flex", "priority"]

TIERS: tuple[Tier, ...] = ("standard", "batch", "flex", "priority")
"""Kinds of service that vendors price apart."""


class Bracket(msgspec.Struct, frozen=True):
    """Prices for prompts of more than `above` tokens; they hold for the whole call, not for the excess."""

    above: int
    prices: Mapping[Meter, Decimal]


class Tariff(msgspec.Struct, frozen=True, omit_defaults=True):
    """Prices that hold together: one currency, one tier, one validity.

    prices: per million tokens by meter, as stated; a meter that is not priced is absent, and no meter at all
    says that the price is unknown from here on. brackets: by length of the prompt, ascending. windows: hours
    at which alone it holds; none means always. starts, ends: UTC, from and until just before; None is open.
    source: URL. checked: when the source was seen to say so, None where it was not opened.
    """

    currency: str
    prices: Mapping[Meter, Decimal]
    source: str
    checked: date | None = None
    tier: Tier = "standard"
    brackets: tuple[Bracket, ...] = ()
    windows: tuple[Window, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    note: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it holds at an instant, unless another takes precedence."""
        if self.starts is not None and at < self.starts:
            return False
        if self.ends is not None and at >= self.ends:
            return False
        return not self.windows or any(window.covers(at) for window in self.windows)


class PriceRow(msgspec.Struct, frozen=True):
    """One price of the book: what a million tokens of one meter cost, when, and where that is stated.

    above: for prompts of more than so many tokens. valid_from is inclusive, valid_to is not; None is open.
    """

    model: str
    vendor: str
    currency: str
    meter: Meter
    price: Decimal
    tier: Tier
    above: int
    schedule: tuple[Window, ...]
    valid_from: datetime | None
    valid_to: datetime | None
    source: str
    checked: date | None = None
    note: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        if self.valid_to is not None and at >= self.valid_to:
            return False
        return not self.schedule or any(window.covers(at) for window in self.schedule)
