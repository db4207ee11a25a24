"""False revocations are as seldom as they say, and drift that matters is found."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from fen.routing.decision import Guarantee
from fen.routing.drift import Baseline, Watch
from tests.sizes import pick

ALPHA, DELTA = 0.05, 0.05
RUNS, HORIZON = pick(200, 1_000), pick(1_000, 10_000)
PROVED = Guarantee("strong", ("cheap", "strong"), ALPHA, DELTA, 0.3, 800, 20)

Random = np.random.Generator


def make_watch(random: Random, familiarity: np.ndarray, p: np.ndarray) -> Watch:
    baseline = Baseline(tuple(familiarity.tolist()), tuple(p.tolist()))
    return Watch(PROVED, baseline, random.random, HORIZON)


def same(random: Random) -> tuple[float, float, float, float]:
    """Familiarity, p of the reference, whether lost, feedback: as at the calibration, risk exactly alpha."""
    p = random.beta(8, 2)
    # Those who give feedback are harder to please than the truth; that is no drift.
    return round(random.beta(5, 2), 2), p, float(random.random() < ALPHA), float(random.random() < 0.7 * p)


def run(watch: Watch, random: Random, draw: Callable[[Random], tuple[float, float, float, float]]) -> int:
    """Return after how many requests the guarantee was revoked; HORIZON where it was not."""
    for number in range(HORIZON - 1):
        familiarity, p, lost, score = draw(random)
        watch.see(familiarity, p)
        if number % 3 == 0:
            watch.check(lost)
            watch.feed(p, score)
        if watch.revoked:
            return number
    return HORIZON


def start(seed: int) -> tuple[Watch, Random]:
    random = np.random.default_rng([5, seed])
    return make_watch(random, random.beta(5, 2, 400).round(2), random.beta(8, 2, 400)), random


def test_false_revocations_are_no_more_than_chance_allows() -> None:
    revoked = sum(run(*start(seed), same) < HORIZON for seed in range(RUNS))
    assert revoked <= binom.ppf(0.999, RUNS, DELTA)


def lose_more(random: Random) -> tuple[float, float, float, float]:
    familiarity, p, _, score = same(random)
    return familiarity, p, float(random.random() < 4 * ALPHA), score


def be_stranger(random: Random) -> tuple[float, float, float, float]:
    _, p, lost, score = same(random)
    return random.beta(2, 2), p, lost, score


def be_harder(random: Random) -> tuple[float, float, float, float]:
    familiarity, _, lost, score = same(random)
    return familiarity, random.beta(4, 3), lost, score


@pytest.mark.parametrize("drift", [lose_more, be_stranger, be_harder])
def test_drift_is_found(drift: Callable[[Random], tuple[float, float, float, float]]) -> None:
    after = [run(*start(seed), drift) for seed in range(20)]
    assert np.median(after) < 300
    assert max(after) < HORIZON


def test_feedback_that_falls_is_found() -> None:
    after: list[int] = []
    for seed in range(20):
        watch, random = start(seed)
        for number in range(600):
            _, p, _, score = same(random)
            watch.feed(p, score if number < 200 else float(random.random() < 0.2))
            if watch.revoked:
                after.append(number)
                break
    assert len(after) == 20
    assert 200 < np.median(after) < 300


def test_traffic_that_grows_easier_revokes_nothing() -> None:
    watch, random = start(0)
    for _ in range(500):
        watch.see(random.beta(9, 1), random.beta(20, 1))
        watch.check(0.0)
    assert not watch.revoked
    assert watch.wealth < 1.0
