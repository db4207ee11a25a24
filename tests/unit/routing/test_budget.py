"""The static mixture, and shares for a mean cost."""

import numpy as np
import pytest

from fen.routing.budget import find_tradeoff
from fen.routing.hull import find_hull, mix


def test_the_hull_leaves_out_who_is_beaten_by_a_mixture() -> None:
    costs, scores = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.52, 0.7, 0.65])
    assert find_hull(costs, scores) == (0, 2)


@pytest.mark.parametrize(("budget", "shares"), [(0.5, (1, 0)), (1.5, (0.75, 0.25)), (9.0, (0, 1))])
def test_a_mixture_costs_its_budget(budget: float, shares: tuple[float, float]) -> None:
    found = mix((0, 2), np.array([1.0, 2.0, 3.0]), budget)
    assert found[[0, 2]].tolist() == pytest.approx(shares)
    assert found.sum() == pytest.approx(1)


def test_money_goes_where_it_helps() -> None:
    p = np.array([[0.5, 0.9], [0.5, 0.6], [0.5, 0.5], [0.9, 0.8]])
    costs = np.tile([1.0, 3.0], (4, 1))
    shares = find_tradeoff(p, costs, 1.5).choose(p, costs)
    assert shares[:, 1].tolist() == [1, 0, 0, 0]
    assert (shares * costs).sum() / 4 == pytest.approx(1.5)


def test_equal_requests_are_shared_out_to_meet_a_budget() -> None:
    p, costs = np.tile([0.5, 0.8], (10, 1)), np.tile([1.0, 3.0], (10, 1))
    shares = find_tradeoff(p, costs, 2.0).choose(p, costs)
    assert (shares * costs).sum(axis=1).mean() == pytest.approx(2.0, rel=1e-6)
