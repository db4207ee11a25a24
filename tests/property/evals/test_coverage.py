"""Intervals hold the truth as often as they say, and tests err as seldom, on data whose truth is known."""

from functools import cache

import numpy as np
import pytest

from fen.evals.statistics import Points, measure
from fen.evals.statistics.chance import bound_pairs, find_mid_p
from fen.evals.statistics.interval import Interval
from fen.hierarchy.suite.share import wilson
from tests.sizes import pick

_DRAWS = pick(1_000, 10_000)
_FEWEST, _MOST = pick((0.92, 0.985), (0.935, 0.975))


@cache
def independent(hits: int, n: int) -> Interval:
    points = Points((1.0,) * hits + (0.0,) * (n - hits), tuple(map(str, range(n))))
    found = measure(points).interval
    assert found is not None
    return found


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("n", [30, 164, 1319])
def test_independent_items(p: float, n: int):
    draws = np.random.default_rng([n, int(100 * p)]).binomial(n, p, size=10_000)
    intervals = [independent(int(hits), n) for hits in draws]
    assert 0.935 <= np.mean([found.low <= p <= found.high for found in intervals]) <= 0.975


def draw_clusters(generator: np.random.Generator, p: float, sizes: list[int]) -> Points:
    """Clusters with a rate each, of mean p: items of one correlate by 0.25."""
    rates = generator.beta(3 * p, 3 * (1 - p), size=len(sizes))
    values = [
        float(value)
        for rate, size in zip(rates, sizes, strict=True)
        for value in generator.random(size) < rate
    ]
    return Points(tuple(values), tuple(str(number) for number, size in enumerate(sizes) for _ in range(size)))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("sizes", [[4] * 30, [2, 5, 8] * 20], ids=["alike", "uneven"])
def test_items_that_share_something(p: float, sizes: list[int]):
    generator = np.random.default_rng([len(sizes), int(100 * p)])
    held = naive = 0
    for _ in range(_DRAWS):
        points = draw_clusters(generator, p, sizes)
        found = measure(points).interval
        assert found is not None
        held += found.low <= p <= found.high
        low, high = wilson(int(sum(points.values)), len(points.values))
        naive += low <= p <= high
    assert _FEWEST <= held / _DRAWS <= _MOST
    assert naive / _DRAWS < 0.9  # as if they shared nothing: what the clusters are for


def test_strata_that_differ():
    generator = np.random.default_rng(57)
    rates = np.linspace(0.2, 0.9, 8)
    truth, held = float(rates.mean()), 0
    strata = tuple(str(number) for number in range(8) for _ in range(40))
    for _ in range(_DRAWS):
        values = generator.random((8, 40)) < rates[:, None]
        points = Points(tuple(map(float, values.ravel())), tuple(map(str, range(320))), strata)
        found = measure(points).interval
        assert found is not None
        assert "8 strata fixed" in found.method
        held += found.low <= truth <= found.high
    assert _FEWEST <= held / _DRAWS <= _MOST


@pytest.mark.parametrize(("up", "down", "n"), [(0.15, 0.05, 50), (0.06, 0.02, 164), (0.2, 0.2, 1319)])
def test_differences_of_pairs(up: float, down: float, n: int):
    draws = np.random.default_rng(n).multinomial(n, [up, down, 1 - up - down], size=10_000)
    spans = {
        (won, lost): bound_pairs(won, lost, n) for won, lost, _ in {tuple(map(int, row)) for row in draws}
    }
    held = [spans[int(won), int(lost)] for won, lost, _ in draws]
    assert 0.935 <= np.mean([found.low <= up - down <= found.high for found in held]) <= 0.985


@pytest.mark.parametrize(("share", "n"), [(0.1, 100), (0.3, 164), (0.2, 1319)])
def test_two_models_alike_are_seldom_told_apart(share: float, n: int):
    draws = np.random.default_rng(n).multinomial(n, [share / 2, share / 2, 1 - share], size=10_000)
    kinds = {tuple(map(int, row[:2])) for row in draws}
    ps = {kind: find_mid_p(*kind) for kind in kinds}
    assert np.mean([ps[int(won), int(lost)] <= 0.05 for won, lost, _ in draws]) <= 0.056
