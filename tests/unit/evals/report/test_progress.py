"""The gap between the bests of two groups, run by run."""

from datetime import UTC, datetime
from decimal import Decimal

from fen.evals.report.progress import Marked, compare_groups, mark
from tests.fakes.eval_reports import half, make_records, make_run


def at(month: int, model: str, score: str, method: str = "exact/1") -> Marked:
    return Marked(model, datetime(2026, month, 3, tzinfo=UTC), Decimal(score), method)


def test_each_day_has_the_best_of_both_groups_until_then() -> None:
    marks = (at(4, "b/new", "90"), at(1, "a/one", "60"), at(2, "b/old", "80"), at(3, "a/two", "50"))
    gaps = compare_groups(marks, ("a/one", "a/two"), ("b/old", "b/new"))
    assert [(one.date, one.leader.model, one.follower.model, one.gap) for one in gaps] == [
        ("2026-02-03", "b/old", "a/one", Decimal("0.25")),
        ("2026-03-03", "b/old", "a/one", Decimal("0.25")),
        ("2026-04-03", "b/new", "a/one", Decimal(30) / 90),
    ]
    assert gaps[0].leader.group == "b/old, b/new"


def test_scores_of_two_methods_are_never_compared() -> None:
    marks = (
        at(1, "a/one", "60"),
        at(1, "b/one", "80"),
        at(2, "a/one", "90", "exact/2"),
        at(3, "b/one", "95", "exact/2"),
    )
    gaps = compare_groups(marks, ("a/one",), ("b/one",))
    assert [(one.date, one.broken) for one in gaps] == [("2026-01-03", False), ("2026-03-03", True)]


def test_a_leader_without_points_is_left_out() -> None:
    assert compare_groups((at(1, "a/one", "1"), at(1, "b/one", "0")), ("a/one",), ("b/one",)) == ()


def test_a_mark_says_what_has_to_be_the_same() -> None:
    run = make_run(limit=10, epochs=2, seed=3)
    found = mark(run, "gsm8k", make_records(run, "gsm8k", half(7)))
    assert found.score == Decimal("70.00")
    assert found.method == "gsm8k 1; exact/1; 10 questions of seed 3; 2 epochs; temperature 0"
