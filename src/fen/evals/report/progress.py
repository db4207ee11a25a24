"""Runs of one suite over time: the best of two groups of models, and the gap between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

import msgspec

from fen.evals.record import Record, Run
from fen.evals.statistics.gap import Best, Gap, Report, find_gaps
from fen.evals.statistics.summary import summarise
from fen.evals.store import Wanted, read_runs, read_some_records
from fen.storage import Storage

_CENT = Decimal("0.01")


class Marked(msgspec.Struct, frozen=True):
    """What a run of one suite came to.

    score: per cent, strict. method: all that has to be the same before two such scores are compared.
    """

    model: str
    at: datetime
    score: Decimal
    method: str


async def find_progress(
    storage: Storage, suite: str, behind: Collection[str], ahead: Collection[str]
) -> tuple[Gap, ...]:
    """Return how far the best model of `behind` was behind the best of `ahead` after each day with a run.

    The groups' names are their models', joined. A group's best is the best of its runs up to that day that
    were measured in the same way; runs that are not finished are left out.
    """
    marks: list[Marked] = []
    for run in await storage.read(read_runs):
        if run.ended is not None and suite in run.suites and run.model in {*behind, *ahead}:
            wanted = partial(read_some_records, run_id=run.id, wanted=Wanted(suite))
            records = await storage.read(wanted)
            if records:
                marks.append(mark(run, suite, records))
    return compare_groups(marks, behind, ahead)


def mark(run: Run, suite: str, records: Sequence[Record]) -> Marked:
    """Return what a run's records of one suite come to."""
    versions = sorted({record.version for record in records})
    scorers = sorted({record.scorer for record in records})
    parts = [f"{suite} {'+'.join(versions)}", "+".join(scorers)]
    if run.limit is not None:
        parts.append(f"{run.limit} questions of seed {run.seed}")
    if run.epochs > 1:
        parts.append(f"{run.epochs} epochs")
    parts += [run.decoding[suite]] if run.decoding.get(suite) else []
    parts += [f"judge {run.judge}"] if run.judge is not None else []
    mean = summarise(records).strict.mean or 0.0
    return Marked(run.model, run.started, Decimal(repr(100 * mean)).quantize(_CENT), "; ".join(parts))


def compare_groups(
    marks: Iterable[Marked], behind: Collection[str], ahead: Collection[str]
) -> tuple[Gap, ...]:
    """Return the gap after each day with a mark, once both groups have one of that day's method.

    Days on which the leader has no points are left out: there is nothing to take a share of.
    """
    names = tuple(", ".join(group) for group in (ahead, behind))
    best: dict[tuple[str, int], Best] = {}
    reports: dict[tuple[str, str], Report] = {}
    for one in sorted(marks, key=lambda one: one.at):
        for side, group in enumerate((ahead, behind)):
            held = best.get((one.method, side))
            if one.model in group and (held is None or one.score > held.score):
                best[one.method, side] = Best(names[side], one.model, one.score)
        leader, follower = best.get((one.method, 0)), best.get((one.method, 1))
        if leader is not None and follower is not None and leader.score > 0:
            date = f"{one.at:%Y-%m-%d}"
            reports[date, one.method] = Report(date, leader, follower, one.method)
    return find_gaps(reports.values())
