"""The static mixture: single models on the upper hull of cost and quality, and shares between neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fen.routing.quality.heads import Doubles


def find_hull(costs: Doubles, scores: Doubles) -> tuple[int, ...]:
    """Return the models that no mixture of others beats, cheapest first; both arrays have shape (m,)."""
    order = np.lexsort((-scores, costs))
    hull = list[int]()
    for model in order.tolist():
        if hull and scores[model] <= scores[hull[-1]]:
            continue
        while len(hull) > 1 and _is_below(costs, scores, hull[-2], hull[-1], model):
            hull.pop()
        hull.append(model)
    return tuple(hull)


def _is_below(costs: Doubles, scores: Doubles, left: int, between: int, right: int) -> bool:
    """Whether a model lies on or below the line between two others."""
    rise = (scores[between] - scores[left]) * (costs[right] - costs[left])
    return bool(rise <= (scores[right] - scores[left]) * (costs[between] - costs[left]))


def mix(hull: Sequence[int], costs: Doubles, budget: float) -> Doubles:
    """Return shares of the hull's models, shape (m,), of mean cost `budget`; all of an end beyond it."""
    shares = np.zeros(len(costs))
    prices = costs[list(hull)]
    place = int(np.searchsorted(prices, budget, side="right"))
    if place == 0 or place == len(prices):
        shares[hull[min(place, len(prices) - 1)]] = 1.0
        return shares
    dear = (budget - prices[place - 1]) / (prices[place] - prices[place - 1])
    shares[hull[place]], shares[hull[place - 1]] = dear, 1 - dear
    return shares
