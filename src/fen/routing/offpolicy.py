"""Off-policy evaluation: what another policy's answers would have been worth, from logged decisions.

A logged decision has who was asked, the propensity with which that model was drawn, and the feedback on its
answer. Nothing is assumed of models that were not asked: their feedback enters only as what a fitted model
predicts, and the doubly robust estimate corrects that by what was seen.

Estimators: inverse propensity scoring (Horvitz and Thompson 1952), self-normalised (Swaminathan and Joachims
2015) and doubly robust (Dudik, Langford and Li 2011). What a policy does where its models had no chance of
being drawn, no log can tell, only exploration. The value is that among those who give feedback.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

LEAST_EFFECTIVE = 30.0
"""Effective sample size below which a value is not told: its interval would be too narrow to be true."""


class Logged(msgspec.Struct, frozen=True):
    """Decisions with feedback, n of them.

    asked: places in `models`, shape (n,). propensity: with which each was drawn, above 0. score: 0 to 1.
    """

    models: tuple[str, ...]
    asked: NDArray[np.intp]
    propensity: Floats
    score: Floats


class Value(msgspec.Struct, frozen=True):
    """The mean score that a policy would have had, with its standard error.

    effective: (sum w)^2 / sum w^2, how many decisions the estimate rests on (Kish 1965). n: decisions.
    weight: mean of the weights w, near 1 where whom the policy asks for had a chance of being drawn;
    weight_error: its standard error.
    """

    mean: float
    error: float
    effective: float
    n: int
    weight: float
    weight_error: float

    @property
    def reliable(self) -> bool:
        """Whether it rests on decisions enough, and the log covers what the policy would do."""
        return self.effective >= LEAST_EFFECTIVE and abs(self.weight - 1.0) <= 4.0 * self.weight_error

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the interval by the normal approximation."""
        reach = float(ndtri(0.5 + confidence / 2)) * self.error
        return self.mean - reach, self.mean + reach


def make_logged(rows: Sequence[tuple[str, float, float]]) -> Logged:
    """Return (model, propensity, score) rows as columns.

    Raises ValueError for a propensity that is not above 0 and at most 1, or a score outside of 0 to 1.
    """
    for model, propensity, score in rows:
        if not (0.0 < propensity <= 1.0 and 0.0 <= score <= 1.0):
            raise ValueError(
                f"found propensity {propensity} and score {score} of {model},"
                " expected 0 < propensity <= 1 and 0 <= score <= 1"
            )
    models = tuple(sorted({model for model, _, _ in rows}))
    place = {model: at for at, model in enumerate(models)}
    return Logged(
        models,
        np.array([place[model] for model, _, _ in rows], dtype=np.intp),
        np.array([propensity for _, propensity, _ in rows], dtype=float),
        np.array([score for _, _, score in rows], dtype=float),
    )


def estimate_ips(logged: Logged, policy: Floats) -> Value:
    """Return the value by inverse propensities; `policy`: chance of each model, shape (n, models).

    It is unbiased, and its error is that of a mean.
    """
    weight = _weigh(logged, policy)
    return _mean(weight * logged.score, weight)


def estimate_snips(logged: Logged, policy: Floats) -> Value:
    """Return the value with weights that sum to 1: a small bias for a much smaller error (delta method)."""
    weight = _weigh(logged, policy)
    total = float(weight.sum())
    if total == 0.0:
        return _value(float("nan"), float("inf"), weight)
    mean = float((weight * logged.score).sum()) / total
    error = sqrt(float((weight**2 * (logged.score - mean) ** 2).sum())) / total
    return _value(mean, error, weight)


def estimate_dr(logged: Logged, policy: Floats, predicted: Floats) -> Value:
    """Return the doubly robust value; `predicted`: score expected of each model, shape (n, models).

    It is unbiased if either the propensities or the predictions are right, where the predictions were not
    fitted on these scores (`predict_means` fits them on the other folds).
    """
    weight = _weigh(logged, policy)
    rows = np.arange(len(weight))
    shortfall = logged.score - predicted[rows, logged.asked]
    return _mean((policy * predicted).sum(axis=1) + weight * shortfall, weight)


def predict_means(logged: Logged, folds: int = 5, seed: int = 0) -> Floats:
    """Return, for each decision, each model's mean score over the other folds, shape (n, models).

    A model without scores there has the mean of all: the least that can be said, and what `estimate_dr`
    corrects.
    """
    n, m = len(logged.score), len(logged.models)
    fold = np.random.default_rng(seed).permutation(n) % folds
    predicted = np.zeros((n, m))
    for number in range(folds):
        kept = fold != number
        counts = np.bincount(logged.asked[kept], minlength=m)
        sums = np.bincount(logged.asked[kept], weights=logged.score[kept], minlength=m)
        overall = float(logged.score[kept].mean()) if kept.any() else 0.5
        predicted[~kept] = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    return predicted


def always(logged: Logged, model: str) -> Floats:
    """Return the policy that asks one model for everything. Raises ValueError for one never logged."""
    if model not in logged.models:
        raise ValueError(f"found {model}, expected one that was asked: {', '.join(logged.models)}")
    policy = np.zeros((len(logged.score), len(logged.models)))
    policy[:, logged.models.index(model)] = 1.0
    return policy


def _weigh(logged: Logged, policy: Floats) -> Floats:
    """Return how much more often the policy would have asked whom was asked."""
    expected = (len(logged.score), len(logged.models))
    if policy.shape != expected or not len(logged.score):
        raise ValueError(f"found a policy of shape {policy.shape}, expected {expected} with decisions in it")
    if not np.allclose(policy.sum(axis=1), 1.0):
        raise ValueError(
            "found a policy that also asks models that were never asked, expected one whose chances sum to 1"
            f" over {', '.join(logged.models)}"
        )
    return policy[np.arange(len(policy)), logged.asked] / logged.propensity


def _mean(values: Floats, weight: Floats) -> Value:
    return _value(float(values.mean()), _error(values), weight)


def _value(mean: float, error: float, weight: Floats) -> Value:
    squares = float((weight**2).sum())
    effective = float(weight.sum()) ** 2 / squares if squares else 0.0
    # Of few large weights those seen may be too few: if their mean is 1, that of their squares is at most the
    # largest.
    scatter = max(_error(weight), sqrt(float(weight.max()) / len(weight)))
    return Value(mean, error, effective, len(weight), float(weight.mean()), scatter)


def _error(values: Floats) -> float:
    n = len(values)
    return float(values.std(ddof=1)) / sqrt(n) if n > 1 else float("inf")
