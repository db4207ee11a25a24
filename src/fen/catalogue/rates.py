"""What tokens cost at one moment, and the two sums made of that: a call's cost and its upper bound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from fen.catalogue.tariff import Bracket, Tariff, Tier
from fen.wire.money import Money
from fen.wire.usage import METERS, Meter, Usage

FALLBACKS: tuple[tuple[Meter, Meter], ...] = (
    ("cached_input", "input"),
    ("cache_write", "input"),
    ("image_input", "input"),
    ("reasoning", "output"),
)
"""Meters that cost what another one costs where the vendor prices them alike; audio has none."""

_INPUTS: tuple[Meter, ...] = ("input", "cached_input", "cache_write", "audio_input", "image_input")
_OUTPUTS: tuple[Meter, ...] = ("output", "reasoning", "audio_output")


class Rates(msgspec.Struct, frozen=True):
    """The prices of one moment, per million tokens, with fall-backs resolved (FALLBACKS).

    per_million: for prompts below the first bracket; a meter without a known price is absent.
    brackets: for longer prompts, ascending, each complete. source: URL or file; checked: when it said so.
    """

    currency: str
    per_million: Mapping[Meter, Decimal]
    source: str
    brackets: tuple[Bracket, ...] = ()
    checked: date | None = None
    tier: Tier = "standard"

    def prices(self, prompt_tokens: int) -> Mapping[Meter, Decimal]:
        """Return the prices for a prompt of this length; the bracket that it reaches holds for all of it."""
        for bracket in reversed(self.brackets):
            if prompt_tokens > bracket.above:
                return bracket.prices
        return self.per_million


def make_rates(tariff: Tariff) -> Rates:
    """Resolve a tariff's fall-backs; a bracket that does not restate a meter keeps the price before it."""
    base = dict(tariff.prices)
    brackets: list[Bracket] = []
    stated = base
    for bracket in tariff.brackets:
        stated = stated | dict(bracket.prices)
        brackets.append(Bracket(bracket.above, _resolve(stated)))
    return Rates(tariff.currency, _resolve(base), tariff.source, tuple(brackets), tariff.checked, tariff.tier)


def _resolve(stated: Mapping[Meter, Decimal]) -> dict[Meter, Decimal]:
    prices = dict(stated)
    for meter, other in FALLBACKS:
        if meter not in prices and other in prices:
            prices[meter] = prices[other]
    return prices


def cost(usage: Usage, rates: Rates) -> Money | None:
    """Return what a call's tokens cost, unrounded; None when a meter was used that has no price."""
    prices = rates.prices(usage.prompt_tokens) if rates.brackets else rates.per_million
    amount = Decimal(0)
    for meter, tokens in zip(METERS, msgspec.structs.astuple(usage), strict=True):
        if tokens:
            price = prices.get(meter)
            if price is None:
                return None
            amount += price * tokens
    return Money(amount.scaleb(-6), rates.currency)


def worst_case(input_bound: int, output_bound: int, rates: Rates) -> Money | None:
    """Return the most that a call within its bounds can cost, whatever its tokens are: a true upper bound.

    It takes the dearest meter of each side, in the dearest bracket that the prompt can reach. None where the
    price of the text that the call certainly has is unknown.
    """
    amount = Decimal(0)
    for bound, meters, text in ((input_bound, _INPUTS, "input"), (output_bound, _OUTPUTS, "output")):
        if not bound:
            continue
        if text not in rates.per_million:
            return None
        amount += _dearest(meters, input_bound, rates) * bound
    return Money(amount.scaleb(-6), rates.currency)


def _dearest(meters: tuple[Meter, ...], input_bound: int, rates: Rates) -> Decimal:
    tables = [rates.per_million, *(b.prices for b in rates.brackets if b.above < input_bound)]
    return max(table[meter] for table in tables for meter in meters if meter in table)
