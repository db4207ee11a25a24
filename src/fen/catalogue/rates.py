"""What tokens cost at one moment, and the two sums made of that: a call's cost and its upper bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property

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
_NOTHING = Decimal(0)


class Rates(msgspec.Struct, frozen=True, dict=True):
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

    @cached_property
    def steps(self) -> tuple[_Step, ...]:
        """The same prices as `cost` and `worst_case` multiply by them, dearest bracket's length first.

        Made once: looking for them in each call cost 5 us.
        """
        steps: list[_Step] = []
        tables = ((-1, self.per_million), *((bracket.above, bracket.prices) for bracket in self.brackets))
        for above, prices in tables:
            per_token = tuple([_per_token(prices.get(meter)) for meter in METERS])
            reached = [prices, *(table for _, table in tables[: len(steps)])]
            steps.append(_Step(above, per_token, _dearest(_INPUTS, reached), _dearest(_OUTPUTS, reached)))
        return tuple(reversed(steps))


class _Step(msgspec.Struct, frozen=True):
    """What one token costs in prompts of more than `above` tokens, None where that is unknown.

    per_token: in the order of METERS. most_input, most_output: the dearest meter of each side, here or in a
    bracket below.
    """

    above: int
    per_token: tuple[Decimal | None, ...]
    most_input: Decimal | None
    most_output: Decimal | None


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


def _per_token(price: Decimal | None) -> Decimal | None:
    return None if price is None else price.scaleb(-6)


def _dearest(meters: tuple[Meter, ...], tables: Iterable[Mapping[Meter, Decimal]]) -> Decimal | None:
    return _per_token(
        max((table[meter] for table in tables for meter in meters if meter in table), default=None)
    )


def cost(usage: Usage, rates: Rates) -> Money | None:
    """Return what a call's tokens cost, unrounded; None when a meter was used that has no price."""
    step = _find_step(usage.prompt_tokens, rates)
    amount = _NOTHING
    for price, tokens in zip(step.per_token, msgspec.structs.astuple(usage), strict=True):
        if tokens:
            if price is None:
                return None
            amount += price * tokens
    return Money(amount, rates.currency)


def worst_case(input_bound: int, output_bound: int, rates: Rates) -> Money | None:
    """Return the most that a call within its bounds can cost, whatever its tokens are: a true upper bound.

    It takes the dearest meter of each side, in the dearest bracket that the prompt can reach. None where the
    price of the text that the call certainly has is unknown.
    """
    stated = rates.per_million
    if (input_bound and "input" not in stated) or (output_bound and "output" not in stated):
        return None
    step = _find_step(input_bound, rates)
    amount = _NOTHING
    if step.most_input is not None:
        amount += step.most_input * input_bound
    if step.most_output is not None:
        amount += step.most_output * output_bound
    return Money(amount, rates.currency)


def _find_step(prompt_tokens: int, rates: Rates) -> _Step:
    steps = rates.steps
    return steps[0] if len(steps) == 1 else next(step for step in steps if prompt_tokens > step.above)
