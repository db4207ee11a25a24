"""A run: load, price, ask, score; what was done before is taken as it is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from fen.evals.asking import Asker
from fen.evals.decoding import describe_decoding
from fen.evals.estimate import PILOT, Estimate, estimate
from fen.evals.loading import Prices, find_nothing, load_jobs
from fen.evals.means import Means
from fen.evals.pace import Pace
from fen.evals.playing import Fault, Job, Side, play_sample
from fen.evals.purse import Purse
from fen.evals.record import Record, Run
from fen.evals.sample import Sample
from fen.evals.store import find_unfinished, list_done, read_records
from fen.evals.suite import Suite
from fen.wire.errors import BudgetExceeded, FenError
from fen.wire.money import Money

State = Literal["finished", "budget", "declined", "faults"]
"""`budget`: it has no room for the next call. `declined`: nobody agreed to its costs. `faults`: of suites."""


class Result(msgspec.Struct, frozen=True):
    """How a run ended, or how far it came.

    records: of all its samples so far. spent: in this sitting. message: what there is to say of the state.
    """

    run: Run
    records: Sequence[Record]
    state: State
    spent: Purse
    faults: Sequence[Fault] = ()
    message: str = ""


class Watch(Protocol):
    """Who looks on, and answers for the money."""

    def begin(self, sitting: Sitting) -> None:
        """Look at a sitting's figures from now on."""
        ...

    def permit(self, worst: Estimate) -> None:
        """Raise ConfigError where money may be spent and nobody is there to agree to it."""
        ...

    def agree(self, estimated: Estimate) -> bool:
        """Show what the rest may cost, and return whether to go on."""
        ...


async def run_suites(
    run: Run, suites: Sequence[Suite], means: Means, watch: Watch, concurrency: int = 8
) -> Result:
    """Play all samples of a run that have no record yet.

    run: as `begin_run` returned it. concurrency: calls at once at most. Raises ConfigError for what was asked
    for wrongly, and FenError where no call can be made; what was done is kept.
    """
    jobs = await load_jobs(run, suites, means.files)
    run = replace(run, decoding=_tell_decoding(jobs))
    sitting = Sitting(run, means, Pace(concurrency))
    waiting = await sitting.open(suites, jobs)
    watch.begin(sitting)
    agreed = await sitting.price(waiting, watch)
    if agreed is None:
        return await sitting.close("declined")
    await sitting.play(agreed)
    return await sitting.close()


