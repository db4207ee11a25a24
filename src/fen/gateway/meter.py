"""A stream that counts itself, and settles its own entry before its end is passed on."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress

from msgspec.structs import replace

from fen.gateway.call import Parts
from fen.gateway.measure import output_tokens
from fen.gateway.records import Outcome
from fen.gateway.settlement import CLOSED_REQUEST, Attempt, close_books, release
from fen.wire.answer import Event, Events
from fen.wire.errors import BooksUnavailable, UpstreamFailed
from fen.wire.usage import Usage

CHECKPOINT_SECONDS = 1.0
"""How often an open stream writes down what it has produced; a crash is settled from there."""

PATIENCE = 8
"""Events without content that are kept back; a stream that says more than so many has begun all the same."""


class Metered:
    """The events of one attempt.

    However they end, its entry is settled once: at their end, at an error, or by closing them. Not a
    generator: closing one that was never begun would do nothing, and the hold would stay open.
    """

    def __init__(self, attempt: Attempt, parts: Parts, source: Events) -> None:
        self._attempt = attempt
        self._parts = parts
        self._source = source
        self._head: deque[Event] = deque()
        self._usage: Usage | None = None
        self._flags: tuple[str, ...] = ()
        self._first_ns: int | None = None
        self._begun = self._closed = self._finished = False
        self._produced = self._events = 0
        self._due = time.monotonic() + CHECKPOINT_SECONDS

    def __aiter__(self) -> Metered:
        return self

    async def accept(self) -> None:
        """Wait for the first content, or for the end.

        Raises what the upstream raises before; that has then cost nothing, and may be tried elsewhere.
        """
        head: list[Event] = []
        try:
            while not self._begun and len(head) < PATIENCE:
                head.append(await anext(self))
        except StopAsyncIteration:
            pass
        except UpstreamFailed:
            raise
        except BaseException:
            await self.aclose()
            raise
        self._begun = True
        self._head.extend(head)

    async def __anext__(self) -> Event:
        """Return the next event; raises UpstreamFailed, and BooksUnavailable where it cannot be settled."""
        if self._head:
            return self._head.popleft()
        if self._closed:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            await self._finish()
            raise
        except UpstreamFailed as error:
            await self._break(error)
            raise StopAsyncIteration from None
        if event.produced:
            self._note_content(event.produced)
        if event.finish is not None:
            self._finished = self._begun = True
        if event.usage is not None:
            self._usage, self._flags = event.usage, event.flags
        return event

    async def aclose(self) -> None:
        """Abort the call; what it produced is settled. Books that are away are in the log."""
        await self._source.aclose()
        self._head.clear()
        if self._closed:
            return
        self._closed = True
        left = self._outcome() if self._complete else self._estimate(CLOSED_REQUEST, "disconnected")
        with suppress(BooksUnavailable):
            await close_books(self._attempt, self._parts, left)

    def _note_content(self, produced: int) -> None:
        self._produced += produced
        self._events += 1
        if self._first_ns is None:
            self._begun, self._first_ns = True, time.time_ns()
        now = time.monotonic()
        if now >= self._due:
            self._due = now + CHECKPOINT_SECONDS
            written = output_tokens(self._produced, self._events)
            self._parts.book.checkpoint(self._attempt.hold.id, written)

    @property
    def _complete(self) -> bool:
        """Whether the answer has finished and its usage is known: nothing more can come of it."""
        return self._finished and self._usage is not None

    async def _finish(self) -> None:
        self._closed = True
        try:
            await close_books(self._attempt, self._parts, self._outcome())
        finally:
            await self._source.aclose()

    async def _break(self, error: UpstreamFailed) -> None:
        """Settle a stream that broke, for which the key pays nothing, and raise the error again.

        Where it broke after all had come, nothing is raised.
        """
        if self._complete:
            await self._finish()
            return
        self._closed = True
        await self._source.aclose()
        if not self._begun:
            await release(self._attempt, self._parts, error)
            raise error
        outcome = self._estimate(error.status, error.code or error.type)
        with suppress(BooksUnavailable):  # it is in the log; the client is told the first error
            await close_books(self._attempt, self._parts, replace(outcome, charged=False))
        raise error

    def _outcome(self) -> Outcome:
        if self._usage is None:
            return self._estimate(200, "no_usage")
        return Outcome(200, self._usage, flags=self._flags, first_ns=self._first_ns)

    def _estimate(self, status: int, reason: str) -> Outcome:
        written = output_tokens(self._produced, self._events)
        return self._attempt.estimate(status, reason, written, self._first_ns)
