import pytest

from fen.evals.statistics.chance import adjust, bound_pairs, find_mid_p
from fen.evals.statistics.comparison import compare_all
from fen.evals.statistics.difference import Difference, tell
from fen.evals.statistics.paired import Words, compare
from fen.evals.statistics.pairs import pair
from tests.fakes.worths import make_record, make_records


def test_mid_p_counts_half_of_what_was_seen():
    # 1 against 7 of 8: 2 * (1/256 + 8/256 / 2).
    assert find_mid_p(1, 7) == pytest.approx(10 / 256)
    assert find_mid_p(7, 1) == find_mid_p(1, 7)
    assert find_mid_p(5, 5) == pytest.approx(1.0)
    assert find_mid_p(0, 0) == 1.0
    assert find_mid_p(5, 0) == pytest.approx(1 / 32)


def test_the_interval_of_pairs_adds_one_to_either_kind_of_two_more():
    # 1 against 7 of 21: 2/23 - 8/23, give or take 1.959964 * sqrt((10/23 - (6/23)^2) / 23).
    found = bound_pairs(1, 7, 21)
    assert (found.low, found.high) == (pytest.approx(-0.508359, abs=1e-5), pytest.approx(-0.013380, abs=1e-5))
    assert bound_pairs(0, 0, 10).low == -bound_pairs(0, 0, 10).high < 0


def test_items_that_only_one_has_are_counted_and_left_out():
    a = [*make_records("1111"), make_record("more")]
    pairs = pair(a, make_records("110"))
    found = compare(pairs, "gsm8k")
    assert (found.items, found.only_a, found.only_b) == (3, 2, 0)
    assert (found.a, found.b, found.won, found.lost) == (1.0, pytest.approx(2 / 3), 1, 0)


def test_items_of_another_version_are_no_pair():
    pairs = pair(make_records("11"), make_records("10", version="2"))
    assert (pairs.items, pairs.unlike) == ((), 2)
    assert tell(compare(pairs, "gsm8k"), "A", "B") == "no item that both answered"


def test_of_the_completed_only_items_count_that_both_completed():
    a, b = make_records("1t0"), make_records("110")
    assert len(pair(a, b, "completed").items) == 2
    assert compare(pair(a, b), "x").difference == pytest.approx(-1 / 3)
    assert compare(pair(a, b, "completed"), "x").difference == 0


def test_epochs_of_a_sample_are_one_item_and_compared_by_t():
    a = make_records("110100") + make_records("111000", epoch=1)
    found = compare(pair(a, make_records("100000")), "x")
    assert found.items == 6
    assert found.test == "t over 6 clusters"
    # Item differences 0, 1, .5, .5, 0, 0: mean 1/3, sd 0.408248, se 1/6; t(5) = 2.570582.
    assert found.se == pytest.approx(1 / 6)
    assert found.interval is not None
    assert found.interval.high == pytest.approx(1 / 3 + 2.570582 / 6, abs=1e-6)


def test_pairs_that_never_differ_are_a_tie_with_room():
    found = compare(pair(make_records("1100"), make_records("1100")), "x")
    assert found.p == 1.0
    assert found.interval is not None
    assert found.interval.low < 0 < found.interval.high
    epochs = make_records("1100") + make_records("1100", epoch=1)
    twice = compare(pair(epochs, epochs), "x")
    assert twice.p == 1.0
    assert twice.interval is not None
    assert twice.interval.low < 0 < twice.interval.high


def test_strata_as_a_sample_answer_another_question_and_say_so():
    a = [make_record(str(n), n % 4 > 0, stratum=f"g{n // 20}") for n in range(200)]
    b = [make_record(str(n), n % 20 < n // 20, stratum=f"g{n // 20}") for n in range(200)]
    fixed = compare(pair(a, b), "x", Words(stratum="grade"))
    random = compare(pair(a, b), "x", Words(stratum="grade"), strata="random")
    assert fixed.difference == random.difference
    assert fixed.interval is not None
    assert random.interval is not None
    assert "10 strata fixed (grade)" in fixed.interval.method
    assert "10 clusters (by grade, as a sample of such" in random.interval.method
    assert random.df == 9


def test_a_tie_is_said_as_one():
    found = compare(pair(make_records("110100"), make_records("110010")), "x")
    assert not found.told_apart
    assert tell(found, "A", "B").startswith("no difference found at 95%: -")
    better = compare(pair(make_records("1" * 30), make_records("0" * 12 + "1" * 18)), "x")
    assert tell(better, "A", "B").startswith("A is better: +40.0 points for A (")
    worse = compare(pair(make_records("0" * 12 + "1" * 18), make_records("1" * 30)), "x")
    assert tell(worse, "A", "B").startswith("B is better: -40.0 points for A (")


def test_holm_multiplies_the_smallest_by_all_and_never_falls():
    assert adjust([0.01, 0.04, 0.03]) == (pytest.approx(0.03), pytest.approx(0.06), pytest.approx(0.06))
    assert adjust([]) == ()


def test_dimensions_are_corrected_and_suites_of_one_count_alike():
    a = make_records("1" * 40) + make_records("1" * 10, suite="cmath")
    b = make_records("0" * 10 + "1" * 30) + make_records("01" * 5, suite="cmath")
    other = make_records("10" * 20, suite="bbh", dimension="reasoning")
    found = compare_all(a + other, b + other)
    assert [one.name for one in found.suites] == ["bbh", "cmath", "gsm8k"]
    calculation, reasoning = found.dimensions
    assert calculation.difference == pytest.approx((0.25 + 0.5) / 2)
    assert calculation.items == 50
    assert calculation.p is not None
    assert calculation.adjusted == pytest.approx(2 * calculation.p)
    assert calculation.told_apart
    assert reasoning.adjusted == 1.0
    assert calculation.interval is not None
    assert calculation.interval.method.startswith("t, mean of 2 suites")


def test_a_suite_without_spread_lends_its_interval():
    a = make_records("1" * 40) + make_records("1111", suite="cmath")
    b = make_records("0" * 10 + "1" * 30) + make_records("1111", suite="cmath")
    (found,) = compare_all(a, b).dimensions
    assert found.interval is not None
    assert found.interval.method.startswith("mean of 2 suites")
    assert found.interval.low <= 0.125 <= found.interval.high


def test_no_difference_after_correction_says_that_all_were_allowed_for():
    found = compare(pair(make_records("1" * 20), make_records("0" * 6 + "1" * 14)), "x")
    assert found.p is not None
    corrected = Difference(
        **{name: getattr(found, name) for name in found.__struct_fields__ if name != "adjusted"}, adjusted=0.2
    )
    assert tell(corrected, "A", "B").endswith("points, all comparisons allowed for")