class Sitting:
    """A run from one start of the program to its end; its figures may be looked at meanwhile.

    total, done: samples, those of earlier sittings too. stopped: why no further sample is begun. pace: how
    many calls go at once.
    """

    def __init__(self, run: Run, means: Means, pace: Pace) -> None:
        self.run = run
        self.total = self.done = 0
        self.faults: list[Fault] = []
        self.stopped: FenError | None = None
        self._suites: Sequence[Suite] = ()
        self._means = means
        self.pace = pace
        self._known: Sequence[Record] = ()
        self._model: Side | None = None
        self._judge: Side | None = None

    @property
    def spent(self) -> Purse:
        """What the calls of this sitting cost so far."""
        purse = Purse()
        for side in (self._model, self._judge):
            if side is not None:
                for currency, amount in side.asker.spent.amounts.items():
                    purse.add(Money(amount, currency))
                purse.unknown += side.asker.spent.unknown
        return purse

    async def open(self, suites: Sequence[Suite], jobs: Sequence[Job]) -> Sequence[Job]:
        """Read what is kept, and return the jobs that are still to be played.

        Raises ConfigError where a budget cannot be kept, and FenError where a model cannot be asked.
        """
        run, storage = self.run, self._means.storage
        await storage.check()  # what a cancelled run left with the writer is there to be read then
        self._suites, self._known = suites, await storage.read(partial(read_records, run_id=run.id))
        self._model = await self._open_side(run.model)
        if run.judge is not None:
            self._judge = await self._open_side(run.judge)
            self._judge.asker.guarded = True
        done = list_done(self._known)
        waiting = [job for job in jobs if (job.suite.name, job.sample.id, job.epoch) not in done]
        self.total, self.done = len(jobs), len(jobs) - len(waiting)
        return waiting

    async def price(self, waiting: Sequence[Job], watch: Watch) -> Sequence[Job] | None:
        """Play a pilot, say what the rest costs, and return it; None where nobody agrees to that.

        Only now the run is written down. Raises ConfigError where nobody can be asked.
        """
        run, means, model = self.run, self._means, self._model
        assert model is not None
        prices = Prices(run, means, model.lines)
        first = estimate(prices.plan(waiting), self._known)
        if not first.free:
            watch.permit(first)
        await means.storage.writer.run(means.store.begin, run, identify_run(run, self._suites))
        if first.free:
            return waiting
        rest, pilot = take_pilot(waiting, len(self._known))
        known = [*self._known, *await self.play(pilot)]
        if self.stopped is None and not watch.agree(estimate(prices.plan(rest), known)):
            return None
        return rest

    async def _open_side(self, model: str) -> Side:
        asker = Asker(self._means, self.run, model, self.pace, find_nothing(self.run, model, self._means))
        return Side(asker, await asker.open_lines(self._suites))

    async def play(self, jobs: Sequence[Job]) -> list[Record]:
        """Play samples, several at once; those of a suite that wants to be alone one by one, at the end."""
        together = [job for job in jobs if not job.suite.alone]
        alone = [job for job in jobs if job.suite.alone]
        records: list[Record] = []
        for some, workers in ((together, self.pace.most), (alone, 1)):
            queue = iter(some)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(workers, len(some))):
                    group.create_task(self._work(queue, records))
        return records

    async def close(self, state: State = "finished") -> Result:
        """Write down how it ended; raises what stopped it, unless that was the budget."""
        means, run = self._means, self.run
        await means.storage.writer.run(means.store.change, run)  # and with it all that was queued before
        records = await means.storage.read(lambda connection: read_records(connection, run.id))
        if self.stopped is not None and not isinstance(self.stopped, BudgetExceeded):
            raise self.stopped
        message = "" if self.stopped is None else self.stopped.message
        if state == "finished":
            state = "budget" if self.stopped is not None else "faults" if self.faults else state
        if state == "finished" and len(records) == self.total:
            run = replace(run, ended=datetime.now(UTC))
            await means.storage.writer.run(means.store.change, run)
        return Result(run, records, state, self.spent, tuple(self.faults), message)

    async def _work(self, queue: Iterator[Job], records: list[Record]) -> None:
        means, model = self._means, self._model
        assert model is not None
        for job in queue:
            if self.stopped is not None:
                return
            try:
                record = await play_sample(job, self.run.id, model, self._judge, means.sandbox)
            except FenError as error:  # whoever is under way may finish: it is paid for
                self.stopped = self.stopped or error
                return
            if isinstance(record, Fault):
                self.faults.append(record)
                continue
            means.storage.writer.post(means.store.record, record)
            records.append(record)
            self.done += 1


async def begin_run(wanted: Run, suites: Sequence[Suite], means: Means, *, new: bool = False) -> Run:
    """Return the unfinished run that was asked for the same, else one that begins now.

    wanted: its id and start do not matter; its budget holds from now on. new: begins another in any case.
    """
    identity = identify_run(wanted, suites)
    if not new:
        found = await means.storage.read(lambda connection: find_unfinished(connection, identity))
        if found is not None:
            return replace(found, budget=wanted.budget)
    now = datetime.now(UTC)
    return replace(wanted, id=_make_id(now), started=now, ended=None)


def identify_run(run: Run, suites: Sequence[Suite]) -> str:
    """Return what makes two runs the same: all that was asked for, the money left out."""
    versions = sorted((suite.name, suite.version, suite.scorer) for suite in suites)
    told = (
        run.model,
        versions,
        run.limit,
        run.epochs,
        run.seed,
        sorted(run.options.items()),
        run.judge,
        run.fresh,
    )
    return msgspec.json.encode(told).decode()


def take_pilot(jobs: Sequence[Job], known: int) -> tuple[Sequence[Job], Sequence[Job]]:
    """Return the jobs without the pilot, and the pilot: the first drawn of each suite.

    There is none where as many answers are known already, or where it would be the whole run.
    """
    if not known < PILOT < len(jobs):
        return jobs, ()
    suites = {job.suite.name for job in jobs}
    each, taken = -(-PILOT // len(suites)), dict.fromkeys(suites, 0)
    picked: set[int] = set()
    for job in sorted(jobs, key=lambda job: job.rank):
        if taken[job.suite.name] < each and not job.suite.alone:
            taken[job.suite.name] += 1
            picked.add(id(job))
    pilot = [job for job in jobs if id(job) in picked]
    rest = [job for job in jobs if id(job) not in picked]
    return rest, pilot


def _make_id(now: datetime) -> str:
    return f"run_{now:%Y%m%d%H%M%S}{random.getrandbits(32):08x}"


def _tell_decoding(jobs: Sequence[Job]) -> dict[str, str]:
    samples: dict[str, list[Sample]] = {}
    for job in jobs:
        samples.setdefault(job.suite.name, []).append(job.sample)
    return {suite: describe_decoding(asked) for suite, asked in samples.items()}
