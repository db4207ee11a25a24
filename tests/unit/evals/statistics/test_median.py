"""Medians and their intervals."""

from math import comb
from random import Random

import pytest

from fen.evals.statistics.median import find_median


def test_the_middle_and_the_95th_percentile_are_by_hand() -> None:
    found = find_median([5.0, 1.0, 3.0])
    assert found is not None
    assert (found.value, found.p95, found.n, found.low, found.high) == (3.0, 5.0, 3, None, None)
    even = find_median(float(number) for number in range(1, 21))
    assert even is not None
    assert (even.value, even.p95) == (10.5, 19.0)
    assert find_median([]) is None


@pytest.mark.parametrize(("n", "rank"), [(5, 0), (6, 1), (8, 1), (9, 2), (20, 6), (100, 40)])
def test_the_interval_is_the_sign_tests(n: int, rank: int) -> None:
    """Ranks as in tables of the sign test; the next one would leave out too much."""
    found = find_median(float(number) for number in range(1, n + 1))
    assert found is not None
    assert (found.low, found.high) == ((rank, n + 1 - rank) if rank else (None, None))
    assert sum(comb(n, k) for k in range(rank + 1)) / 2**n > 0.025


def test_the_interval_holds_the_median_19_times_of_20() -> None:
    chance = Random(7)
    held = 0
    for _ in range(400):
        found = find_median(chance.expovariate(1.0) for _ in range(30))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.6931 <= found.high
    assert held >= 372
