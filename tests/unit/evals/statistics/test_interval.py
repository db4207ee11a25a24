import math

import pytest

from fen.evals.statistics import Measure, Points, combine, find_spread, measure
from fen.hierarchy.suite.share import wilson


def points(values, clusters=None, strata=None) -> Points:
    names = clusters if clusters is not None else range(len(values))
    return Points(
        tuple(map(float, values)), tuple(map(str, names)), None if strata is None else tuple(map(str, strata))
    )


def interval(found: Measure):
    assert found.interval is not None
    return found.interval


def test_independent_binary_items_have_wilsons_interval():
    found = measure(points([1] * 30 + [0] * 10))
    assert (found.mean, found.n, found.clusters) == (0.75, 40, 40)
    assert (interval(found).low, interval(found).high) == wilson(30, 40)
    assert interval(found).method == "Wilson, 40 independent items"


def test_repeated_epochs_are_one_cluster_and_give_no_narrower_interval():
    once = measure(points([1, 0, 1, 1, 0, 1, 1, 1] * 5))
    thrice = measure(points([1, 0, 1, 1, 0, 1, 1, 1] * 15, [n % 40 for n in range(120)]))
    assert thrice.n == 120
    assert thrice.clusters == 40
    assert interval(thrice).method == "t, 40 clusters (repeated epochs), df 39, logit scale"
    width = interval(thrice).high - interval(thrice).low
    assert width > 0.95 * (interval(once).high - interval(once).low)


def test_the_interval_of_values_between_is_students_on_the_logit_scale():
    # Mean 0.5, sd 0.158114, t(4) = 2.776445; the logit's derivative at 0.5 is 4.
    found = measure(points([0.3, 0.4, 0.5, 0.6, 0.7]))
    off = 4 * 2.776445 * 0.1581139 / math.sqrt(5)
    assert interval(found).high == pytest.approx(1 / (1 + math.exp(-off)), abs=1e-6)
    assert interval(found).low == pytest.approx(1 / (1 + math.exp(off)), abs=1e-6)


def test_clusters_of_one_size_are_as_their_means():
    values = [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1]
    spread = find_spread(points(values, [n // 3 for n in range(12)]))
    assert spread is not None
    means = [2 / 3, 1 / 3, 1.0, 1 / 3]
    middle = sum(means) / 4
    expected = math.sqrt(sum((mean - middle) ** 2 for mean in means) / 3 / 4)
    assert (spread.se, spread.df) == (pytest.approx(expected), 3)


def test_what_differs_between_fixed_strata_is_no_error():
    easy, hard = [1] * 95 + [0] * 5, [1] * 5 + [0] * 95
    found = find_spread(points(easy + hard, strata=["easy"] * 100 + ["hard"] * 100))
    assert found is not None
    # Each half: 0.95 * 0.05 / 99; half weights.
    assert found.se == pytest.approx(math.sqrt(2 * 0.25 * 0.95 * 0.05 / 99))
    assert (found.df, found.strata) == (198, 2)
    method = interval(measure(points(easy + hard, strata=["a"] * 100 + ["b"] * 100), stratum="grade")).method
    assert method == "t, 200 independent items, 2 strata fixed (grade), df 198, logit scale"


def test_too_few_items_of_a_stratum_are_told_and_wilson_stays():
    found = measure(points([1, 0, 1, 0], strata=["a", "a", "b", "b"]))
    assert interval(found).method == "Wilson, 4 independent items; too few items for strata"


def test_strata_of_one_cluster_are_put_together():
    found = find_spread(points([1, 0, 1, 1, 0.5, 0], strata=["a", "a", "a", "b", "c", "d"]))
    assert found is not None
    assert (found.strata, found.df) == (2, 4)
    one_alone = find_spread(points([1, 0, 1, 1, 0.5, 0], strata=["a", "a", "a", "b", "b", "d"]))
    assert one_alone is not None
    assert one_alone.strata == 2


def test_strata_that_clusters_reach_across_are_left_out():
    crossing = points([0.2, 0.4, 0.6, 0.9], ["x", "x", "y", "y"], ["a", "b", "a", "b"])
    spread = find_spread(crossing)
    assert spread is not None
    assert spread.strata == 1
    assert "reach across" in interval(measure(crossing)).method


def test_clusters_all_alike_leave_room_for_others():
    found = measure(points([1] * 40, [n // 2 for n in range(40)]))
    assert interval(found).high == 1.0
    assert interval(found).low == pytest.approx(0.025 ** (1 / 20))


def test_a_single_cluster_says_nothing_about_others():
    found = measure(points([1, 0, 1], "aaa"))
    assert (interval(found).low, interval(found).high) == (0.0, 1.0)


def test_of_nothing_there_is_no_mean():
    found = measure(points([]))
    assert found.mean is None
    assert found.interval is None


def test_a_mean_of_means_has_the_square_root_of_their_variance():
    half = measure(points([1, 0] * 200))
    both = combine([half, half], "suites")
    assert both.mean == 0.5
    wide, narrow = (interval(one).high - interval(one).low for one in (half, both))
    assert narrow == pytest.approx(wide / math.sqrt(2))
    assert combine([half, measure(points([]))], "suites") == half
