"""A stream's events in the other format, with what was read of them."""

from __future__ import annotations

from collections import deque

from msgspec.structs import replace

from fen.gateway.measure import output_tokens
from fen.gateway.translation.pieces import Piece, Translator
from fen.wire.answer import Event, Events
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage


class TranslatedEvents:
    """Events as they come, translated; usage and finish stand on the events that tell them to the client.

    Not a generator: closing one that was never begun would do nothing, and the upstream would go on.
    """

    def __init__(self, source: Events, translator: Translator) -> None:
        self._source = source
        self._translator = translator
        self._ready: deque[Event] = deque()
        self._seen = Event(b"")
        self._produced = self._events = 0
        self._ended = False

    def __aiter__(self) -> TranslatedEvents:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises UpstreamFailed."""
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            try:
                event = await anext(self._source)
            except StopAsyncIteration:
                self._finish()
            except UpstreamFailed:
                if self._seen.finish is None or self._seen.usage is None:
                    raise
                self._finish()  # it broke after all had come
            else:
                await self._take(event)
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Abort the call; nothing happens after the last event."""
        self._ended = True
        self._ready.clear()
        await self._source.aclose()

    def _finish(self) -> None:
        self._ended = True
        estimate = Usage(output=output_tokens(self._produced, self._events))
        self._ready += [self._carry(made, 0) for made in self._translator.close(estimate)]

    async def _take(self, event: Event) -> None:
        self._produced += event.produced
        self._events += bool(event.produced)
        if event.usage is not None:
            self._seen = replace(self._seen, usage=event.usage, flags=event.flags)
        if event.finish is not None:
            self._seen = replace(self._seen, finish=event.finish)
        try:
            pieces = self._translator.feed(event.data)
        except BaseException:
            await self.aclose()
            raise
        produced = event.produced
        for made in pieces:
            self._ready.append(self._carry(made, produced))
            produced = 0
        if not pieces and produced:  # it goes out with a later event
            self._seen = replace(self._seen, produced=self._seen.produced + produced)

    def _carry(self, made: Piece, produced: int) -> Event:
        seen = self._seen
        if seen.produced:
            produced += seen.produced
            self._seen = replace(seen, produced=0)
        return Event(
            made.data,
            produced,
            seen.usage if made.usage else None,
            seen.flags if made.usage else (),
            seen.finish if made.finish else None,
            made.bare and seen.usage is not None,
        )
