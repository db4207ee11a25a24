"""The plain sums of a run, by suite: counts and means, without intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fen.evals.purse import Purse
from fen.evals.record import Record
from fen.evals.score import OUTCOMES, UNFINISHED
from fen.wire.money import plain


class SuiteSums(msgspec.Struct, frozen=True):
    """A suite's records added up.

    strict: the mean value over all samples; completed: over those that were completed, None where none was.
    cost: of answers and of judging them.
    """

    suite: str
    samples: int
    outcomes: Mapping[str, int]
    strict: float
    completed: float | None
    completed_samples: int
    cost: Purse
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int


def sum_up(records: Sequence[Record]) -> list[SuiteSums]:
    """Return the sums of each suite, in the order of their names."""
    by_suite: dict[str, list[Record]] = {}
    for record in records:
        by_suite.setdefault(record.suite, []).append(record)
    return [_sum_suite(suite, by_suite[suite]) for suite in sorted(by_suite)]


def describe_sums(sums: SuiteSums) -> dict[str, Any]:
    """Return a suite's sums as JSON has them."""
    only = sums.cost.only
    return {
        "suite": sums.suite,
        "n": sums.samples,
        "outcomes": dict(sums.outcomes),
        "strict": sums.strict,
        "completed": sums.completed,
        "completed_n": sums.completed_samples,
        "cost": None if only is None else plain(only.amount),
        "currency": None if only is None else only.currency,
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "reasoning_tokens": sums.reasoning_tokens,
    }


def _sum_suite(suite: str, records: Sequence[Record]) -> SuiteSums:
    counts = Counter(record.score.outcome for record in records)
    whole = [record for record in records if record.score.outcome not in UNFINISHED]
    cost = Purse()
    for record in records:
        cost.add(record.cost)
        if record.judge_cost is not None:
            cost.add(record.judge_cost)
    return SuiteSums(
        suite=suite,
        samples=len(records),
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES},
        strict=_mean(records),
        completed=_mean(whole) if whole else None,
        completed_samples=len(whole),
        cost=cost,
        input_tokens=sum(record.input_tokens for record in records),
        output_tokens=sum(record.output_tokens for record in records),
        reasoning_tokens=sum(record.reasoning_tokens for record in records),
    )


def _mean(records: Sequence[Record]) -> float:
    return sum(record.score.value for record in records) / len(records)
