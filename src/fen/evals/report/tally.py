"""What came of some answers: outcomes, length, time and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fen.evals.record import Record
from fen.evals.report.values import Length, PerCorrect, Tally
from fen.evals.score import OUTCOMES
from fen.evals.statistics.money import find_cost, find_cost_per_correct
from fen.evals.statistics.summary import add_up
from fen.wire.money import Money


def count_up(records: Sequence[Record]) -> Tally:
    """Return what came of the records' answers; the length and the seconds of none are 0."""
    counts = Counter(record.score.outcome for record in records)
    costs = add_up(record.cost for record in records if record.cost is not None)
    unpriced = sum(find_cost(record) is None for record in records)
    return Tally(
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES},
        length=_measure_length([record.output_tokens for record in records]),
        seconds=sum(record.seconds for record in records) / len(records) if records else 0.0,
        costs=costs,
        unpriced=unpriced,
        judge_costs=add_up(record.judge_cost for record in records if record.judge_cost is not None),
        per_answer=_share(costs, unpriced, len(records)),
        per_correct=_find_per_correct(records),
    )


def _measure_length(tokens: Sequence[int]) -> Length:
    if not tokens:
        return Length(0, 0, 0)
    middle, long = np.percentile(tokens, (50, 95))
    return Length(sum(tokens) / len(tokens), float(middle), float(long))


def _share(costs: Sequence[Money], unpriced: int, answers: int) -> Money | None:
    if unpriced or len(costs) != 1 or not answers:
        return None
    return Money(costs[0].amount / answers, costs[0].currency)


def _find_per_correct(records: Sequence[Record]) -> PerCorrect | None:
    found = find_cost_per_correct(records)
    known = found.value or found.low
    if known is None:
        return None
    value, low, high = (
        None if money is None else money.amount for money in (found.value, found.low, found.high)
    )
    return PerCorrect(value, low, high, known.currency)
