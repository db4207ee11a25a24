"""How familiar a request must be to be routed: what routing is worth far from the training data.

Requests held out by cluster are routed as the others are. Trust is the least familiarity such that routing
those above it, and giving the rest the static mixture, is not worse than the static mixture for all at any
budget, by the lower end of a one-sided interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fen.routing.budget import find_tradeoff
from fen.routing.hull import find_hull, mix
from fen.routing.quality.fit import Lesson
from fen.routing.quality.heads import Doubles

_ALLOWED = -0.003  # accuracy that routing may lose at the lower end
_ERRORS = 1.645
_USUAL, _MOST, _STEPS = 0.1, 0.25, 7  # shares of usual requests that are not routed, and how many are tried


def find_trust(
    lesson: Lesson, scores: Doubles, costs: Doubles, expected: Doubles, shares: Sequence[float]
) -> float:
    """Return the least familiarity at which requests are routed.

    scores, costs: shape (n, m). expected: costs, of held-out requests. shares: budgets, of the best model's
    mean cost.
    """
    budgets = [share * float(np.nanmean(costs[:, _best(scores)])) for share in shares]
    steps = np.linspace(_USUAL, _MOST, _STEPS)
    gains = [_gain(lesson, scores, costs, expected, budget) for budget in budgets]
    for trust in steps.tolist():
        routed = lesson.far.familiar >= trust
        if all(_bound(np.where(routed, gain, 0.0)) >= _ALLOWED for gain in gains):
            return float(trust)
    return float(steps[-1])


def _gain(lesson: Lesson, scores: Doubles, costs: Doubles, expected: Doubles, budget: float) -> Doubles:
    """Return what routing gains on each request held out by cluster, shape (n,)."""
    tradeoff = find_tradeoff(lesson.near.p, expected, budget)
    taken = tradeoff.choose(lesson.far.p, expected)
    known = ~(np.isnan(scores) | np.isnan(costs))
    gain = np.zeros(len(scores))
    for part in np.unique(lesson.far.parts):
        held, kept = lesson.far.parts == part, lesson.far.parts != part
        hull = find_hull(np.nanmean(costs[kept], axis=0), np.nanmean(scores[kept], axis=0))
        spent = _weigh(taken[held], costs[held], known[held]).mean()
        static = np.tile(mix(hull, np.nanmean(costs[held], axis=0), float(spent)), (int(held.sum()), 1))
        gain[held] = _weigh(taken[held], scores[held], known[held]) - _weigh(
            static, scores[held], known[held]
        )
    return gain


def _weigh(shares: Doubles, values: Doubles, known: np.ndarray) -> Doubles:
    """Return the mean of known values by shares; 0 where none is known."""
    weights = shares * known
    total = weights.sum(axis=1)
    return np.divide(
        (weights * np.where(known, values, 0.0)).sum(axis=1), total, out=np.zeros(len(total)), where=total > 0
    )


def _bound(gain: Doubles) -> float:
    return float(gain.mean() - _ERRORS * gain.std(ddof=1) / len(gain) ** 0.5)


def _best(scores: Doubles) -> int:
    return int(np.nanargmax(np.nanmean(scores, axis=0)))
