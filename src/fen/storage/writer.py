"""One thread writes, and commits for everybody who asked in the meantime: group commit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread
from typing import TypeVar, TypeVarTuple

from fen.storage.backend import Backend, Session
from fen.storage.batch import Job, Outcome, OutageError, resolve, transact
from fen.storage.statement import Cursor
from fen.wire.errors import BooksUnavailable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_log = logging.getLogger("fen.storage")
_BATCH = 512
_SHORTEST, _LONGEST = 0.05, 2.0


class Writer:
    """Runs operations `fn(cursor, *args)` in order, in one thread, on a connection of its own.

    All that is queued (at most 512) goes into one transaction and is committed once; an operation returns
    after the commit that made it durable. One that raises is undone alone: the batch is rolled back and run
    again, each operation in a savepoint.

    An operation may therefore run more than once, also after a commit whose outcome a broken connection
    left unknown: it must come to the same end when it finds its own work done (an insert does nothing for
    an id that is there, an update names the state that it leaves).

    While the database cannot be reached, operations wait up to `patience` seconds, then they raise
    BooksUnavailable.
    """

    def __init__(self, backend: Backend, patience: float = 30.0) -> None:
        self._backend = backend
        self._patience = patience
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session | None = None
        self._closing = Event()
        self._thread = Thread(target=self._serve, name="fen-writer", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[Cursor, *Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Queue an operation; the future has its result once it is durable, or its error.

        Cancelling the future does not undo the operation. Raises RuntimeError when the writer is closed.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._bind(loop)
        future: asyncio.Future[T] = loop.create_future()
        self._put((fn, args, future))
        return future

    def post(self, fn: Callable[[Cursor, *Ts], object], *args: *Ts) -> None:
        """Queue an operation whose end nobody waits for; an error is logged."""
        self._put((fn, args, None))

    async def close(self) -> None:
        """Run what is queued, then let go of the connection; may be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _put(self, job: Job) -> None:
        if self._closing.is_set():
            raise RuntimeError("found a closed storage, expected an open one")
        self._queue.put(job)

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError("found a second event loop, expected the one that used this storage first")
        self._loop = loop

    def _serve(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._take()
            if batch:
                self._report(self._apply(batch))
        self._disconnect()

    def _take(self) -> tuple[list[Job], bool]:
        """Wait for a job, then take all that is there; the flag tells that the writer is closing."""
        queue = self._queue
        first = queue.get()
        if first is None:
            return [], True
        batch = [first]
        for _ in range(min(queue.qsize(), _BATCH - 1)):
            job = queue.get_nowait()
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _apply(self, batch: list[Job]) -> list[Outcome]:
        deadline, pause = time.monotonic() + self._patience, _SHORTEST
        while True:
            try:
                return self._attempt(batch)
            except OutageError as outage:
                if time.monotonic() + pause > deadline or self._closing.is_set():
                    _log.error("the database is away, %d writes were given up: %s", len(batch), outage)
                    error = BooksUnavailable(
                        "found no database, expected one: nothing was written; try again later"
                    )
                    return [(future, None, error) for _, _, future in batch]
                _log.warning("the database is away, trying again in %.2f s: %s", pause, outage)
            self._closing.wait(pause)
            pause = min(pause * 2, _LONGEST)

    def _attempt(self, batch: list[Job]) -> list[Outcome]:
        session = self._connect()
        try:
            outcomes = self._transact(session, batch)
        except OutageError:
            self._disconnect()
            raise
        except Exception as error:
            self._disconnect()  # the transaction is in no known state; a new connection has none
            if session.is_lost(error):
                raise OutageError(str(error)) from error
            _log.exception("a batch of %d writes failed", len(batch))
            return [(future, None, error) for _, _, future in batch]
        return outcomes

    def _transact(self, session: Session, batch: list[Job]) -> list[Outcome]:
        cursor = session.cursor

        def start_over() -> None:
            cursor.execute("ROLLBACK")
            cursor.execute(self._backend.begin)

        cursor.execute(self._backend.begin)
        outcomes = transact(self._backend, session, batch, start_over)
        cursor.execute("COMMIT")
        return outcomes

    def _connect(self) -> Session:
        if self._session is None:
            try:
                self._session = self._backend.open_session()
            except Exception as error:  # whatever the driver says, there is no connection
                raise OutageError(str(error)) from error
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _report(self, outcomes: list[Outcome]) -> None:
        if self._loop is not None and any(future is not None for future, _, _ in outcomes):
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                self._loop.call_soon_threadsafe(resolve, outcomes)
