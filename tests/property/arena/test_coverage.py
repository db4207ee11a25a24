"""Intervals hold as often as they say, and equal models are told apart as seldom as they say.

`make bench-arena` measures the same over 2,000 boards, and tastes of voters over 200.
"""

import numpy as np
import pytest

from bench.arena_coverage import LEAST, MOST, MOST_WIDER, measure_coverage, measure_tastes, separate_equals
from tests.sizes import is_proving, pick

BOARDS = pick(300, 2_000)


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return measure_coverage(BOARDS, equal=0, seed=1)


def test_intervals_hold_the_truth_as_often_as_they_say(figures: dict[str, float]) -> None:
    low, high = (LEAST, MOST) if is_proving() else (0.92, 0.98)
    assert {name: figures[name] for name in ("coverage", "coverage_old", "coverage_new")} == pytest.approx(
        dict.fromkeys(("coverage", "coverage_old", "coverage_new"), (low + high) / 2), abs=(high - low) / 2
    )


def test_newcomers_are_seldom_unrated(figures: dict[str, float]) -> None:
    assert 0 < figures["unrated_share"] < 0.01


def test_intervals_hold_where_voters_have_tastes() -> None:
    found = measure_tastes(pick(30, 200), seed=1)
    assert found["coverage_tastes_by_vote"] < LEAST
    assert 0.92 <= found["coverage_tastes_wider"] <= MOST_WIDER


def test_equal_models_are_seldom_told_apart() -> None:
    share = separate_equals(pick(200, 1_000), np.random.default_rng(3))
    assert share <= pick(0.08, 0.05)
