"""The value of models out of evaluations, boards and published scores."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from fen.app.value import Rule, value_published, value_runs
from fen.catalogue import load_catalogue
from fen.evals.record import Record
from fen.evals.report import Entry
from fen.evals.score import Outcome
from fen.evals.statistics.imported import Published
from fen.ledger import Exchange
from fen.wire.errors import InvalidRequest, NotFound
from tests.fakes.eval_reports import half, make_records, make_run

USD = Rule("USD")


def make(model: str, suites: dict[str, Sequence[Outcome]], cost: str | None) -> Entry:
    run = make_run(model)
    records: list[Record] = []
    for suite, outcomes in suites.items():
        records += make_records(run, suite, outcomes, cost=cost)
    return Entry(model, (run,), tuple(records))


def test_each_suite_counts_alike_and_only_what_all_were_asked_counts() -> None:
    small = make("a/small", {"gsm8k": half(5), "mmlu": half(20, 20)}, "0.01")
    large = make("a/large", {"gsm8k": half(8), "mmlu": half(20, 40), "humaneval": half(0)}, "0.05")
    value = value_runs([small, large], USD)
    assert value.over == ("gsm8k", "mmlu")
    first, second = value.worths
    assert first.quality.value == pytest.approx((0.5 + 1.0) / 2)
    assert second.quality.value == pytest.approx((0.8 + 1.0) / 2)  # of mmlu, the 20 that both were asked
    assert second.cost.value == pytest.approx(0.05)
    assert second.step is not None
    assert second.step.price.value == pytest.approx(0.04 / 0.15)
    assert first.quality.low is not None
    assert first.quality.high is not None
    assert first.quality.low < 0.75 < first.quality.high


def test_a_model_without_prices_is_left_out_with_the_reason() -> None:
    value = value_runs(
        [make("a/one", {"gsm8k": half(5)}, "0.01"), make("b/two", {"gsm8k": half(9)}, None)], USD
    )
    assert [one.model for one in value.worths] == ["a/one"]
    assert value.left_out == {"b/two": "an answer without a known price"}


def test_other_currencies_need_a_rate() -> None:
    entries = [make("a/one", {"gsm8k": half(5)}, "0.01")]
    with pytest.raises(NotFound, match="no rate to CNY"):
        value_runs(entries, Rule("CNY"))
    fx = {("USD", "CNY"): Exchange("USD", "CNY", Decimal("7.2"), "a bank", date(2026, 1, 1))}
    (worth,) = value_runs(entries, Rule("CNY", fx)).worths
    assert worth.cost.value == pytest.approx(0.072)


def test_runs_without_a_common_suite_are_not_compared() -> None:
    with pytest.raises(NotFound, match="no suite that all models were asked"):
        value_runs([make("a/one", {"gsm8k": half(5)}, "0.01"), make("b/two", {"mmlu": half(5)}, "0.01")], USD)


def score(model: str, percent: str, n: int | None = None, dimension: str = "MMLU") -> Published:
    return Published(model=model, dimension=dimension, score=Decimal(percent), n=n)


def test_published_scores_stand_beside_prices_of_now() -> None:
    catalogue = load_catalogue()
    scores = [
        score("openai/gpt-4o", "88.7", 14042),
        score("openai/gpt-4o-mini", "82.0", 14042),
        score("no/such", "1"),
    ]
    value = value_published(scores[:2], catalogue, USD)
    assert [one.model for one in value.worths] == ["openai/gpt-4o-mini", "openai/gpt-4o"]
    mini = value.worths[0]
    assert mini.cost.value == pytest.approx((1000 * 0.15 + 500 * 0.60) / 1e6)
    assert mini.quality.low is not None
    assert mini.quality.low < 0.82
    bare = value_published(scores, catalogue, USD)
    assert bare.left_out == {"no/such": "no model of that name is known"}
    assert bare.worths[0].quality.low is None  # one of them does not say of how many items it is


def test_one_dimension_at_a_time() -> None:
    scores = [score("openai/gpt-4o", "88.7"), score("openai/gpt-4o", "90", dimension="HumanEval")]
    with pytest.raises(InvalidRequest, match="MMLU, HumanEval"):
        value_published(scores, load_catalogue(), USD)
    assert value_published(scores, load_catalogue(), USD, "HumanEval").over == ("HumanEval",)
