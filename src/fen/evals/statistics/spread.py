"""How far a mean may be from the truth: its variance by clusters, within fixed strata."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
"""How sure each interval is."""

Key = TypeVar("Key", str, tuple[str, ...])


class Points(msgspec.Struct, frozen=True):
    """Values of one kind, one an item, with what they share.

    values: 0 to 1, or differences of such. clusters: values of one cluster are not independent. strata: the
    fixed groups that the items are from, as many as values; None where there are none.
    """

    values: tuple[float, ...]
    clusters: tuple[str, ...]
    strata: tuple[str, ...] | None = None

    @property
    def binary(self) -> bool:
        """Whether each value is 0 or 1."""
        return all(value in {0.0, 1.0} for value in self.values)

    @property
    def cluster_count(self) -> int:
        """How many clusters there are."""
        return len(set(self.clusters))

    @property
    def independent(self) -> bool:
        """Whether no two values share a cluster."""
        return self.cluster_count == len(self.values)


class Spread(msgspec.Struct, frozen=True):
    """The standard error of a mean.

    df: degrees of freedom, clusters less strata. strata: how many were held fixed, after those of one cluster
    were put together; 1 where there are none.
    """

    se: float
    df: float
    clusters: int
    strata: int

    def reach(self, level: float = LEVEL) -> float:
        """Return how far the t interval reaches to either side of the mean."""
        return float(stdtrit(self.df, (1 + level) / 2)) * self.se

    def find_p(self, distance: float) -> float:
        """Return the two-sided p of a mean so far from what it would be by the null hypothesis."""
        if self.se == 0:
            return 1.0 if distance == 0 else 0.0
        return float(2 * stdtr(self.df, -abs(distance) / self.se))


def encode(keys: Sequence[Key]) -> tuple[NDArray[np.int64], tuple[Key, ...]]:
    """Number the keys by their order, so that the order of the values changes nothing."""
    names = tuple(sorted(set(keys)))
    numbers = {name: number for number, name in enumerate(names)}
    return np.fromiter((numbers[key] for key in keys), np.int64, len(keys)), names


def find_spread(points: Points) -> Spread | None:
    """Return the spread of the mean of all values; None where fewer than two clusters leave no variance.

    The mean is a ratio, the sum of the values by their number, since clusters differ in size: the variance is
    that of the clusters' summed residuals, within each stratum, with G/(G - 1) for its G clusters. Strata are
    fixed: they would be the same, with as many items, another time, so that what differs between them is no
    error. A stratum of one cluster says nothing about its variance: such strata are taken as one. Strata that
    clusters reach across are left out.

    Sources: Cochran 1977, "Sampling Techniques", 5.3, 5A.12 (collapsed strata) and 9A; Miller 2024, "Adding
    error bars to evals".
    """
    values = np.asarray(points.values, np.float64)
    where, names = encode(points.clusters)
    count = len(names)
    if count < 2:
        return None
    strata = _find_strata(points, where, count)
    order = np.lexsort((values, where))  # so that rounding is the same in every order of the values
    residuals = values[order] - values[order].mean()
    sums = np.bincount(where[order], weights=residuals, minlength=count)
    sizes = np.bincount(strata)
    means = np.bincount(strata, weights=sums) / sizes
    squares = np.bincount(strata, weights=(sums - means[strata]) ** 2)
    variance = float((squares * sizes / (sizes - 1)).sum()) / len(values) ** 2
    return Spread(_settle(math.sqrt(variance)), count - len(sizes), count, len(sizes))


def _settle(se: float) -> float:
    """Return zero for what only rounding makes of it."""
    return se if se > 1e-12 else 0.0


def _find_strata(points: Points, where: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return each cluster's stratum, every stratum with two clusters or more."""
    alone = np.zeros(count, np.int64)
    if points.strata is None:
        return alone
    given, names = encode(points.strata)
    strata = alone.copy()
    strata[where] = given
    if bool((strata[where] != given).any()):
        return alone
    sizes = np.bincount(strata, minlength=len(names))
    lonely = sizes[strata] < 2
    if int(lonely.sum()) == 1:
        if len(names) == 1 or int((sizes >= 2).sum()) == 0:
            return alone
        others = np.flatnonzero(sizes >= 2)
        strata[lonely] = others[np.argmin(sizes[others])]
    else:
        strata[lonely] = len(names)
    return encode(tuple(f"{number:09}" for number in strata))[0]
