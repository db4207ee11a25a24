"""How long answers are and how long they take."""

from typing import cast

from msgspec.structs import replace

from fen.evals.report.effort import measure_efforts, share_suites
from fen.evals.score import Outcome
from tests.fakes.eval_reports import half, make_entry


def test_lengths_are_percentiles_of_the_answers_that_came() -> None:
    outcomes = cast("list[Outcome]", [*["correct"] * 9, "truncated", "api_error"])
    entry = make_entry("a/one", {"gsm8k": outcomes})
    [found] = measure_efforts([entry], ("gsm8k",))
    assert found.answers == 10
    assert (found.tokens[2], found.mean) == (55.0, 55.0)
    assert (found.cut, found.reasoning) == (0.1, 0.0)
    assert found.seconds.value == 0.5
    assert found.rate is not None
    assert found.rate.value == 110.0


def test_reasoning_counts_and_answers_without_time_have_no_rate() -> None:
    entry = make_entry("a/one", {"gsm8k": half(5)})
    records = tuple(replace(one, seconds=0.0, reasoning_tokens=one.output_tokens) for one in entry.records)
    [found] = measure_efforts([replace(entry, records=records)], ("gsm8k",))
    assert (found.reasoning, found.rate) == (1.0, None)


def test_models_are_compared_over_what_all_were_asked() -> None:
    one = make_entry("a/one", {"gsm8k": half(5), "mmlu": half(4)})
    two = make_entry("a/two", {"mmlu": half(3)})
    assert share_suites([one, two]) == ("mmlu",)
    assert share_suites([]) == ()
    assert [found.answers for found in measure_efforts([one, two], ("mmlu",))] == [10, 10]
    assert measure_efforts([two], ("gsm8k",)) == ()
