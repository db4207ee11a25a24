"""Records as items: what each is worth, and what it shares with others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fen.evals.record import Record
from fen.evals.score import UNFINISHED
from fen.evals.statistics.spread import Points


def find_worth(record: Record) -> float:
    """Return 0 to 1; an answer that was not completed is worth nothing."""
    return 0.0 if record.score.outcome in UNFINISHED else record.score.value


def is_complete(record: Record) -> bool:
    """Whether the answer was completed, so that right or wrong is known of it."""
    return record.score.outcome not in UNFINISHED


def find_cluster(record: Record) -> str:
    """Return the name of what the record shares with others: its cluster, or at least its sample's epochs."""
    if record.cluster is None:
        return f"{record.suite}\0s{record.sample}"
    return f"{record.suite}\0c{record.cluster}"


def find_stratum(record: Record) -> str:
    """Return the fixed group that the record is from; records of different suites share none."""
    return f"{record.suite}\0{record.stratum or ''}"


def to_points(records: Sequence[Record]) -> Points:
    """Return the records' worth with their clusters, and with their strata where they name any."""
    strata = None
    if any(record.stratum is not None for record in records):
        strata = tuple(map(find_stratum, records))
    return Points(tuple(map(find_worth, records)), tuple(map(find_cluster, records)), strata)


def part(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Return the records by suite, in the order of the suites' names."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.suite, []).append(record)
    return dict(sorted(found.items()))
