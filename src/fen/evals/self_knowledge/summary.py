"""What a model's answers about itself come to, over all wordings and both languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import mean, median
from typing import Any

import msgspec

from fen.evals.beside import Aside, Unit
from fen.evals.record import Record


class Knowledge(msgspec.Struct, frozen=True):
    """What came of one subject: a limit, the cutoff, the name, or claims.

    n: answers that came. abstained: the share that says it does not know. consistency: of pairs of answers
    that state something, the share that state the same, numbers within a tenth; None for fewer than two.
    doublings: the median of |log2(stated / true)|. months: the median distance. brier: the mean, of claims;
    0.25 is what "50%" gets. A figure that is none of the subject's is None.
    """

    subject: str
    n: int
    abstained: float
    consistency: float | None
    doublings: float | None = None
    months: float | None = None
    brier: float | None = None


def summarise(records: Iterable[Record]) -> list[Knowledge]:
    """Return what came of each subject, of records of the suite `self_knowledge`."""
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.score.outcome != "api_error" or "stated" in record.score.detail:
            groups[record.stratum or ""].append(record)
    return [_summarise(subject, group) for subject, group in sorted(groups.items())]


def tell_knowledge(records: Iterable[Record]) -> Sequence[Aside]:
    """Return what came of each subject as a table."""
    columns: dict[str, Unit] = {
        "subject": "word",
        "n": "count",
        "abstained": "share",
        "consistency": "share",
        "doublings": "number",
        "months": "number",
        "brier": "number",
    }
    rows = tuple(msgspec.structs.astuple(one) for one in summarise(records))
    return (Aside("knowledge_of_itself", columns, rows),) if rows else ()


def _summarise(subject: str, group: Sequence[Record]) -> Knowledge:
    details = [record.score.detail for record in group]
    stated = [(record.score.detail, record.score.answer) for record in group if record.score.answer]
    pairs = [_agree(one, other) for one, other in combinations(stated, 2)]
    claims = [detail["brier"] for detail in details if "brier" in detail]
    return Knowledge(
        subject,
        len(group),
        mean(bool(detail.get("abstained")) for detail in details),
        mean(pairs) if pairs and not claims else None,
        _middle([detail["doublings"] for detail in details if "doublings" in detail]),
        _middle([detail["months"] for detail in details if "months" in detail]),
        mean(claims) if claims else None,
    )


def _agree(one: tuple[Any, str | None], other: tuple[Any, str | None]) -> bool:
    values = [detail.get("stated") for detail, _ in (one, other)]
    if all(isinstance(value, int) for value in values):
        return max(values) <= 1.1 * min(values)
    return one[1] == other[1]


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
