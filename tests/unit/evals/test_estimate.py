from decimal import Decimal

from fen.evals import Score
from fen.evals.estimate import Planned, estimate, percentile
from tests.fakes.eval_quotes import make_quote, make_record, plan, usd


def test_percentiles_are_values_that_came() -> None:
    values = [5, 1, 4, 2, 3]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.2, 0.21)] == [3, 5, 1, 2]
    assert percentile([7], 0.5) == percentile([7], 0.95) == 7
    assert percentile(range(100), 0.95) == 94


def test_before_any_answer_only_the_worst_case_is_known() -> None:
    found = estimate(plan(10), ())
    assert (found.samples, found.low, found.high, found.output) == (10, None, None, None)
    assert found.worst.amounts == {"USD": Decimal("0.030")}


def test_answers_so_far_say_what_the_rest_will_cost() -> None:
    known = [make_record(f"q{n}", output_tokens=10 * (n + 1), input_tokens=200) for n in range(20)]
    found = estimate(plan(1000), known)
    assert found.output == (100, 190)
    assert found.low is not None
    assert found.high is not None
    # Twice the estimate is read, as in the records: 200 read and 100, or 190, written.
    assert found.low.amounts == {"USD": Decimal("0.4")}
    assert found.high.amounts == {"USD": Decimal("0.58")}


def test_failed_calls_say_nothing_of_lengths() -> None:
    failed = make_record("f", score=Score("api_error"), output_tokens=0, input_tokens=0, calls=())
    assert estimate(plan(2), [failed]).low is None


def test_a_sample_of_several_calls_is_bounded_by_as_many() -> None:
    found = estimate(plan(10), [make_record(calls=("a", "b", "c")), make_record("q1", calls=("a",))])
    assert found.worst.amounts == {"USD": Decimal("0.090")}


def test_an_answer_of_several_segments_is_bounded_by_as_many() -> None:
    found = estimate(plan(10, output_bound=100), [make_record(output_tokens=350)])
    assert found.worst.amounts == {"USD": Decimal("0.120")}


def test_judging_is_counted_in() -> None:
    known = [make_record(f"q{n}", judge_cost=usd(f"0.0{n}")) for n in range(1, 4)]
    found = estimate(plan(10), known)
    assert found.judged
    assert found.low is not None
    assert found.low.amounts["USD"] == Decimal("0.002") + 10 * Decimal("0.02")
    assert found.worst.amounts["USD"] == Decimal("0.03") + 10 * Decimal("0.03")


def test_a_suite_without_records_is_taken_for_the_others() -> None:
    found = estimate(plan(1, "new"), [make_record(output_tokens=500)])
    assert found.low is not None
    assert found.low.amounts == {"USD": Decimal("0.0011")}


def test_what_has_no_price_is_said_to_have_none() -> None:
    found = estimate(plan(3, rates=None, worst=None), [make_record()])
    assert (str(found.worst), found.free) == ("not known", False)
    assert found.low is not None
    assert found.low.unknown == 3


def test_only_what_is_known_to_cost_nothing_is_free() -> None:
    assert estimate(plan(3, worst=usd("0")), ()).free
    assert estimate((), ()).free
    assert not estimate(plan(1), ()).free
    assert not estimate([*plan(1, worst=usd("0")), *plan(1, worst=None)], ()).free


def test_a_sample_that_is_refused_costs_nothing() -> None:
    assert estimate([Planned("puzzles", None)], ()).free
    assert make_quote(worst=None).free is False
