"""SQLite's writer: statements run on the event loop, and so do commits while the disk is quick.

A statement takes some microseconds, a commit waits for the disk. In a thread of their own the statements
would hand Python's lock back and forth with the loop at every step: measured, that doubles the CPU of a
request and adds up to 5 ms to each statement while the loop is busy. A commit that waits in a thread costs
such a handover too (45 us a request, measured at 32 calls at once), which a disk that answers within a
millisecond is not worth; a slower one would hold every stream up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar, TypeVarTuple

from fen.storage.batch import Job, Outcome, refuse, resolve, transact
from fen.storage.sqlite import SqliteBackend, SqliteSession
from fen.storage.statement import Cursor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_log = logging.getLogger("fen.storage")
_BATCH = 128
"""Operations in one transaction at most, so that the loop is held for about 2 ms at most."""


QUICK_SECONDS = 0.001
"""The loop waits for commits itself while they take less than this."""

_MEMORY = 0.8


class LocalWriter:
    """The Writer of a database on this machine.

    One batch is under way at a time, and the connection goes with it: to the thread with an errand (open,
    wait for another process's lock, commit, close), back to the loop with the errand's answer. So the two
    never touch it at once. While a commit waits for the disk, operations queue; the next batch takes them.
    """

    def __init__(self, backend: SqliteBackend, patience: float = 30.0) -> None:
        self._backend = backend
        self._patience = patience
        self._session: SqliteSession | None = None
        self._pending: list[Job] = []
        self._busy = False
        self._closing = False
        self._pace = 1.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle = asyncio.Event()
        self._errands: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name="fen-writer", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[Cursor, *Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Queue an operation; the future has its result once it is durable, or its error."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put((fn, args, future), loop)
        return future

    def post(self, fn: Callable[[Cursor, *Ts], object], *args: *Ts) -> None:
        """Queue an operation whose end nobody waits for; an error is logged."""
        self._put((fn, args, None), asyncio.get_running_loop())

    async def close(self) -> None:
        """Run what is queued, then let go of the connection; may be called twice."""
        self._closing = True
        if self._busy and self._loop is asyncio.get_running_loop():  # a loop that ended took its batch along
            await self._idle.wait()
        self._errands.put(None)
        await asyncio.to_thread(self._thread.join)

    def _put(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        if self._closing:
            raise RuntimeError("found a closed storage, expected an open one")
        if loop is not self._loop:
            if self._loop is not None:
                raise RuntimeError("found a second event loop, expected the one that used this storage first")
            self._loop = loop
        self._pending.append(job)
        if not self._busy:
            self._busy = True
            self._idle.clear()
            loop.call_soon(self._gather, 0)

    def _gather(self, known: int) -> None:
        """Begin a batch once a turn of the loop has brought no further operation.

        known: how many there were a turn ago. While turns bring more, calls are being worked on that will
        want a commit of their own, and one for all of them takes little longer than one for each.
        """
        waiting = len(self._pending)
        if known < waiting < _BATCH:
            assert self._loop is not None
            self._loop.call_soon(self._gather, waiting)
        else:
            self._begin()

    def _begin(self) -> None:
        """Open a transaction; where another process writes just now, wait for it in the thread."""
        batch, self._pending = self._pending[:_BATCH], self._pending[_BATCH:]
        session = self._session
        try:
            begun = session is not None and session.try_begin()
        except Exception as error:  # noqa: BLE001  whatever the driver says, every caller is answered
            self._errands.put(partial(self._give_up, batch, error))
            return
        if begun:
            self._write(batch)
        else:
            self._errands.put(partial(self._begin_patiently, batch))

    def _write(self, batch: list[Job]) -> None:
        session = self._session
        assert session is not None
        try:
            outcomes = transact(self._backend, session.cursor, batch, session.start_over)
        except Exception as error:  # noqa: BLE001  the same
            self._errands.put(partial(self._give_up, batch, error))
            return
        if self._pace < QUICK_SECONDS:
            self._commit_here(batch, outcomes)
        else:
            self._errands.put(partial(self._commit, batch, outcomes))

    def _commit_here(self, batch: list[Job], outcomes: list[Outcome]) -> None:
        try:
            self._execute_commit()
        except Exception as error:  # noqa: BLE001  the same
            self._errands.put(partial(self._give_up, batch, error))
        else:
            self._finish(outcomes)

    def _execute_commit(self) -> None:
        """Commit, and remember how quick the disk is: the latest commit counts at once where it was slow."""
        assert self._session is not None
        started = time.perf_counter()
        self._session.cursor.execute("COMMIT")
        took = time.perf_counter() - started
        quick = took < QUICK_SECONDS
        self._pace = self._pace * _MEMORY + took * (1 - _MEMORY) if quick else took

    def _finish(self, outcomes: list[Outcome]) -> None:
        resolve(outcomes)
        if self._pending:
            assert self._loop is not None
            self._loop.call_soon(self._gather, 0)
        else:
            self._busy = False
            self._idle.set()

    def _fail(self, batch: list[Job], error: Exception) -> None:
        """Answer the batch and all that queued behind it: they waited for the same outage."""
        batch += self._pending
        self._pending = []
        _log.error("the books cannot be written, %d writes were given up: %s", len(batch), error)
        self._finish(refuse(batch, error))

    # In the thread

    def _serve(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand()
        self._disconnect()

    def _begin_patiently(self, batch: list[Job]) -> None:
        try:
            if self._session is None:
                self._session = self._backend.open_session()
            self._session.begin(self._patience)
        except Exception as error:  # noqa: BLE001  the same
            self._give_up(batch, error)
        else:
            self._tell(self._write, batch)

    def _commit(self, batch: list[Job], outcomes: list[Outcome]) -> None:
        try:
            self._execute_commit()
        except Exception as error:  # noqa: BLE001  the same
            self._give_up(batch, error)
        else:
            self._tell(self._finish, outcomes)

    def _give_up(self, batch: list[Job], error: Exception) -> None:
        self._disconnect()  # the transaction is in no known state; a new connection has none
        self._tell(self._fail, batch, error)

    def _tell(self, fn: Callable[..., None], *args: Any) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(fn, *args)
        except RuntimeError:  # the loop is gone, and with it whoever waited
            self._disconnect()  # a transaction left open would shut other processes out

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
