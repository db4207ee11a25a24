"""Events that are made of another stream's: changed, held back, let go later."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Self

from fen.wire.answer import Event, Events
from fen.wire.errors import FenError


class Reshaped(ABC):
    """The events that `take` and `end` put into `ready`.

    Not a generator: closing one that was never begun would do nothing, and the upstream would go on.
    """

    def __init__(self, source: Events) -> None:
        self._source = source
        self._error: FenError | None = None
        self._ended = False
        self.ready: deque[Event] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises, after all that may still go out."""
        while not self.ready:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                raise StopAsyncIteration
            try:
                event = await anext(self._source)
            except StopAsyncIteration:
                self._finish(None)
            except FenError as failure:
                self._finish(failure)
            else:
                self.take(event)
        return self.ready.popleft()

    async def aclose(self) -> None:
        """Abort the call; what waits is dropped."""
        self._ended, self._error = True, None
        self.ready.clear()
        self.drop()
        await self._source.aclose()

    def _finish(self, failure: FenError | None) -> None:
        self._ended = True
        self._error = self.end(failure)

    @abstractmethod
    def take(self, event: Event) -> None:
        """Take the source's next event."""

    @abstractmethod
    def end(self, failure: FenError | None) -> FenError | None:
        """Let go what may still go out; returns the error to raise behind it.

        failure: what the source broke with, None where it ended.
        """

    @abstractmethod
    def drop(self) -> None:
        """Drop what waits."""
