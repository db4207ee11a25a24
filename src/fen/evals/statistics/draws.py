"""Bootstrap: sums of clusters, drawn again and again from themselves, seeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.evals.statistics.spread import LEVEL

Sums = NDArray[np.float64]

DRAWS = 2000
SEED = 20240718

_MOST = 4000
"""More clusters than these are put together, so that a report of 100,000 answers takes no minutes."""

_AT_ONCE = 1 << 17
"""Draws of clusters at once, so that their numbers stay in the processor's cache."""


class Span(msgspec.Struct, frozen=True):
    """Where a figure lies in all but 5% of the draws; a limit may be infinite."""

    low: float
    high: float


def draw(clusters: Mapping[str, Sequence[float]], width: int) -> Sums:
    """Return the sums of each draw, DRAWS rows of so many figures.

    clusters: the figures of each, summed over its answers. Whole clusters are drawn, as many as there are,
    in the order of their names, so that the order of the answers changes nothing. Many clusters are put
    together at random beforehand: sums of blocks vary as sums of their clusters do.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    figures = np.array([clusters[name] for name in sorted(clusters)], np.float64).reshape(-1, width)
    generator = np.random.default_rng(SEED)
    if len(figures) > _MOST:
        blocks = generator.permutation(len(figures)) % _MOST
        figures = np.stack([np.bincount(blocks, weights=column) for column in figures.T], axis=1)
    sums = np.empty((DRAWS, width))
    together = max(1, _AT_ONCE // len(figures))
    for first in range(0, DRAWS, together):
        rows = min(together, DRAWS - first)
        taken = generator.integers(len(figures), size=(rows, len(figures)))
        for column in range(width):
            sums[first : first + rows, column] = figures[:, column][taken].sum(axis=1)
    return sums


def find_span(sums: Sums, find: Callable[[Sums], Sums]) -> Span:
    """Return the percentile interval of a figure of the sums; `find` takes all rows at once."""
    values = np.sort(find(sums))
    outside = int((1 - LEVEL) / 2 * len(values))
    return Span(float(values[outside]), float(values[-1 - outside]))
