"""Laws of the statistics: order changes nothing, intervals hold their mean and narrow, sides swap."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.evals.record import Record
from fen.evals.score import OUTCOMES
from fen.evals.statistics import Points, find_spread, measure, summarise, summarise_dimensions
from fen.evals.statistics.chance import adjust
from fen.evals.statistics.comparison import compare_all
from fen.evals.statistics.imported import find_counts
from fen.evals.statistics.money import find_cost_per_correct
from fen.evals.statistics.one_more import find_one_more
from fen.evals.statistics.paired import compare
from fen.evals.statistics.pairs import pair
from fen.evals.statistics.passk import find_pass_at_k
from fen.evals.statistics.planning import plan_from_rates
from tests.fakes.worths import make_record
from tests.sizes import pick

shares = st.floats(0, 1)
costly = settings(max_examples=pick(100, 1000))
few = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def record_lists(draw: st.DrawFn, most: int = 12) -> list[Record]:
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(["gsm8k", "bbh"]), st.integers(0, 30), st.integers(0, 1)),
            unique=True,
            max_size=most,
        )
    )
    return [
        make_record(
            str(sample),
            draw(st.sampled_from(OUTCOMES) | shares),
            suite=suite,
            epoch=epoch,
            dimension="reasoning" if suite == "bbh" or sample % 5 == 0 else "calculation",
            cluster=None if sample % 3 else f"c{sample % 4}",
            stratum="abc"[sample % 3] if suite == "bbh" else None,
            cost=draw(st.sampled_from(["0.01", "0.25", None])),
        )
        for suite, sample, epoch in keys
    ]


def points_lists(least: int = 1) -> st.SearchStrategy[Points]:
    items = st.tuples(st.sampled_from([0.0, 1.0]) | shares, few, few)
    return st.lists(items, min_size=least, max_size=40).map(
        lambda rows: Points(*(tuple(column) for column in zip(*rows, strict=True)))
    )


@costly
@given(records=record_lists(), seed=st.integers())
def test_the_order_of_records_changes_nothing(records: list[Record], seed: int):
    mixed = random.Random(seed).sample(records, len(records))
    for find in (summarise_dimensions, find_cost_per_correct, lambda given: find_pass_at_k(given, 1)):
        assert find(mixed) == find(records)
    assert summarise(mixed, "all") == summarise(records, "all")


@costly
@given(a=record_lists(), b=record_lists(), seed=st.integers())
def test_the_order_of_either_side_changes_no_comparison(a: list[Record], b: list[Record], seed: int):
    mixed = random.Random(seed).sample(a, len(a))
    assert compare_all(mixed, b) == compare_all(a, b)
    assert find_one_more(mixed, b) == find_one_more(a, b)


@given(points=points_lists())
def test_an_interval_holds_its_mean_within_0_and_1(points: Points):
    found = measure(points)
    assert found.mean is not None
    assert found.interval is not None
    assert 0 <= found.interval.low <= found.mean <= found.interval.high <= 1


@given(points=points_lists(least=2), times=st.integers(2, 5))
def test_more_of_the_same_narrows_the_interval(points: Points, times: int):
    once = Points(points.values, points.clusters)
    again = Points(
        points.values * times,
        tuple(f"{name}{number}" for number in range(times) for name in points.clusters),
    )
    few_, many = measure(once).interval, measure(again).interval
    assert few_ is not None
    assert many is not None
    assert many.high - many.low <= few_.high - few_.low + 1e-9


@given(points=points_lists(least=2))
def test_a_spread_has_as_many_freedoms_as_clusters_less_strata(points: Points):
    spread = find_spread(points)
    if spread is None:
        assert points.cluster_count == 1
    else:
        assert spread.df == spread.clusters - spread.strata >= 1
        assert math.isfinite(spread.se)


@costly
@given(a=record_lists(), b=record_lists())
def test_swapping_the_sides_turns_the_difference_round(a: list[Record], b: list[Record]):
    here, there = compare(pair(a, b), "x"), compare(pair(b, a), "x")
    assert (here.items, here.only_a, here.won) == (there.items, there.only_b, there.lost)
    if here.items:
        assert here.difference == pytest.approx(-(there.difference or 0), abs=1e-12)
        assert here.p == pytest.approx(there.p, abs=1e-9)
        assert here.interval is not None
        assert there.interval is not None
        assert here.interval.low == pytest.approx(-there.interval.high, abs=1e-9)
        assert here.interval.low <= (here.difference or 0) + 1e-12
        assert (here.difference or 0) <= here.interval.high + 1e-12


@costly
@given(a=record_lists())
def test_a_model_is_never_told_apart_from_itself(a: list[Record]):
    found = compare_all(a, a)
    assert not any(one.told_apart for one in (*found.suites, *found.dimensions))
    assert find_one_more(a, a).kind in {"alike", "unknown"}


@given(ps=st.lists(shares, max_size=12))
def test_holm_keeps_the_order_and_lowers_nothing(ps: list[float]):
    adjusted = adjust(ps)
    assert all(p <= q <= 1 for p, q in zip(ps, adjusted, strict=True))
    ordered = [adjusted[place] for place in sorted(range(len(ps)), key=lambda place: ps[place])]
    assert ordered == sorted(ordered)
    assert all(q <= min(1.0, len(ps) * p) + 1e-12 for p, q in zip(ps, adjusted, strict=True))


@given(n=st.integers(1, 3000), data=st.data(), digits=st.integers(0, 3))
def test_every_share_of_n_is_found_from_its_percentage(n: int, data: st.DataObject, digits: int):
    from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

    right = data.draw(st.integers(0, n))
    rounding = data.draw(st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP]))
    exact = Decimal(100 * right) / n
    assert right in find_counts(exact.quantize(Decimal(1).scaleb(-digits), rounding), n)


@given(a=shares, b=shares)
def test_a_plan_is_the_same_from_either_side(a: float, b: float):
    assert plan_from_rates(a, b).items == plan_from_rates(b, a).items
