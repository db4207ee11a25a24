from decimal import Decimal

import pytest

from fen.evals.statistics import (
    summarise,
    summarise_by,
    summarise_dimensions,
    summarise_suites,
    summarise_total,
)
from fen.wire.money import Money
from tests.fakes.worths import make_record, make_records


def test_an_unfinished_answer_is_not_correct_and_is_left_out_of_the_completed():
    found = summarise(make_records("1110ttrfe1"))
    assert (found.strict.mean, found.strict.n) == (0.4, 10)
    assert (found.completed.mean, found.completed.n) == (pytest.approx(4 / 7), 7)
    assert found.outcomes == {
        "correct": 4,
        "wrong": 1,
        "truncated": 2,
        "refused": 1,
        "format_error": 1,
        "api_error": 1,
    }


def test_a_truncated_answer_is_worth_nothing_even_where_its_scorer_gave_it_something():
    found = summarise([make_record("a"), make_record("b", "truncated")])
    assert found.strict.mean == 0.5


def test_costs_are_summed_by_currency_and_unpriced_answers_are_counted():
    yuan = make_record("c", cost=Money(Decimal("0.5"), "CNY"), judge_cost=Money(Decimal(1), "USD"))
    found = summarise([make_record("a", cost="0.25"), make_record("b", cost="0.5"), yuan, make_record("d")])
    assert found.costs == (Money(Decimal("0.5"), "CNY"), Money(Decimal("0.75"), "USD"))
    assert found.judge_costs == (Money(Decimal(1), "USD"),)
    assert found.unpriced == 1


def test_epochs_are_records_of_one_sample():
    found = summarise([make_record("a", epoch=n, output_tokens=10 * n) for n in range(3)])
    assert (found.samples, found.records, found.output_tokens) == (1, 3, 10.0)


def test_a_suite_asked_several_times_over_has_its_pass_at_k():
    assert summarise(make_records("1100")).passes == ()
    records = [record for epoch in range(5) for record in make_records("10" if epoch else "11", epoch=epoch)]
    found = summarise(records).passes
    assert [one.k for one in found] == [2, 4, 5]
    # One right answer of five: two of five hold it in 4 of 10 pairs.
    assert [one.measure.mean for one in found] == pytest.approx([0.7, 0.9, 1.0])


def test_samples_of_one_cluster_are_told_with_what_they_share():
    records = [make_record(str(n), n % 3 > 0, cluster=f"p{n // 2}") for n in range(20)]
    found = summarise(records, shared="the passage").strict
    assert found.interval is not None
    assert found.interval.method == "t, 10 clusters (the passage), df 9, logit scale"


def test_a_dimension_is_the_mean_of_its_suites_whatever_their_size():
    records = make_records("1" * 90 + "0" * 10) + make_records("10", suite="cmath")
    found = summarise_dimensions(records)["calculation"]
    assert found.strict.mean == pytest.approx((0.9 + 0.5) / 2)
    assert found.parts == ("cmath", "gsm8k")
    assert found.strict.interval is not None
    assert found.strict.interval.method.startswith("mean of 2 suites")
    assert list(summarise_suites(records)) == ["cmath", "gsm8k"]


def test_a_suites_samples_may_be_of_several_groups():
    records = make_records("1111", language="en") + make_records("1100", language="zh")
    found = summarise_by(records, lambda record: record.language)
    assert {name: one.strict.mean for name, one in found.items()} == {"en": 1.0, "zh": 0.5}


def test_a_total_is_the_mean_of_groups_and_names_what_is_missing():
    records = (
        make_records("1111")
        + make_records("1100", suite="bbh", dimension="reasoning")
        + make_records("1000", suite="xstest", dimension="safety")
        + make_records("0000", suite="bank", dimension="finance")
    )
    groups = {"science": ("calculation", "reasoning", "code"), "arts": ("safety",), "hard": ("precise",)}
    found = summarise_total(records, groups)
    assert found.groups["science"].strict.mean == 0.75
    assert found.summary.strict.mean == pytest.approx((0.75 + 0.25) / 2)
    assert found.summary.parts == ("science", "arts")
    assert found.missing == ("code", "precise")
    assert found.outside == ("finance",)
    assert found.summary.records == 12


def test_of_no_records_there_is_no_score():
    found = summarise([])
    assert found.strict.mean is None
    assert found.output_tokens is None
    assert summarise_total([], {"a": ("b",)}).summary.strict.mean is None
