"""From records to a report: scores, their n, what is missing, and what may not be compared."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.evals.registry import find_suite
from fen.evals.report import Beside, Entry, describe_run
from fen.evals.report.build import build_report
from fen.evals.score import OUTCOMES, Outcome
from fen.evals.statistics.gap import find_gaps, read_reports
from fen.evals.statistics.imported import read_published
from fen.wire.money import Money
from tests.fakes.eval_reports import NOON, half, make_entry, make_records, make_report, make_run


def test_strict_counts_every_answer_and_completed_says_of_how_many_it_is() -> None:
    ends: list[Outcome] = [*half(6, 8), "truncated", "api_error"]
    report = make_report(make_entry("a/one", {"gsm8k": ends}))
    (score,) = report.suites
    assert (score.strict.value, score.strict.n) == (0.6, 10)
    assert (score.completed.value, score.completed.n) == (0.75, 8)
    assert score.strict.low is not None
    assert score.strict.high is not None
    assert 0 < score.strict.low < 0.6 < score.strict.high < 1
    assert "Wilson" in score.strict.method


def test_all_six_outcomes_are_there_even_of_none() -> None:
    report = make_report(make_entry("a/one", {"gsm8k": ["correct", "refused"]}))
    outcomes = report.suites[0].tally.outcomes
    assert tuple(outcomes) == OUTCOMES
    assert sum(outcomes.values()) == report.suites[0].tally.answers == 2


def test_length_time_and_money_are_those_of_the_answers() -> None:
    report = make_report(make_entry("a/one", {"gsm8k": half(5)}, cost="0.02"))
    tally = report.suites[0].tally
    assert (tally.length.mean, tally.length.p50, tally.length.p95) == (55, 55, pytest.approx(95.5))
    assert tally.seconds == 0.5
    assert tally.costs == (Money(Decimal("0.20"), "USD"),)
    assert tally.per_answer == Money(Decimal("0.02"), "USD")
    assert tally.per_correct is not None
    assert tally.per_correct.amount == Decimal("0.04")
    assert tally.per_correct.low is not None
    assert tally.per_correct.low < Decimal("0.04")


def test_nothing_correct_gives_a_lower_bound_and_no_price() -> None:
    tally = make_report(make_entry("a/one", {"gsm8k": half(0)})).suites[0].tally
    assert tally.per_correct is not None
    assert tally.per_correct.amount is None
    assert tally.per_correct.low is not None
    assert tally.per_correct.low > Decimal("0.01")


def test_unknown_prices_are_counted_and_not_taken_for_nothing() -> None:
    run = make_run()
    records = make_records(run, "gsm8k", half(2, 4)) + make_records(run, "mmlu", half(1, 2), cost=None)
    report = make_report(Entry("a/one", (run,), records))
    model = report.models[0].tally
    assert (model.unpriced, model.per_answer) == (2, None)
    assert model.costs == (Money(Decimal("0.04"), "USD"),)


def test_the_judges_money_is_told_apart() -> None:
    run = make_run()
    judge = Money(Decimal("0.5"), "USD")
    report = make_report(Entry("a/one", (run,), make_records(run, "gsm8k", half(2, 4), judge_cost=judge)))
    tally = report.models[0].tally
    assert tally.judge_costs == (Money(Decimal("2.0"), "USD"),)
    assert tally.per_answer == Money(Decimal("0.01"), "USD")


def test_models_are_ranked_by_their_totals_and_scores_stand_beside_each_other() -> None:
    entries = [
        make_entry("a/low", {"gsm8k": half(2), "mmlu": half(2)}),
        make_entry("b/high", {"gsm8k": half(8), "mmlu": half(9)}, 2),
    ]
    report = make_report(*entries)
    assert report.names == ("b/high", "a/low")
    assert [(one.suite, one.model) for one in report.suites] == [
        ("gsm8k", "b/high"),
        ("gsm8k", "a/low"),
        ("mmlu", "b/high"),
        ("mmlu", "a/low"),
    ]
    assert report.dimension_names == ("calculation", "knowledge")  # as the dimensions' file has them


def test_a_total_is_the_mean_of_groups_and_names_what_is_not_in_it() -> None:
    report = make_report(make_entry("a/one", {"gsm8k": half(8), "humaneval": half(4), "mmlu": half(10)}))
    (model,) = report.models
    assert model.groups == {"science": pytest.approx(0.6), "arts": 1.0}
    assert model.total.value == pytest.approx(0.8)
    assert {"safety", "instruction_following"} <= set(model.missing)
    assert "mean of the groups" in report.rule["en"]
    assert "平均" in report.rule["zh"]


def test_runs_that_are_not_finished_are_told() -> None:
    run = make_run(ended=None)
    report = make_report(Entry("a/one", (run,), make_records(run, "gsm8k", half(1))), Entry("b/none", (), ()))
    assert report.names == ("a/one",)
    assert [remark for remark in report.remarks if run.id in remark and "not finished" in remark]
    assert [remark for remark in report.remarks if "b/none" in remark and "left out" in remark]


@pytest.mark.parametrize(
    ("changes", "run_changes", "told"),
    [
        ({"version": "2"}, {}, "version 2"),
        ({"scorer": "exact/2"}, {}, "exact/2"),
        ({}, {"decoding": {"gsm8k": "temperature 1"}}, "temperature 1"),
        ({}, {"options": {"gsm8k.shots": "4", "mmlu.shots": "9"}}, "shots=4"),
    ],
)
def test_scores_of_different_methods_are_told_not_to_be_compared(
    changes: dict[str, str], run_changes: dict[str, object], told: str
) -> None:
    one = make_entry("a/one", {"gsm8k": half(5)})
    run = make_run("b/two", 2, **run_changes)
    two = Entry("b/two", (run,), make_records(run, "gsm8k", half(5), **changes))
    (remark,) = make_report(one, two).remarks
    assert remark.startswith("gsm8k was not measured in one way")
    assert told in remark
    assert len(make_report(one, two).methods) == 2
    assert make_report(one, make_entry("b/two", {"gsm8k": half(5)}, 2)).remarks == ()


def test_a_method_says_what_its_suite_says_of_itself() -> None:
    suite = find_suite("gsm8k")
    entry = make_entry("a/one", {"gsm8k": half(5)})
    records = tuple(replace(one, version=suite.version, scorer=suite.scorer) for one in entry.records)
    report = build_report((Entry("a/one", entry.runs, records),), {"gsm8k": suite}, NOON)
    (method,) = report.methods
    assert (method.shots, method.template, method.source) == (suite.shots, suite.template, suite.source)
    assert method.decoding == "temperature 0"
    old = tuple(replace(one, version="0") for one in records)
    (method,) = build_report((Entry("a/one", entry.runs, old),), {"gsm8k": suite}, NOON).methods
    assert (method.shots, method.template) == (None, "of version 0")


def test_one_run_is_described_for_the_end_of_a_run() -> None:
    run = make_run()
    report = describe_run(run, make_records(run, "gsm8k", half(3, 4)), {}, NOON)
    assert report.names == ("a/one",)
    assert report.suites[0].strict.value == 0.75


def test_what_others_published_and_the_gap_stand_beside_it(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score,n\na/one,GSM8K,82.0,\n")
    gap = tmp_path / "gap.csv"
    gap.write_text("date,best_x,score_x,best_y,score_y\n2024-07,A,81,B,77\n")
    beside = Beside(read_published(scores), find_gaps(read_reports(gap)))
    report = make_report(make_entry("a/one", {"gsm8k": half(5)}), beside=beside)
    assert report.published[0].interval is None
    assert f"{100 * report.gap[0].gap:.2f}" == "4.94"
