"""The recorded traffic, priced anew: on other models, at other dates, as a batch or off-peak."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import exp, log
from typing import Literal

import msgspec

from fen.catalogue import Card, Catalogue, Rates, Tier, cost
from fen.evals.report import Entry, collect_entries
from fen.ledger import Used
from fen.storage import Storage
from fen.wire.errors import NotFound
from fen.wire.money import Money
from fen.wire.usage import Usage

Basis = Literal["own", "evaluations", "traffic", "recorded"]
"""Where the expected length of an answer comes from.

It is the model's own answer; or both models answered the same samples of evaluations; or it is the model's
mean in this traffic, of the same tag where there is one; or nothing is known, and the recorded length stands.
"""

ENOUGH = 20
"""Answers of a model from which its length is told."""

_HOURS = 24


class WhatIf(msgspec.Struct, frozen=True):
    """What the recorded requests would cost on one model, in its own currency.

    requests: those that could be priced. cost: their sum. recorded: what they did cost, by currency. unfit:
    requests that its context window does not hold; unpriced: those with a meter that it has no price for, or
    without any price known. bases: how many requests have their length from where. hour: the hour of the day
    (UTC) of its prices, where the cheapest was wanted.
    """

    model: str
    requests: int
    cost: Money | None
    recorded: tuple[Money, ...]
    unfit: int
    unpriced: int
    output_tokens: int
    recorded_output_tokens: int
    bases: Mapping[str, int]
    hour: int | None = None

    @property
    def change(self) -> float | None:
        """Return the change as a share of what was paid; None where currencies differ, or nothing was."""
        if self.cost is None or len(self.recorded) != 1 or self.recorded[0].currency != self.cost.currency:
            return None
        before = self.recorded[0].amount
        return float(self.cost.amount / before - 1) if before else None


class When(msgspec.Struct, frozen=True):
    """At which prices: of a moment, of a tier, and whether the cheapest hour of its day is taken."""

    at: datetime
    tier: Tier = "standard"
    off_peak: bool = False


class Lengths:
    """How long a model's answers are expected to be.

    entries: evaluations, of any models. traffic: the same that is priced.
    """

    def __init__(self, entries: Sequence[Entry], traffic: Sequence[Used]) -> None:
        self._answered: defaultdict[str, dict[tuple[str, str, int], int]] = defaultdict(dict)
        for entry in entries:
            for record in entry.records:
                tokens = record.output_tokens + record.reasoning_tokens
                if tokens > 0:
                    self._answered[entry.name][record.suite, record.sample, record.epoch] = tokens
        self._sums: defaultdict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
        for used in traffic:
            for tag in {used.tag, None}:
                total = self._sums[used.model, tag]
                total[0] += 1
                total[1] += written(used.usage)
        self._ratios: dict[tuple[str, str], float | None] = {}

    def expect(self, used: Used, model: str) -> tuple[int, Basis]:
        """Return the output tokens expected of a model in place of who answered, and from where that is."""
        recorded = written(used.usage)
        if used.model == model:
            return recorded, "own"
        ratio = self._ratio(used.model, model)
        if ratio is not None:
            return round(recorded * ratio), "evaluations"
        for tag in (used.tag, None):
            count, total = self._sums.get((model, tag), (0, 0))
            if count >= ENOUGH:
                return round(total / count), "traffic"
        return recorded, "recorded"

    def _ratio(self, one: str, other: str) -> float | None:
        """Return the geometric mean of other's length over one's, on samples that both answered."""
        if (one, other) not in self._ratios:
            mine, theirs = self._answered[one], self._answered[other]
            logs = [log(theirs[key] / mine[key]) for key in mine.keys() & theirs.keys()]
            self._ratios[one, other] = exp(sum(logs) / len(logs)) if len(logs) >= ENOUGH else None
        return self._ratios[one, other]


async def price_recorded(
    catalogue: Catalogue, models: Sequence[str], reading: AsyncIterator[Used], storage: Storage, when: When
) -> list[WhatIf]:
    """Return what recorded requests would cost on each of some models, with all that is known of lengths.

    Raises NotFound for a model that is not known, and where nothing was recorded.
    """
    cards = [_find(catalogue, model) for model in dict.fromkeys(models)]
    traffic = [used async for used in reading]
    if not traffic:
        raise NotFound("found no recorded request of that period, expected some")
    entries = await collect_entries(storage, ())

    def price() -> list[WhatIf]:
        lengths = Lengths(entries, traffic)
        return [price_anew(traffic, card, catalogue, lengths, when) for card in cards]

    return await asyncio.to_thread(price)


def price_anew(
    traffic: Sequence[Used], card: Card, catalogue: Catalogue, lengths: Lengths, when: When
) -> WhatIf:
    """Return what recorded requests would cost on a model.

    Input tokens are the recorded ones: another tokenizer may count some more or fewer. What came from a cache
    is priced as if it came from this model's too.
    """
    window = None if card.context_window is None else card.context_window.value
    usages: list[Usage] = []
    priced: list[Used] = []
    bases: defaultdict[str, int] = defaultdict(int)
    unfit = 0
    for used in traffic:
        tokens, basis = lengths.expect(used, card.id)
        if window is not None and used.usage.prompt_tokens + tokens > window:
            unfit += 1
            continue
        usages.append(_rewrite(used.usage, tokens))
        priced.append(used)
        bases[basis] += 1
    hour, costs = _price(usages, card, catalogue, when)
    known = [one for one in costs if one is not None]
    kept = [used for used, money in zip(priced, costs, strict=True) if money is not None]
    return WhatIf(
        model=card.id,
        requests=len(known),
        cost=Money(sum((one.amount for one in known), Decimal(0)), known[0].currency) if known else None,
        recorded=_sum([used.cost for used in kept]),
        unfit=unfit,
        unpriced=len(costs) - len(known),
        output_tokens=sum(written(one) for one, money in zip(usages, costs, strict=True) if money),
        recorded_output_tokens=sum(written(used.usage) for used in kept),
        bases=dict(sorted(bases.items())),
        hour=hour,
    )


def written(usage: Usage) -> int:
    """Return the tokens that a model wrote, its reasoning among them."""
    return usage.output + usage.reasoning + usage.audio_output


def _find(catalogue: Catalogue, model: str) -> Card:
    card = catalogue.find(model)
    if card is None:
        raise NotFound(f"model: found {model[:100]!r}, expected one that `fen models --all` lists")
    return card


def _rewrite(usage: Usage, tokens: int) -> Usage:
    """Return a usage with as many output tokens; how many would be reasoning is not known before."""
    return msgspec.structs.replace(usage, output=tokens, reasoning=0, audio_output=0)


def _price(
    usages: Sequence[Usage], card: Card, catalogue: Catalogue, when: When
) -> tuple[int | None, list[Money | None]]:
    if not when.off_peak:
        return None, _price_all(usages, catalogue.rates(card.id, when.at, when.tier))
    midnight = when.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    best: tuple[Decimal, int, list[Money | None]] | None = None
    seen: list[Rates] = []
    for hour in range(_HOURS):
        rates = catalogue.rates(card.id, midnight + timedelta(hours=hour), when.tier)
        if rates is None or rates in seen:
            continue
        seen.append(rates)
        costs = _price_all(usages, rates)
        total = sum((one.amount for one in costs if one is not None), Decimal(0))
        if best is None or total < best[0]:
            best = (total, hour, costs)
    return (None, [None] * len(usages)) if best is None else best[1:]


def _price_all(usages: Sequence[Usage], rates: Rates | None) -> list[Money | None]:
    return [None if rates is None else cost(usage, rates) for usage in usages]


def _sum(amounts: Sequence[Money | None]) -> tuple[Money, ...]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        if money is not None:
            sums[money.currency] += money.amount
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
