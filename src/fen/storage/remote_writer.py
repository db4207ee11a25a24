"""A server's writer: one thread talks to it, so that the event loop never waits for the network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar, TypeVarTuple

from fen.storage.backend import Backend, Session
from fen.storage.batch import Job, OutageError, Outcome, refuse, resolve, transact
from fen.storage.statement import Cursor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_log = logging.getLogger("fen.storage")
_BATCH = 512
_SHORTEST, _LONGEST = 0.05, 2.0


class RemoteWriter:
    """The Writer of a database server: one thread with a connection of its own.

    While the server is away, the thread connects again and again, for as long as the patience lasts.
    """

    def __init__(self, backend: Backend, patience: float = 30.0) -> None:
        self._backend = backend
        self._patience = patience
        self._queue: SimpleQueue[Job | None] = SimpleQueue()  # None wakes the thread
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session | None = None
        self._closing = Event()
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
        self._closing.set()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _put(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        if self._closing.is_set():
            raise RuntimeError("found a closed storage, expected an open one")
        if loop is not self._loop:
            if self._loop is not None:
                raise RuntimeError("found a second event loop, expected the one that used this storage first")
            self._loop = loop
        self._queue.put(job)

    def _serve(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            first = self._queue.get()
            if first is not None:
                self._report(self._apply([first, *self._take(_BATCH - 1)]))
        self._disconnect()

    def _take(self, most: int) -> list[Job]:
        """Take what is queued just now."""
        taken: list[Job] = []
        with contextlib.suppress(Empty):
            while len(taken) < most:
                job = self._queue.get_nowait()
                if job is not None:
                    taken.append(job)
        return taken

    def _apply(self, batch: list[Job]) -> list[Outcome]:
        deadline, pause = time.monotonic() + self._patience, _SHORTEST
        while True:
            try:
                return self._attempt(batch)
            except OutageError as outage:
                if time.monotonic() + pause > deadline or self._closing.is_set():
                    return self._give_up(batch, outage)
                _log.warning("the database is away, trying again in %.2f s: %s", pause, outage)
            except Exception as error:  # noqa: BLE001  whatever the driver says, every caller is answered
                return self._give_up(batch, error)
            self._closing.wait(pause)
            pause = min(pause * 2, _LONGEST)

    def _attempt(self, batch: list[Job]) -> list[Outcome]:
        try:
            return self._transact(self._connect(), batch)
        except Exception as error:
            self._disconnect()  # the transaction is in no known state; a new connection has none
            if self._backend.is_outage(error):
                raise OutageError(str(error).partition("\n")[0]) from error
            raise

    def _transact(self, session: Session, batch: list[Job]) -> list[Outcome]:
        cursor = session.cursor

        def start_over() -> None:
            cursor.execute("ROLLBACK")
            cursor.execute(self._backend.begin)

        cursor.execute(self._backend.begin)
        outcomes = transact(self._backend, cursor, batch, start_over)
        cursor.execute("COMMIT")
        return outcomes

    def _give_up(self, batch: list[Job], error: Exception) -> list[Outcome]:
        """Answer the batch and all that queued behind it: they waited for the same outage."""
        waiting = [*batch, *self._take(self._queue.qsize())]
        _log.error("the books cannot be written, %d writes were given up: %s", len(waiting), error)
        return refuse(waiting, error)

    def _connect(self) -> Session:
        if self._session is None:
            self._session = self._backend.open_session()
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _report(self, outcomes: list[Outcome]) -> None:
        if self._loop is not None and any(future is not None for future, _, _ in outcomes):
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                self._loop.call_soon_threadsafe(resolve, outcomes)
