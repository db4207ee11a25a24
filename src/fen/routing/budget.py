"""Who answers what, for a mean cost: quality is bought where it is cheapest.

The best choice for a mean cost takes, for each request, the model with the largest expected quality less the
price of quality times the expected cost (that price is the budget's Lagrange multiplier). It is found on
requests held out of the fit; between two prices whose costs enclose the budget, choices are mixed.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.heads import Doubles

Expected = NDArray[np.float32] | NDArray[np.float64]

_ROUNDS = 50


class Tradeoff(msgspec.Struct, frozen=True):
    """Two prices of quality, and the share of the second: their mean cost is the budget."""

    dear: float
    cheap: float
    share: float

    def choose(self, p: Expected, costs: Doubles) -> Doubles:
        """Return the share of each request that each model gets, shape (n, m)."""
        shares = (1 - self.share) * _mark(choose(p, costs, self.dear), p.shape[1])
        return shares + self.share * _mark(choose(p, costs, self.cheap), p.shape[1])


def choose(p: Expected, costs: Doubles, price: float) -> NDArray[np.intp]:
    """Return the best model of each request at a price of quality; an infinite one buys the cheapest."""
    if np.isinf(price):
        return np.argmin(costs, axis=1)
    return np.argmax(p - price * costs, axis=1)


def find_tradeoff(p: Expected, costs: Doubles, budget: float) -> Tradeoff:
    """Return the trade-off at which requests cost `budget` on average; the best where even that is less.

    p, costs: of requests that were held out, shape (n, m).
    """
    rows = np.arange(len(p))

    def spend(price: float) -> float:
        return float(costs[rows, choose(p, costs, price)].mean())

    if spend(0.0) <= budget:
        return Tradeoff(0.0, 0.0, 0.0)
    if spend(np.inf) >= budget:
        return Tradeoff(np.inf, np.inf, 0.0)
    typical = max(float(costs.mean()), 1e-300)
    low, high = 1e-6 / typical, 1e6 / typical
    low, high = (0.0 if spend(low) <= budget else low), (np.inf if spend(high) > budget else high)
    for _ in range(_ROUNDS):
        if low == 0.0 or np.isinf(high):
            break
        middle = (low * high) ** 0.5
        low, high = (middle, high) if spend(middle) > budget else (low, middle)
    over, under = spend(low), spend(high)
    share = 0.0 if over <= under else (over - budget) / (over - under)
    return Tradeoff(low, high, min(max(share, 0.0), 1.0))


def _mark(chosen: NDArray[np.intp], models: int) -> Doubles:
    return np.eye(models)[chosen]
