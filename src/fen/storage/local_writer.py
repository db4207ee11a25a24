"""SQLite's writer: statements run on the event loop, only the wait for the disk happens elsewhere.

A statement takes some microseconds, a commit waits for the disk. In a thread of their own the statements
would hand Python's lock back and forth with the loop at every step: measured, that doubles the CPU of a
request and adds up to 5 ms to each statement while the loop is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar, TypeVarTuple

from fen.storage.batch import Job, Outcome, resolve, transact
from fen.storage.sqlite import SqliteBackend, SqliteSession
from fen.storage.statement import Cursor
from fen.wire.errors import BooksUnavailable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_log = logging.getLogger("fen.storage")
_BATCH = 128
"""Operations in one transaction at most, so that the loop is held for about 2 ms at most."""


class LocalWriter:
    """Runs operations `fn(cursor, *args)` in order and commits them in groups; see fen.storage.writer.Writer.

    While a commit waits for the disk, operations queue; the next transaction takes them all.
    """

    def __init__(self, backend: SqliteBackend, patience: float = 30.0) -> None:
        self._backend = backend
        self._patience = patience
        self._session: SqliteSession | None = None
        self._pending: list[Job] = []
        self._busy = False
        self._closed = False
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
        if self._closed:
            return
        while self._busy:
            self._idle.clear()
            await self._idle.wait()
        self._closed = True
        self._errands.put(None)
        await asyncio.to_thread(self._thread.join)
        self._disconnect()

    def _put(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        if self._closed:
            raise RuntimeError("found a closed storage, expected an open one")
        if loop is not self._loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("found a second event loop, expected the one that used this storage first")
            self._loop, self._busy = loop, False
        self._pending.append(job)
        if not self._busy:
            self._busy = True
            loop.call_soon(self._begin)

    def _begin(self) -> None:
        """Open a transaction; where another process writes just now, wait for it in the thread."""
        batch, self._pending = self._pending[:_BATCH], self._pending[_BATCH:]
        try:
            session = self._connect()
            begun = session.try_begin()
        except Exception as error:  # noqa: BLE001  whatever the driver says, every caller is answered
            self._fail(batch, error)
            return
        if begun:
            self._write(session, batch)
        else:
            self._errands.put(lambda: self._begin_patiently(session, batch))

    def _write(self, session: SqliteSession, batch: list[Job]) -> None:
        try:
            outcomes = transact(self._backend, session, batch, session.start_over)
        except Exception as error:  # noqa: BLE001  the same
            self._fail(batch, error)
            return
        self._errands.put(lambda: self._commit(session, batch, outcomes))

    def _finish(self, outcomes: list[Outcome]) -> None:
        resolve(outcomes)
        if self._pending:
            self._begin()
        else:
            self._busy = False
            self._idle.set()

    def _fail(self, batch: list[Job], error: Exception) -> None:
        _log.error("a batch of %d writes failed: %s", len(batch), error)
        self._disconnect()  # the transaction is in no known state; a new connection has none
        told = BooksUnavailable(f"the books cannot be written ({error}): nothing was; try again later")
        self._finish([(future, None, told) for _, _, future in batch])

    # In the thread

    def _serve(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand()

    def _begin_patiently(self, session: SqliteSession, batch: list[Job]) -> None:
        try:
            session.begin(self._patience)
        except Exception as error:  # noqa: BLE001  the same
            self._tell(self._fail, batch, error)
        else:
            self._tell(self._write, session, batch)

    def _commit(self, session: SqliteSession, batch: list[Job], outcomes: list[Outcome]) -> None:
        try:
            session.cursor.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  the same
            self._tell(self._fail, batch, error)
        else:
            self._tell(self._finish, outcomes)

    def _tell(self, fn: Callable[..., None], *args: Any) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
            self._loop.call_soon_threadsafe(fn, *args)

    def _connect(self) -> SqliteSession:
        if self._session is None:
            self._session = self._backend.open_session()
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
