"""One claimed batch, from its input file to its output file.

Everything that must outlast a crash is in the database before the next step is taken: a line is marked
before it is sent, and its outcome is stored before anything counts on it. So of a process that dies, no line
that had ended is sent again, and one that was under way is sent once more at most.
"""

from __future__ import annotations

import asyncio
import logging
import time

from fen.batch.assemble import Assembly
from fen.batch.file import EVERYBODY
from fen.batch.forwarding import Forwarding, log_away
from fen.batch.intake import Intake
from fen.batch.job import Batch
from fen.batch.line import CANCELLED, EXPIRED, Line, Outcome, fail
from fen.batch.queue import LineQueue
from fen.batch.sending import Later, send_line
from fen.batch.store import SLICE, BatchStore, LineStore, find_batch, find_last_number
from fen.batch.tools import Tools
from fen.storage import to_micros
from fen.wire.errors import BooksUnavailable, Internal

_log = logging.getLogger("fen.batch")

PATIENCE_SECONDS = 600.0
"""How long lines under way may still take once their batch stops early; they are paid for already.

Source of the figure: OpenAI API reference, "Cancel batch": `cancelling` for up to 10 minutes.
"""


class Worker:
    """Works on one batch under one claim, and stops where the claim is gone."""

    def __init__(self, tools: Tools, batch: Batch) -> None:
        self._tools = tools
        self._batch = batch
        self._lines = LineStore(tools.storage)
        self._batches = BatchStore(tools.storage)
        vendors = tools.vendors
        self._forwarding = None if vendors is None else Forwarding(tools, vendors, batch)
        self._queue = LineQueue(tools, batch, self._forwarding)
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._look_at = 0.0
        self._stop_at: float | None = None
        self._lost = False

    def wake(self) -> None:
        """Look at the batch again: something was asked of it."""
        self._look_at = 0.0
        self._wake.set()

    def stop(self, grace: float) -> None:
        """Send nothing more, and leave what is under way so many seconds."""
        self._stop_at = time.monotonic() + grace
        self._wake.set()

    async def run(self) -> None:
        """Bring the batch to its end, or as far as it can get until `stop`."""
        try:
            if self._batch.state == "validating":
                await Intake(self._tools).take(self._batch)
            if await self._look() and self._forwarding is not None:
                await self._forwarding.recover()
            if not self._lost and self._batch.state == "in_progress":
                await self._run_lines()
            if self._stop_at is None and await self._look():
                await self._end()
        finally:
            self._tools.pacing.expect(self._batch.id, 0)
            await self._release()

    async def _look(self) -> bool:
        """Read the batch again; False where the claim is gone, or nothing is left to do."""
        mine = self._batch
        found = await self._tools.storage.read(lambda connection: find_batch(connection, mine.id, EVERYBODY))
        self._lost = found is None or found.claim != mine.claim
        if found is None or self._lost:
            return False
        self._batch = found
        self._look_at = time.monotonic() + self._tools.poll
        return found.state in ("in_progress", "finalizing", "cancelling")

    async def _run_lines(self) -> None:
        for lower in await self._slices():
            await self._tools.storage.writer.run(self._lines.requeue, self._batch, lower)
        patience = PATIENCE_SECONDS
        forward = asyncio.create_task(self._forward())
        try:
            while (line := await self._next()) is not None:
                if await self._take_slot():
                    await self._start(line)
                else:
                    self._queue.put_back(line)
            if self._lost or self._tools.clock() >= self._batch.expires_at:
                patience = 0.0
        finally:
            await self._end_forwarding(forward)
            await self._drain(patience)

    async def _forward(self) -> None:
        """Do what there is to do at vendors, again and again, until cancelled."""
        forwarding = self._forwarding
        while forwarding is not None and not forwarding.halted:
            try:
                await forwarding.step()
            except BooksUnavailable as error:
                log_away(self._batch, error)
            except Exception:  # noqa: BLE001  the edge of a task; lines at vendors must not be left there
                _log.exception("what is at vendors of %s could not be looked after", self._batch.id)
            await asyncio.sleep(self._tools.poll)

    async def _next(self) -> Line | None:
        """Wait for a line that is due; None where no other is to be sent."""
        while await self._goes_on():
            line = await self._queue.take(self._tools.clock())
            if line is not None:
                return line
            if not self._tasks and not self._is_more_to_come():
                await self._queue.plan(self._tools.clock())  # make sure: nobody else changes what waits
                if not self._is_more_to_come():
                    return None
            await self._pause()
        return None

    async def _end_forwarding(self, forward: asyncio.Task[None]) -> None:
        """Let what is being sent be sent: of a batch that is broken off, nobody knows whether it was made."""
        if self._forwarding is not None:
            self._forwarding.halt()
        until = self._stop_at or time.monotonic() + PATIENCE_SECONDS
        _, pending = await asyncio.wait([forward], timeout=max(0.0, until - time.monotonic()))
        if pending:
            forward.cancel()
            await asyncio.wait([forward])

    def _is_more_to_come(self) -> bool:
        """Whether lines wait here, or are at vendors, from where they may come back."""
        return bool(self._queue.waiting) or (self._forwarding is not None and self._forwarding.busy)

    async def _goes_on(self) -> bool:
        if self._stop_at is not None or self._tools.clock() >= self._batch.expires_at:
            return False
        if time.monotonic() < self._look_at:
            return True
        return await self._look() and self._batch.state == "in_progress"

    async def _pause(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(self._tools.poll):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _take_slot(self) -> bool:
        try:
            async with asyncio.timeout(self._tools.poll):
                return await self._tools.slots.acquire()
        except TimeoutError:
            return False

    async def _start(self, line: Line) -> None:
        """Write down that a line is sent, then send it; with the slot that was taken for it."""
        writer = self._tools.storage.writer
        try:
            # The wait for the slot may have been long.
            started = await self._goes_on() and await writer.run(self._lines.start, self._batch, line.number)
        except BaseException:
            self._tools.slots.release()
            raise
        if not started:
            self._tools.slots.release()
            self._look_at = 0.0  # it is being cancelled, or somebody else's
            return
        task = asyncio.create_task(self._send(line))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tools.slots.release()
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the outcome of a line of %s was lost", self._batch.id, exc_info=error)

    async def _send(self, line: Line) -> None:
        batch, tools = self._batch, self._tools
        began = time.monotonic()
        try:
            outcome = await send_line(line, batch.format, tools.answer, batch.key_id, tools.limits.tries)
        except Exception:  # noqa: BLE001  the edge of a task; the line must not be left hanging
            _log.exception("line %d of %s failed", line.number, batch.id)
            outcome = fail(Internal("a fault of Fen's own; its log has it"))
        tools.pacing.note(time.monotonic() - began)
        await self._write(line, outcome)

    async def _write(self, line: Line, outcome: Outcome | Later) -> None:
        """Store what came of a line, as soon as the database takes it: it is paid for."""
        writer = self._tools.storage.writer
        while True:
            try:
                if isinstance(outcome, Later):
                    due = to_micros(self._tools.clock()) + round(outcome.seconds * 1_000_000)
                    await writer.run(self._lines.postpone, self._batch, line, due)
                    self._queue.postpone()
                else:
                    await writer.run(self._lines.end, self._batch, line.number, outcome)
                return
            except BooksUnavailable as error:
                _log.warning("line %d of %s could not be stored yet: %s", line.number, self._batch.id, error)
                await asyncio.sleep(self._tools.poll)

    async def _drain(self, patience: float) -> None:
        """Wait for what is under way, then cancel it: the pipeline settles what was used."""
        until = time.monotonic() + patience
        while self._tasks and time.monotonic() < (self._stop_at or until):
            await asyncio.wait(self._tasks, timeout=self._tools.poll)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _end(self) -> None:
        """Let lines that have not ended fail, and write the files."""
        tools = self._tools
        if self._batch.state == "in_progress":  # unless it was cancelled just before
            now = to_micros(tools.clock())
            await tools.storage.writer.run(self._batches.move, self._batch, "finalizing", now)
            if not await self._look():
                return
        if self._forwarding is not None:
            if not await self._forwarding.wind_up(PATIENCE_SECONDS, self._rest):
                return
            if not await self._look():
                return
        batch = self._batch
        code = CANCELLED if batch.state == "cancelling" else EXPIRED
        for lower in await self._slices():
            await tools.storage.writer.run(self._lines.abandon, batch, lower, code)
        await Assembly(tools.storage, tools.shelf, tools.clock).end(batch)

    async def _rest(self) -> bool:
        """Wait a moment; False where no more is to be done under this claim."""
        await self._pause()
        return self._stop_at is None and await self._look()

    async def _slices(self) -> range:
        """Return where the slices of the batch's lines begin."""
        batch_id = self._batch.id
        last = await self._tools.storage.read(lambda connection: find_last_number(connection, batch_id))
        return range(0, last + 1, SLICE)

    async def _release(self) -> None:
        try:
            await self._tools.storage.writer.run(self._batches.release, self._batch)
        except BooksUnavailable as error:
            _log.warning("the claim on %s could not be given back: %s", self._batch.id, error)
