"""How familiar a request is: the share of usual requests that are less like those learnt from.

Signs of familiarity are measured on training requests by fits that had not seen them. A request's rank among
those is taken by each sign; the ranks' logarithms are summed (Fisher's method, 1925), and the sum is ranked
in turn. A request that is foreign by any sign is foreign, whichever way a new kind of request
differs, and none has to be known for it. Requests are clustered, too, so that clusters can be held out.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.design import Single
from fen.routing.quality.heads import Doubles

SIGNS = 4

_FARTHEST = 25.0  # square of the deviations at which a statistic is cut
_KNOTS = 101
_LEVELS = np.linspace(0, 1, _KNOTS)
_FLOOR = 1e-3  # of a rank
_SPREAD = 25  # rounds of k-means


class Familiarity(msgspec.Struct, frozen=True, dict=True):
    """What is usual. signs: quantiles of each, shape (SIGNS, knots); sums: of the ranks' sum."""

    signs: Doubles
    sums: Doubles

    def judge(self, signs: Single) -> Single:
        """Return how familiar requests are, 0 to 1, shape (n,)."""
        ranks = [_interpolate(signs[:, place], steps) for place, steps in enumerate(self._steps[:-1])]
        total = np.log(np.stack(ranks, axis=1) + _FLOOR).sum(axis=1)
        return _interpolate(total, self._steps[-1]).astype(np.float32)

    @cached_property
    def _steps(self) -> list[Doubles]:
        """The quantiles of each sign and of the sum, as they are looked up."""
        return [_step(knots) for knots in (*self.signs, self.sums)]


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
    """Return the mean square by which statistics are off, in standard deviations, shape (n,) of (n, k)."""
    apart = (dense - usual[0]) / usual[1]
    most = np.float32(_FARTHEST)
    odd: Single = np.minimum(apart * apart, most).sum(axis=-1) / np.float32(max(dense.shape[-1], 1))
    return odd


def fit_familiarity(signs: Single) -> Familiarity:
    """Learn what is usual from the signs of requests that were held out by chance."""
    levels = np.linspace(0, 1, _KNOTS)
    usual = np.quantile(signs.astype(np.float64), levels, axis=0).T
    return Familiarity(usual, np.quantile(_sum_ranks(usual, signs), levels))


def _sum_ranks(usual: Doubles, signs: Single) -> Doubles:
    total = np.zeros(len(signs))
    for column, knots in enumerate(usual):
        total += np.log(_rank(signs[:, column], knots) + _FLOOR)
    return total


def _rank(values: NDArray[np.floating[Any]], knots: Doubles) -> Doubles:
    """Return the share of what is usual that is below values; 0 for one below all."""
    return _interpolate(values, _step(knots))


def _step(knots: Doubles) -> Doubles:
    """Return knots that rise, since equal ones have no order."""
    return knots + np.arange(len(knots)) * 1e-9


def _interpolate(values: NDArray[np.floating[Any]], steps: Doubles) -> Doubles:
    levels = _LEVELS if len(steps) == _KNOTS else np.linspace(0, 1, len(steps))
    return np.interp(values, steps, levels, left=0.0, right=1.0)


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
