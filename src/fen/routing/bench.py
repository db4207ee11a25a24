"""Routers that learn from recorded outcomes and costs and see prompt text alone; what benches call.

`fit` learns, `predict` tells probabilities, `route` shares requests out for a mean cost. Every setting comes
from the training data: a price of quality for each budget from requests that were held out by chance, and
how familiar a request has to be to be routed at all from clusters of requests that were held out. What is not
familiar enough gets the static mixture of single models, which costs the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.budget import find_tradeoff
from fen.routing.features import Rows, featurize
from fen.routing.hull import find_hull, mix
from fen.routing.lengths import Lengths, fit_lengths
from fen.routing.quality.design import Single
from fen.routing.quality.fit import Trial, learn
from fen.routing.quality.heads import Doubles
from fen.routing.quality.model import Prediction, QualityModel
from fen.routing.trust import find_trust

BITS = 22
SHARES = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8)
"""Budgets at which trust is measured, as shares of the best model's cost."""


class Bought(msgspec.Struct, frozen=True):
    """What training says of money. Costs of held-out requests, shape (n, m), are expected ones.

    means: of costs and of scores, each of shape (m,). hull: the models of the static mixture. trust: how
    familiar a request must be.
    """

    expected: Doubles
    mean_cost: Doubles
    mean_score: Doubles
    hull: tuple[int, ...]
    trust: float


class Router:
    """A fitted router of the bench."""

    def __init__(self, quality: QualityModel, trial: Trial, lengths: Lengths | None, bought: Bought) -> None:
        self.quality = quality
        self._trial = trial
        self._lengths = lengths
        self._bought = bought
        self._last: tuple[tuple[str, ...], Rows, Prediction] | None = None

    def predict(self, prompts: Sequence[str]) -> Single:
        """Return the probability of a right answer, shape (prompts, models)."""
        return self._look(prompts)[1].p

    def find_familiar(self, prompts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which prompts are routed; the others get the static mixture."""
        return self._look(prompts)[1].familiar >= self._bought.trust

    def route(self, prompts: Sequence[str], budget: float) -> Doubles:
        """Return each model's share of each prompt, shape (prompts, models), for a mean cost of `budget`."""
        return self.plan(budget)(prompts)

    def plan(self, budget: float) -> Callable[[Sequence[str]], Doubles]:
        """Return the function that routes for a budget, its price of quality found once."""
        bought, trial = self._bought, self._trial
        static = mix(bought.hull, bought.mean_cost, budget)
        trusted = trial.familiar >= bought.trust
        tradeoff = (
            find_tradeoff(trial.p[trusted], bought.expected[trusted], budget) if trusted.any() else None
        )

        def share(prompts: Sequence[str]) -> Doubles:
            rows, told = self._look(prompts)
            shares = np.tile(static, (len(prompts), 1))
            familiar = told.familiar >= bought.trust
            if tradeoff is not None and familiar.any():
                costs = _expect(self._lengths, rows, self.quality.models, bought.mean_cost)
                shares[familiar] = tradeoff.choose(told.p[familiar], costs[familiar])
            return shares

        return share

    def _look(self, prompts: Sequence[str]) -> tuple[Rows, Prediction]:
        """Return features and expectations; those of the last prompts are kept."""
        asked = tuple(prompts)
        if self._last is None or self._last[0] != asked:
            rows = featurize([Asked(text) for text in asked], self.quality.bits)
            self._last = (asked, rows, self.quality.predict(rows))
        return self._last[1:]


def fit(prompts: Sequence[str], outcomes: Doubles, costs: Doubles) -> Router:
    """Learn a router from outcomes and costs, each of shape (prompts, models)."""
    rows = featurize([Asked(text) for text in prompts], BITS)
    models = tuple(str(number) for number in range(outcomes.shape[1]))
    lesson = learn(rows, outcomes, models, [None] * len(prompts), bits=BITS)
    mean_cost, mean_score = np.nanmean(costs, axis=0), np.nanmean(outcomes, axis=0)
    hull = find_hull(mean_cost, mean_score)
    lengths, expected = None, np.tile(mean_cost, (len(prompts), 1))
    if (costs != costs[:1]).any():
        lengths = fit_lengths(rows, costs, models, [None] * len(prompts), BITS)
        expected = _hold_costs(rows, costs, lesson.near, models)
    trust = find_trust(lesson, outcomes, costs, expected, SHARES)
    return Router(lesson.model, lesson.near, lengths, Bought(expected, mean_cost, mean_score, hull, trust))


def _hold_costs(rows: Rows, costs: Doubles, trial: Trial, models: tuple[str, ...]) -> Doubles:
    """Return expected costs of requests by fits that had not seen them."""
    expected = np.zeros(costs.shape)
    for fold in np.unique(trial.parts):
        held, kept = np.flatnonzero(trial.parts == fold), np.flatnonzero(trial.parts != fold)
        lengths = fit_lengths(rows.take(kept), costs[kept], models, [None] * len(kept), BITS)
        expected[held] = _expect(lengths, rows.take(held), models, np.nanmean(costs[kept], axis=0))
    return expected


def _expect(lengths: Lengths | None, rows: Rows, models: tuple[str, ...], mean: Doubles) -> Doubles:
    if lengths is None:
        return np.tile(mean, (len(rows), 1))
    return lengths.predict(rows, models)
