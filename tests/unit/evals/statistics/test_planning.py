from decimal import Decimal

import numpy as np
import pytest

from fen.evals.statistics.chance import find_mid_p
from fen.evals.statistics.planning import (
    Discord,
    count_items,
    find_smallest,
    plan_from_rates,
    plan_from_records,
)
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from tests.fakes.worths import make_record, make_records


def test_so_many_items_find_the_difference_so_often():
    discord = Discord(0.06, 0.2)
    items = count_items(discord)
    assert items == 434  # (1.95996 * sqrt(0.2) + 0.84162 * sqrt(0.2 - 0.0036))^2 / 0.0036 = 433.3
    counts = np.random.default_rng(5).multinomial(items, [0.13, 0.07, 0.8], size=2000)
    found = np.mean([find_mid_p(int(won), int(lost)) <= 0.05 for won, lost, _ in counts])
    assert 0.77 < found < 0.83


def test_more_power_and_a_smaller_difference_take_more():
    usual, strong, fine = (
        count_items(Discord(difference, 0.2), power) or 0
        for difference, power in ((0.06, 0.8), (0.06, 0.9), (0.03, 0.8))
    )
    assert strong > usual > 0
    assert fine > 3 * usual
    assert count_items(Discord(0.06, 0.2, 2.0)) in {867, 868}
    assert count_items(Discord(0.0, 0.2)) is None


def test_the_smallest_difference_is_the_one_that_takes_so_many():
    smallest = find_smallest(Discord(0.06, 0.2), 434)
    assert smallest == pytest.approx(0.06, abs=1e-4)
    assert find_smallest(Discord(0.0, 0.0), 100) is None
    assert find_smallest(Discord(0.01, 0.01), 3) is None


def test_rates_alone_take_the_models_for_independent_and_say_so():
    plan = plan_from_rates(0.8, 0.7)
    assert plan.discordance == pytest.approx(0.8 * 0.3 + 0.7 * 0.2)
    assert plan.assumed == "right and wrong independently of each other"
    known = plan_from_rates(0.8, 0.7, discordance=0.2, items=500)
    assert known.items is not None
    assert plan.items is not None
    assert known.items < plan.items
    assert known.of == 500


@pytest.mark.parametrize(
    ("a", "b", "discordance"), [(1.2, 0.5, None), (0.8, 0.7, 0.05), (0.9, 0.9, 0.5), (-0.1, 0, None)]
)
def test_shares_that_cannot_be_are_refused(a: float, b: float, discordance: float | None):
    with pytest.raises(InvalidRequest, match="expected"):
        plan_from_rates(a, b, discordance=discordance)


def test_a_pilot_gives_discordance_interval_and_cost():
    a = make_records("1" * 70 + "0" * 30, cost="0.02")
    b = make_records("1" * 50 + "0" * 20 + "1" * 5 + "0" * 25, cost="0.01")
    plan = plan_from_records(a, b)
    assert (plan.difference, plan.discordance) == (pytest.approx(0.15), pytest.approx(0.25))
    assert plan.design == pytest.approx(1.0)
    assert plan.items == count_items(Discord(plan.difference, plan.discordance, plan.design))
    assert plan.items is not None
    assert plan.costs == (Money(plan.items * Decimal("0.03"), "USD"),)
    assert plan.farthest is not None
    assert plan.farthest > plan.items
    assert plan.of == plan.pilot == 100


def test_items_that_hang_together_take_more():
    a = [make_record(str(n), (n // 10) % 2 == 0, cluster=str(n // 10)) for n in range(200)]
    b = [make_record(str(n), n // 10 < 4, cluster=str(n // 10)) for n in range(200)]
    plan = plan_from_records(a, b)
    assert plan.design > 8
    alone = Discord(plan.difference, plan.discordance)
    assert plan.items is not None
    assert plan.items > 8 * (count_items(alone) or 0)


def test_a_pilot_that_finds_nothing_promises_nothing():
    same = plan_from_records(make_records("1100"), make_records("1100"))
    assert same.items is None
    assert same.costs is None
    unsure = plan_from_records(make_records("1110"), make_records("1101"))
    assert unsure.items is None
    with pytest.raises(InvalidRequest, match="found 0 items"):
        plan_from_records(make_records("1"), [])


def test_without_all_prices_there_is_no_cost():
    plan = plan_from_records(make_records("1111", cost="1"), make_records("1100"))
    assert plan.items is not None
    assert plan.costs is None
