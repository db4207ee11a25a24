"""The stage that holds back leaks: streams and whole answers, each channel of each choice on its own.

It sees an answer after its segments were put together and after the cache gave it out, so what it withholds
is withheld there too. A stream that was cut is read to its end all the same: its usage is then the vendor's
own, and the books are exact. (Closing it would save what the vendor has not written yet, for an estimate of
what it has.) What was cut goes to nobody.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from fen.gateway.said import read_said
from fen.gateway.shortening import shorten_answer
from fen.gateway.watcher import Mode, Watcher
from fen.gateway.withholding import Withheld
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.ports import Speech

__all__ = ["Mode", "Watcher", "watch_stream", "watch_whole"]


def watch_stream(stream: Stream, watcher: Watcher, speech: Speech = "openai") -> Stream:
    """Return the stream as the watcher lets it pass; closing it closes the stream."""
    if watcher.idle:
        return stream
    if watcher.mode == "observe":
        return Stream(_Observed(stream.events, watcher, speech))
    return Stream(Withheld(stream.events, watcher, speech))


def watch_whole(whole: Whole, watcher: Watcher, speech: Speech = "openai") -> Whole:
    """Return a whole answer as the watcher lets it pass: the same value where nothing was found."""
    if watcher.idle:
        return whole
    texts = read_said(msgspec.json.decode(whole.body), speech)
    if watcher.mode == "observe":
        for said in texts:
            watcher.feed(said.channel, said.text)
            watcher.end(said.channel)
        return whole
    if not watcher.glance((said.channel, said.text) for said in texts):
        return whole
    body = shorten_answer(whole.body, texts, watcher, speech)
    return whole if body is None else replace(whole, body=body)


class _Observed:
    """Events that pass as they come, and are looked at."""

    def __init__(self, source: Events, watcher: Watcher, speech: Speech) -> None:
        self._source = source
        self._watcher = watcher
        self._speech: Speech = speech
        self._open: set[str] = set()

    def __aiter__(self) -> _Observed:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises."""
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            self._finish()
            raise
        for said in read_said(msgspec.json.decode(event.data), self._speech):
            self._open.add(said.channel)
            self._watcher.feed(said.channel, said.text)
        return event

    async def aclose(self) -> None:
        """Abort the call; what came is looked at."""
        self._finish()
        await self._source.aclose()

    def _finish(self) -> None:
        for channel in self._open:
            self._watcher.end(channel)
        self._open.clear()
