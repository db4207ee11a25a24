"""How familiar a request is: 1 like those learnt from, 0 like those of a kind that was left out.

What is foreign is learnt from the training data itself. Requests are clustered, each cluster is held out in
turn, and a logistic regression tells its requests from those held out by chance, by how many of their n-grams
are known and by how many remembered requests are near.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.design import Single
from fen.routing.quality.heads import Doubles, expit

SIGNS = 4

_FARTHEST = 25.0  # square of the deviations at which a statistic is cut
_ROUNDS = 12
_RIDGE = 1.0
_SPREAD = 25  # rounds of k-means


class Familiarity(msgspec.Struct, frozen=True):
    """A logistic regression on signs: centre, scale, weights of shape (k,), and an intercept."""

    centre: Doubles
    scale: Doubles
    weights: Doubles
    intercept: float

    def judge(self, signs: Single) -> Single:
        """Return how familiar requests are, shape (n,)."""
        logits = np.full(len(signs), self.intercept)
        for column, weight in enumerate(self.weights):
            logits += (signs[:, column] - self.centre[column]) / self.scale[column] * weight
        return expit(logits).astype(np.float32)


def read_signs(known: Single, near: Single, reach: Single, odd: Single) -> Single:
    """Return the signs of familiarity, shape (n, SIGNS), each larger where a request is more familiar.

    known: share of n-grams known. near: remembered requests nearby. reach: length in the latent space. odd:
    how unusual the statistics are.
    """
    signs = (
        known,
        np.log(near + np.float32(0.1)),
        np.log(reach + np.float32(0.02)),
        -np.log(odd + np.float32(0.1)),
    )
    return np.stack(signs, axis=1).astype(np.float32)


def fit_usual(dense: Single) -> Single:
    """Return the mean and the deviation of statistics, shape (2, k), of some requests."""
    spread = dense.std(axis=0, dtype=np.float64)
    return np.stack([dense.mean(axis=0, dtype=np.float64), np.maximum(spread, 0.005)]).astype(np.float32)


def measure_oddness(dense: Single, usual: Single) -> Single:
    """Return the mean square by which statistics are off, in standard deviations, shape (n,)."""
    odd = np.zeros(len(dense), np.float32)
    for column in range(dense.shape[1]):
        apart = (dense[:, column] - usual[0, column]) / usual[1, column]
        odd += np.minimum(apart**2, np.float32(_FARTHEST))
    return odd / np.float32(max(dense.shape[1], 1))


def fit_familiarity(near: Single, far: Single) -> Familiarity:
    """Fit on the signs of requests held out by chance, and of requests held out by cluster."""
    signs = np.concatenate([near, far]).astype(np.float64)
    usual = np.concatenate([np.ones(len(near)), np.zeros(len(far))])
    centre, scale = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    inputs = np.column_stack([(signs - centre) / scale, np.ones(len(signs))])
    ridge = np.diag([_RIDGE] * signs.shape[1] + [0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        expected = expit(inputs @ weights)
        slope = inputs.T @ (expected - usual) + ridge @ weights
        bend = (inputs * (expected * (1 - expected))[:, None]).T @ inputs + ridge + 1e-9 * np.eye(len(ridge))
        weights = weights - np.linalg.solve(bend, slope)
    return Familiarity(centre, scale, np.maximum(weights[:-1], 0.0), float(weights[-1]))


def cluster(places: Single, count: int, seed: int) -> NDArray[np.intp]:
    """Return the cluster of each place, by spherical k-means from spread-out beginnings."""
    random = np.random.default_rng(seed)
    centres = places[random.integers(len(places))][None]
    for _ in range(min(count, len(places)) - 1):
        apart = np.maximum(1 - (places @ centres.T).max(axis=1), 0.0).astype(np.float64) ** 2 + 1e-12
        centres = np.concatenate([centres, places[random.choice(len(places), p=apart / apart.sum())][None]])
    chosen = np.zeros(len(places), np.intp)
    for _ in range(_SPREAD):
        chosen = (places @ centres.T).argmax(axis=1)
        marks = np.eye(len(centres), dtype=np.float32)[chosen]
        sums = marks.T @ places
        length = np.sqrt((sums**2).sum(axis=1, keepdims=True))
        centres = np.where(length > 1e-6, sums / np.maximum(length, 1e-6), centres)
    return chosen
