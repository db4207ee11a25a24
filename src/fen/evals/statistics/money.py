"""What a right answer costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
import numpy as np

from fen.evals.record import Record
from fen.evals.statistics.draws import Sums, draw, find_span
from fen.evals.statistics.items import find_cluster
from fen.evals.statistics.spread import LEVEL
from fen.wire.money import Money


class CostPerCorrect(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of costs by the number of right answers.

    value: None where there is none, and `why` says why. low, high: its interval; a `high` of None is no
    limit. Without a right answer only `low` is known: what one costs at least. answers: those with a price;
    unpriced: the others, left out of costs and of right answers. method: how the interval was found.
    """

    value: Money | None = None
    low: Money | None = None
    high: Money | None = None
    correct: int = 0
    answers: int = 0
    unpriced: int = 0
    method: str = ""
    why: str = ""


def find_cost_per_correct(records: Iterable[Record]) -> CostPerCorrect:
    """Return what a right answer costs, judging left out.

    The interval is a bootstrap over clusters. Without a right answer the lower bound is the mean cost of an
    answer by the largest share of right ones that would still let G clusters have none in one of 20 cases,
    1 - 0.05^(1/G), about 3/G (the "rule of three": Hanley and Lippman-Hand 1983).
    """
    given = list(records)
    priced = [record for record in given if find_cost(record) is not None]
    counted = CostPerCorrect(
        correct=sum(map(is_correct, priced)), answers=len(priced), unpriced=len(given) - len(priced)
    )
    currency = find_currency(priced)
    if currency is None:
        return msgspec.structs.replace(counted, why=_say_why(priced))
    clusters = _sum_clusters(priced)
    total = sum(((find_cost(record) or Decimal(0)) for record in priced), Decimal(0))
    if counted.correct == 0:
        share = 1 - (1 - LEVEL) ** (1 / len(clusters))
        least = to_money(float(total) / len(priced) / share, currency)
        method = f"lower bound at {LEVEL:.0%}: rule of three over {len(clusters)} clusters"
        return msgspec.structs.replace(counted, low=least, method=method, why="no right answer")
    value = float(total) / counted.correct
    span = find_span(draw(clusters, 2), _divide)
    return msgspec.structs.replace(
        counted,
        value=Money(total / counted.correct, currency).quantized(),
        low=to_money(min(value, span.low), currency),
        high=to_money(max(value, span.high), currency),
        method=f"bootstrap over {len(clusters)} clusters",
    )


def _sum_clusters(records: Iterable[Record]) -> dict[str, tuple[float, float]]:
    clusters: dict[str, tuple[Decimal, int]] = {}
    for record in records:
        name = find_cluster(record)
        cost, right = clusters.get(name, (Decimal(0), 0))
        clusters[name] = (cost + (find_cost(record) or Decimal(0)), right + is_correct(record))
    return {name: (float(cost), float(right)) for name, (cost, right) in clusters.items()}


def _divide(sums: Sums) -> Sums:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[:, 1] > 0, sums[:, 0] / sums[:, 1], math.inf)


def is_correct(record: Record) -> bool:
    """Whether the answer is right."""
    return record.score.outcome == "correct"


def find_cost(record: Record) -> Decimal | None:
    """Return what the answers cost; None where that is not known; nothing where no answer came."""
    if record.cost is not None:
        return record.cost.amount
    return Decimal(0) if record.score.outcome == "api_error" else None


def find_currency(records: Iterable[Record]) -> str | None:
    """Return the currency of all that has a cost; None where there is none, or more than one."""
    found = {record.cost.currency for record in records if record.cost is not None}
    return found.pop() if len(found) == 1 else None


def _say_why(priced: Sequence[Record]) -> str:
    found = sorted({record.cost.currency for record in priced if record.cost is not None})
    if found:
        return f"costs in {' and '.join(found)}: a sum needs a dated rate"
    return "no answer has a price"


def to_money(amount: float, currency: str) -> Money | None:
    """Return an estimate of money to six digits; None where it is infinite."""
    return Money(Decimal(f"{amount:.6g}"), currency) if math.isfinite(amount) else None
