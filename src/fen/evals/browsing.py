"""What is looked at of runs without a command: the list of them, and their samples page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from fen.evals.purse import Purse
from fen.evals.record import Record, Run
from fen.evals.registry import list_suites
from fen.evals.report.figures import NONE, write_money
from fen.evals.score import OUTCOMES, Outcome
from fen.evals.store import (
    Done,
    KeptResponse,
    Wanted,
    count_outcomes,
    count_runs,
    find_run,
    list_places,
    read_records,
    read_responses,
    read_runs,
    read_some_records,
)
from fen.storage import Storage
from fen.wire.errors import NotFound
from fen.wire.money import Money


class RunLine(msgspec.Struct, frozen=True):
    """A run with what came of it so far; cost: with judging, as reports write it."""

    run: Run
    outcomes: Mapping[Outcome, int]
    cost: str

    @property
    def answers(self) -> int:
        """How many answers were scored."""
        return sum(self.outcomes.values())


class Samples(msgspec.Struct, frozen=True):
    """A page of a run's records; found: how many meet what was wanted. outcomes: of the run, by suite."""

    run: Run
    records: Sequence[Record]
    found: int
    outcomes: Mapping[tuple[str, Outcome], int]


class Sample(msgspec.Struct, frozen=True):
    """One record whole: what was asked and answered, as far as it is kept, and its neighbours.

    place: its number among `of` records that meet what was wanted, from 0 on.
    """

    run: Run
    record: Record
    kept: Mapping[str, KeptResponse]
    place: int
    of: int
    before: Done | None
    after: Done | None


def is_published(suite: str) -> bool:
    """Whether anybody can read a suite's questions: it is known, and all its files are at an address."""
    known = {one.name: one for one in list_suites()}
    return suite in known and bool(known[suite].files) and all(file.url for file in known[suite].files)


async def list_runs(
    storage: Storage, limit: int, offset: int = 0, model: str | None = None
) -> tuple[tuple[RunLine, ...], int]:
    """Return some runs, newest first, and how many there are in all; `model` picks those of one."""
    runs = await storage.read(partial(read_runs, limit=limit, model=model, offset=offset))
    lines = [_sum_up(run, await storage.read(partial(read_records, run_id=run.id))) for run in runs]
    return tuple(lines), await storage.read(partial(count_runs, model=model))


def _sum_up(run: Run, records: Sequence[Record]) -> RunLine:
    cost, counts = Purse(), dict.fromkeys(OUTCOMES, 0)
    for record in records:
        counts[record.score.outcome] += 1
        if record.cost is not None or record.score.outcome != "api_error":
            cost.add(record.cost)
        if record.judge_cost is not None:
            cost.add(record.judge_cost)
    return RunLine(run, counts, _write(cost))


def _write(cost: Purse) -> str:
    """Write a sum as reports do; `+ ?` where the price of some answers is not known."""
    known = [write_money(Money(amount, name)) for name, amount in sorted(cost.amounts.items())]
    return " + ".join(known + ["?"] * bool(cost.unknown)) or NONE


async def list_samples(storage: Storage, run_id: str, wanted: Wanted, limit: int, offset: int) -> Samples:
    """Return a page of a run's records; raises NotFound for no such run."""
    run = await storage.read(partial(find_run, run_id=run_id))
    outcomes = await storage.read(partial(count_outcomes, run_id=run.id))
    found = await storage.read(partial(list_places, run_id=run.id, wanted=wanted))
    read = partial(read_some_records, run_id=run.id, wanted=wanted, limit=limit, offset=offset)
    return Samples(run, await storage.read(read), len(found), outcomes)


async def find_sample(storage: Storage, run_id: str, place: Done, wanted: Wanted) -> Sample:
    """Return one record, with its neighbours among those that are wanted; raises NotFound."""
    run = await storage.read(partial(find_run, run_id=run_id))
    suite, sample, epoch = place
    only = Wanted(suite, sample, epoch)
    records = await storage.read(partial(read_some_records, run_id=run.id, wanted=only, limit=1))
    if not records:
        raise NotFound(f"sample {sample[:64]!r}: found none in {run.id}, expected one that it has")
    places = await storage.read(partial(list_places, run_id=run.id, wanted=wanted))
    at = places.index(place) if place in places else -1
    kept = await storage.read(partial(read_responses, keys=records[0].calls))
    before = places[at - 1] if at > 0 else None
    after = places[at + 1] if 0 <= at < len(places) - 1 else None
    return Sample(run, records[0], kept, at, len(places), before, after)
