"""Which line of a batch is next, and until when there is none."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime

from fen.batch.forwarding import Forwarding
from fen.batch.job import Batch
from fen.batch.line import Line
from fen.batch.plan import Load, merge_loads, plan_starts
from fen.batch.store import BatchStore, Choice, find_due, find_loads
from fen.batch.tools import Tools
from fen.storage import to_micros

_FETCHED = 20
"""Lines kept in memory; each may carry megabytes of images."""

_PATIENT_POLLS = 15
"""A batch that waits for its hour is planned anew after so many polls: nothing of it changes meanwhile."""


class LineQueue:
    """Hands out a batch's waiting lines, each model's from its hour on.

    The plan is made anew every few seconds: the price of now, the time left and the pace have changed.
    waiting: how many lines are left to hand out, as far as the last plan and this queue know.
    """

    def __init__(self, tools: Tools, batch: Batch, forwarding: Forwarding | None) -> None:
        self.waiting = 0
        self._tools = tools
        self._batch = batch
        self._batches = BatchStore(tools.storage)
        self._fetched: deque[Line] = deque()
        self._choice = Choice()
        self._forwarding = forwarding
        self._plan_until = 0.0
        self._told: datetime | None = batch.next_at

    async def take(self, now: datetime) -> Line | None:
        """Return a line that is due; None where none is."""
        if time.monotonic() >= self._plan_until:
            await self.plan(now)
        if not self._fetched and self._choice.models:
            self._fetched.extend(await self._fetch(now))
        if not self._fetched:
            return None
        self.waiting -= 1
        return self._fetched.popleft()

    def put_back(self, line: Line) -> None:
        """Take a line back that was not sent."""
        self._fetched.appendleft(line)
        self.waiting += 1

    def postpone(self) -> None:
        """Know that a line waits again, in the database, which was sent and refused for now."""
        self.waiting += 1

    async def plan(self, now: datetime) -> None:
        """Look at what waits, and choose each model's hour."""
        batch, tools = self._batch, self._tools
        loads, taken = await self._find_loads(now)
        self.waiting = sum(load.lines for load in loads)
        tools.pacing.expect(batch.id, self.waiting)
        starts = plan_starts(loads, tools.prices(), now, batch.expires_at, tools.pacing.pace(batch.id))
        models = [model for model, start in starts.items() if start <= now]
        choice = Choice(frozenset(models), taken)
        if choice != self._choice:
            self._fetched.clear()  # a model's hour may be over; its lines still wait in the database
        self._choice = choice
        first = None if models or not starts else min(starts.values())
        wait = 0.0 if first is None else min((first - now).total_seconds(), _PATIENT_POLLS * tools.poll)
        self._plan_until = time.monotonic() + max(tools.poll, wait)
        await self._tell(first)

    async def _find_loads(self, now: datetime) -> tuple[list[Load], frozenset[str]]:
        """Return what is to be sent line by line, and the models of the other lines that wait."""
        batch, read = self._batch, self._tools.storage.read
        fresh = await read(lambda connection: find_loads(connection, batch.id, alone=False))
        if self._forwarding is None:
            return fresh, frozenset()
        alone = await read(lambda connection: find_loads(connection, batch.id, alone=True))
        taken = self._forwarding.choose(fresh, now)
        return merge_loads([*alone, *(load for load in fresh if load.model not in taken)]), taken

    async def _fetch(self, now: datetime) -> list[Line]:
        batch, choice = self._batch, self._choice
        return await self._tools.storage.read(
            lambda connection: find_due(connection, batch.id, choice, now, _FETCHED)
        )

    async def _tell(self, until: datetime | None) -> None:
        """Write down until when the batch waits for its hour, for whoever looks at it."""
        if until != self._told:
            self._told = until
            moment = None if until is None else to_micros(until)
            await self._tools.storage.writer.run(self._batches.wait, self._batch, moment)
