"""A budget per thousand requests: what a point of quality may cost, so that the average is kept.

A request goes to the model with the greatest p - price x cost. The price is the smallest at which the
training requests, routed so, would have cost no more than the budget on average (the Lagrangian relaxation of
choosing one model for each request under a shared budget). What the route has spent over or under the budget
is made good over the next thousand requests.
"""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.wire.money import Money

Floats = NDArray[np.float64]

HORIZON = 1000
"""Requests over which a difference from the budget is made good."""
STEPS = 241
"""Prices that are tried, from dear to free."""


class Spent(msgspec.Struct, frozen=True):
    """What a route's requests have cost in this window."""

    requests: int
    money: Money


class Sample(msgspec.Struct, frozen=True):
    """Expectations for training requests.

    p: probability of a right answer, shape (n, models). cost: money per request in `currency`, same shape.
    """

    models: tuple[str, ...]
    p: Floats
    cost: Floats
    currency: str

    def select(self, models: frozenset[str]) -> Sample:
        """Return the sample of those of its models that are named."""
        at = [place for place, model in enumerate(self.models) if model in models]
        return Sample(
            tuple(self.models[place] for place in at), self.p[:, at], self.cost[:, at], self.currency
        )


class Curve(msgspec.Struct, frozen=True, dict=True):
    """What requests cost on average at each price of quality.

    prices: correct answers per money, descending. spend: mean cost of a request at each, ascending.
    """

    prices: Floats
    spend: Floats

    def price(self, budget: float) -> float | None:
        """Return the smallest price that keeps a budget per request; None where no price does."""
        within = int(np.searchsorted(self._most, budget * (1 + 1e-12), side="right"))
        return float(self.prices[within - 1]) if within else None

    @cached_property
    def _most(self) -> Floats:
        # Costs at ties may differ by rounding: the law of the curve, that it ascends, is kept.
        return np.maximum.accumulate(self.spend)


def draw_curve(sample: Sample) -> Curve | None:
    """Return what the sample's requests cost at each price; None where it has no priced request."""
    if not sample.p.size or not np.isfinite(sample.cost).all():
        return None
    order = np.argsort(sample.cost.mean(axis=0), kind="stable")
    p, cost = sample.p[:, order], sample.cost[:, order]
    apart = cost.max(axis=1) - cost.min(axis=1)
    typical = float(apart.mean()) or 1.0
    prices = np.concatenate([[np.inf], np.logspace(5, -7, STEPS) / typical, [0.0]])
    rows = np.arange(len(p))
    cheapest = cost.argmin(axis=1)
    spend = [float(cost[rows, cheapest].mean())]
    for price in prices[1:]:
        chosen = (p - price * cost).argmax(axis=1)
        spend.append(float(cost[rows, chosen].mean()))
    return Curve(prices, np.array(spend))


def allow(budget: float, requests: int, money: float) -> float:
    """Return what the next requests may cost on average, with what was spent over or under made good.

    budget: per request. Never below nothing, and never more than twice the budget, so that a quiet month buys
    no spree.
    """
    return min(max(budget + (budget * requests - money) / HORIZON, 0.0), 2.0 * budget)
