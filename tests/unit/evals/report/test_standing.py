"""Score against cost: who is beaten, and when nobody can be compared."""

from decimal import Decimal

from msgspec.structs import replace

from fen.evals.report import Entry
from fen.wire.money import Money
from tests.fakes.eval_reports import half, make_entry, make_report


def test_models_are_compared_over_the_suites_that_all_have() -> None:
    report = make_report(
        make_entry("a/good", {"gsm8k": half(9), "mmlu": half(1)}, 1, "0.05"),
        make_entry("b/cheap", {"gsm8k": half(5)}, 2, "0.01"),
        make_entry("c/beaten", {"gsm8k": half(5)}, 3, "0.02"),
    )
    assert report.pareto_suites == ("gsm8k",)
    assert {one.model: one.beaten_by for one in report.standings} == {
        "a/good": None,
        "b/cheap": None,
        "c/beaten": "b/cheap",
    }
    assert report.standings[0].score.value == 0.9  # and not the mean with mmlu
    assert report.standings[0].cost == Money(Decimal("0.05"), "USD")


def test_without_prices_or_suites_in_common_nobody_stands_anywhere() -> None:
    one = make_entry("a/one", {"gsm8k": half(5)})
    assert make_report(one).standings == ()
    assert make_report(one, make_entry("b/two", {"gsm8k": half(5)}, 2, None)).standings == ()
    assert make_report(one, make_entry("b/two", {"mmlu": half(5)}, 2)).standings == ()


def test_currencies_are_never_compared() -> None:
    entries = [make_entry(f"{name}/m", {"gsm8k": half(5)}, number) for number, name in enumerate("abc")]
    yuan = tuple(replace(one, cost=Money(Decimal("0.01"), "CNY")) for one in entries[2].records)
    report = make_report(*entries[:2], Entry("c/m", entries[2].runs, yuan))
    assert {one.model for one in report.standings} == {"a/m", "b/m"}
