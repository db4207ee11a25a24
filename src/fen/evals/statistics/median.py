"""Medians of measured times and rates, with intervals that suppose no shape of their distribution."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from scipy.special import bdtr

from fen.evals.statistics.spread import LEVEL


class Median(msgspec.Struct, frozen=True):
    """A median of n values with its 95% interval, and their 95th percentile.

    low, high: None where so few values give no interval; that is of five and fewer.
    """

    value: float
    low: float | None
    high: float | None
    p95: float
    n: int


def find_median(values: Iterable[float]) -> Median | None:
    """Return the median; None of nothing.

    The interval goes from the r-th smallest value to the r-th largest, r the greatest number whose sign test
    still has at least the level: exact for values that are independent, and as good a guess as can be had
    where calls stood in each other's way. The 95th percentile is a value that was measured.

    Source: Hahn and Meeker 1991, "Statistical intervals", 5.2.
    """
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return None
    rank = _find_rank(n)
    return Median(
        ordered[(n - 1) // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2,
        ordered[rank - 1] if rank else None,
        ordered[n - rank] if rank else None,
        ordered[-(-95 * n // 100) - 1],
        n,
    )


def _find_rank(n: int) -> int:
    """Return the greatest r for which fewer than r of n fair coins fall heads in at most 2.5% of cases."""
    rank = 0
    while rank < n // 2 and float(bdtr(rank, n, 0.5)) <= (1 - LEVEL) / 2:
        rank += 1
    return rank
