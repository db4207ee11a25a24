"""Listening to one side: a stream of the pipeline into a track, and at its end what the answer came to."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import msgspec

from fen.arena.battle import INTERRUPTED, Answer, Contender
from fen.arena.identity import LeakFilter
from fen.arena.track import Track
from fen.gateway import Caller, Reply
from fen.wire.answer import FenChunk, Figures, join_text
from fen.wire.errors import FenError, UpstreamFailed
from fen.wire.request import Request, parse_request
from fen.wire.sse import DONE, EventDecoder

Ask = Callable[[Request, Caller], Awaitable[Reply]]
"""Sends a request through the pipeline; raises FenError."""

CALLER = Caller(inside=True, pinned=True, cache="off")
"""Who asks for a side: the arena itself. No other model stands in, and no answer is another battle's."""

EMPTY = "the answer has no text"

_END = re.compile(r"[。！？!?;；\n]|\.(?=\s)")


_decode = msgspec.json.Decoder(FenChunk).decode


class Watch:
    """Looks for claims of an identity in both sides' sentences, as they end, and remembers one."""

    def __init__(self, leaks: LeakFilter) -> None:
        self.spoilt = False
        self._leaks = leaks

    def look(self, sentences: str) -> None:
        """Look at sentences that are whole."""
        self.spoilt = self.spoilt or self._leaks.spoils(sentences)


class Listener:
    """Asks one contender and takes in what it says."""

    def __init__(self, contender: Contender, watch: Watch) -> None:
        self.track = Track()
        self._contender = contender
        self._watch = watch
        self._tail = ""  # what is not yet a whole sentence
        self._tokens = 0
        self._figures = Figures()

    async def listen(self, ask: Ask, messages: list[dict[str, Any]], max_tokens: int | None) -> Answer:
        """Return the answer; one with an error where there is none, or it broke off."""
        started = time.perf_counter()
        error: str | None = INTERRUPTED
        try:
            await self._read(await ask(make_request(self._contender, messages, max_tokens), CALLER))
            self._look(self.track.end())
            error = EMPTY if self.track.failed else None
        except FenError as failure:
            error = f"{failure.status} {failure.code or failure.type}: {failure.message}"
        finally:
            if not self.track.whole:
                self.track.fail()  # whatever it was: nobody waits for more
        self._watch.look(self._tail)
        return self._describe(error, time.perf_counter() - started)

    def stop(self) -> Answer:
        """Return what was said by a side that was not waited for."""
        return self._describe(INTERRUPTED, 0.0)

    async def _read(self, reply: Reply) -> None:
        if reply.rest is None:
            raise UpstreamFailed("found a whole answer, expected a stream")
        decoder = EventDecoder()
        async with aclosing(reply.rest) as rest:
            self._take(decoder.feed(reply.body))
            async for piece in rest:
                self._take(decoder.feed(piece))

    def _take(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            if payload == DONE:
                continue
            try:
                chunk = _decode(payload)
            except msgspec.DecodeError as fault:
                raise UpstreamFailed(f"found a chunk that is none: {fault}") from None
            if chunk.error is not None:
                raise UpstreamFailed(str(chunk.error))
            if chunk.usage is not None:
                self._tokens = chunk.usage.completion_tokens or self._tokens
            self._figures = chunk.fen or self._figures
            for choice in chunk.choices or ():
                if choice.index == 0 and choice.delta is not None:
                    text = join_text(choice.delta.content) or choice.delta.refusal or ""
                    self._look(self.track.feed(text))

    def _look(self, said: str) -> None:
        """Look for claims in the sentences that have ended."""
        self._tail += said
        ends = [match.end() for match in _END.finditer(self._tail)]
        if ends:
            self._watch.look(self._tail[: ends[-1]])
            self._tail = self._tail[ends[-1] :]

    def _describe(self, error: str | None, seconds: float) -> Answer:
        figures = self._figures
        return Answer(self.track.text, self._tokens, figures.money, seconds, figures.request_id, error)


def make_request(contender: Contender, messages: list[dict[str, Any]], max_tokens: int | None) -> Request:
    """Return the request of one side; raises InvalidRequest."""
    body: dict[str, Any] = {
        "model": contender.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return parse_request("openai.chat", msgspec.json.encode(body | contender.settings))
