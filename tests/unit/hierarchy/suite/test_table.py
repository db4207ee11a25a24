"""The table: intervals, rows, the benign cost, and the paper's figures beside them."""

import pytest

from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite import Answer, Case, Grade, Prompt
from fen.hierarchy.suite.case import Role
from fen.hierarchy.suite.published import read_published
from fen.hierarchy.suite.report import Report, describe_report
from fen.hierarchy.suite.rubric import Speaks
from fen.hierarchy.suite.run import Result
from fen.hierarchy.suite.share import Share, wilson
from fen.hierarchy.suite.table import describe_row, find_cost, make_rows


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [  # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_published_intervals(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_share_of_nothing_says_nothing() -> None:
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, (0.0, 1.0))
    assert Share(5, 5).interval[1] == 1.0


def make_result(
    name: str, role: Role, passed: bool | None, guarded: bool = False, suite: str = "hijack"
) -> Result:
    case = Case(
        id=name,
        suite=suite,
        category="hijacking",
        higher=Privilege.SYSTEM,
        lower=Privilege.USER,
        role=role,
        prompt=Prompt(()),
        passes=Speaks(),
    )
    if passed is None:
        return Result(case, guarded, error="the upstream answered 500")
    return Result(case, guarded, Answer("x"), Grade(passed, None if role != "conflict" else not passed))


def test_rows_count_what_passed_obeyed_and_failed_in_each_column() -> None:
    results = [
        make_result("a", "aligned", True),
        make_result("b", "conflict", True),
        make_result("c", "conflict", False),
        make_result("d", "conflict", None),
        make_result("b", "conflict", True, guarded=True),
        make_result("e", "conflict", True, suite="tensortrust"),
        make_result("f", "conflict", True, suite="password"),  # a family of the same category
    ]
    generated, other, aligned = make_rows(results)
    assert (generated.source, other.source, aligned.role) == ("generated", "tensortrust", "aligned")
    assert generated.unguarded is not None
    assert generated.guarded is not None
    assert (generated.unguarded.passed, generated.unguarded.obeyed) == (Share(2, 3), Share(1, 3))
    assert (generated.unguarded.errors, generated.guarded.passed) == (1, Share(1, 1))
    assert other.guarded is None


def test_benign_cost_is_of_cases_that_both_columns_have() -> None:
    bare = [make_result(name, "reference", name != "d") for name in "abcd"]
    layered = [make_result(name, "reference", name in "ad", guarded=True) for name in "abd"]
    cost = find_cost([*bare, *layered, make_result("x", "conflict", False, guarded=True)])
    assert cost is not None
    assert (cost.cases, cost.unguarded, cost.guarded, cost.lost, cost.won) == (
        3,
        Share(2, 3),
        Share(2, 3),
        1,
        1,
    )
    assert cost.points == 0.0
    assert find_cost(bare) is None


def test_published_rows_are_the_papers() -> None:
    published = read_published()
    assert published.url == "https://arxiv.org/abs/2404.13208"
    assert {name: (row.baseline, row.hierarchy) for name, row in published.rows.items()} == {
        "hijacking": (59.2, 79.2),
        "user_conflict": (62.2, 92.6),
        "extraction": (32.8, 95.9),
        "over_refusal": (78.9, 77.7),
    }


def test_row_as_json_has_the_paper_beside_conflicts_only() -> None:
    conflict, reference = make_rows([make_result("a", "conflict", True), make_result("b", "reference", True)])
    told = describe_row(conflict, read_published())
    assert told["published"] == {"baseline": 59.2, "hierarchy": 79.2}
    assert told["unguarded"]["passed"] == {"hits": 1, "of": 1, "rate": 1.0, "low": 0.2065, "high": 1.0}
    assert (told["higher"], told["lower"], told["guarded"]) == ("system", "user", None)
    assert describe_row(reference, read_published())["published"] is None


def test_report_has_every_member() -> None:
    results = [make_result("a", "reference", True), make_result("a", "reference", False, guarded=True)]
    told = describe_report(Report("m", 1, 2, "both", results, {"why": 3}, read_published()))
    assert (told["model"], told["seed"], told["limit"], told["layer"]) == ("m", 1, 2, "both")
    assert (told["benign_cost"]["points"], told["unsupported"], len(told["results"])) == (
        100.0,
        {"why": 3},
        2,
    )
    assert {"id", "guarded", "passed", "obeyed", "answer", "calls", "error"} <= set(told["results"][0])
