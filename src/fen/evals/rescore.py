"""Scoring kept answers anew: no call is made, and nothing is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from fen.evals.key import make_key, make_pool, write_body
from fen.evals.loading import load_jobs
from fen.evals.means import Shelf
from fen.evals.playing import Fault, Job, explain, score_responses
from fen.evals.record import Record, Run
from fen.evals.response import Response
from fen.evals.sample import Body
from fen.evals.store import KeptResponse, read_records, read_response, read_responses
from fen.evals.suite import Suite
from fen.wire.errors import FenError, NotFound

_WORKERS = 8
_SLICE = 200

Place = tuple[str, str, int]


class Rescored(msgspec.Struct, frozen=True):
    """What came of it.

    records: of all of the run's samples, scored anew where that could be. changed: how many have another
    score. left: how many are as they were: their answers are not kept, or were asked by another version of
    their suite.
    """

    records: Sequence[Record]
    changed: int
    left: int
    faults: Sequence[Fault]


async def rescore_run(run: Run, suites: Sequence[Suite], shelf: Shelf) -> Rescored:
    """Score a run's records by the scorers of now, and write down what came of it.

    suites: those of the run. Raises ConfigError where their files are not there.
    """
    jobs = {_place(job): job for job in await load_jobs(run, suites, shelf.files)}
    records = await shelf.storage.read(lambda connection: read_records(connection, run.id))
    desk = _Desk(run, shelf)
    for start in range(0, len(records), _SLICE):
        some = records[start : start + _SLICE]
        keys = [key for record in some for key in record.calls]
        desk.kept = await shelf.storage.read(lambda connection, keys=keys: read_responses(connection, keys))
        queue = iter(some)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_WORKERS, len(some))):
                group.create_task(desk.work(queue, jobs))
    await shelf.storage.check()  # what was queued is written then
    return Rescored(desk.records, desk.changed, desk.left, desk.faults)


class _Desk:
    """Where records are scored anew, some at once."""

    def __init__(self, run: Run, shelf: Shelf) -> None:
        self.kept: Mapping[str, KeptResponse] = {}
        self.records: list[Record] = []
        self.faults: list[Fault] = []
        self.changed = self.left = 0
        self._run = run
        self._shelf = shelf

    async def work(self, queue: Iterator[Record], jobs: Mapping[Place, Job]) -> None:
        for record in queue:
            job = jobs.get((record.suite, record.sample, record.epoch))
            if job is None or job.suite.version != record.version:
                self.left += 1
                self.records.append(record)
            else:
                self.records.append(await self._rescore(record, job))

    async def _rescore(self, record: Record, job: Job) -> Record:
        model = _Kept(self, self._run.model, job)
        judge = None if self._run.judge is None else _Kept(self, self._run.judge, job)
        try:
            responses = await job.suite.play(job.sample, model)
            score = await score_responses(job, responses, judge, self._shelf.sandbox)
        except NotFound:  # an answer that is not kept
            self.left += 1
            return record
        except FenError:
            raise
        except Exception as fault:  # noqa: BLE001  a suite's fault ends its own sample, and no other one
            self.faults.append(Fault(record.suite, record.sample, record.epoch, explain(fault)))
            return record
        renewed = replace(record, score=score, scorer=job.suite.scorer)
        self.changed += score != record.score
        if renewed != record:
            self._shelf.storage.writer.post(self._shelf.store.record, renewed)
        return renewed

    async def find(self, key: str) -> Response:
        found = self.kept.get(key) or await self._shelf.storage.read(
            lambda connection: read_response(connection, key)
        )
        if found is None:
            raise NotFound("found no kept answer to a call, expected one")
        return found.response

    def pool(self, model: str, suite: Suite) -> str:
        return make_pool(model, suite.name, suite.version, self._run.id if self._run.fresh else "")


class _Kept:
    """Answers from what is kept alone; it is an `fen.evals.Ask`."""

    def __init__(self, desk: _Desk, model: str, job: Job) -> None:
        self._desk = desk
        self._model = model
        self._pool = desk.pool(model, job.suite)
        self._epoch = job.epoch

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        data = write_body(self._model, body, timed=timed)
        return await self._desk.find(
            make_key(self._pool, data, self._epoch, timed=timed, continued=continued)
        )


def _place(job: Job) -> Place:
    return (job.suite.name, job.sample.id, job.epoch)
