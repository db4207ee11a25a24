"""Reading a chat answer as it streams: its text, its reasoning, and at its end what it came to."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import msgspec

from fen.conversations import Receipt
from fen.gateway import Reply
from fen.gateway.guarding import HEADER as GUARD_HEADER
from fen.gateway.route import HEADER as ROUTE_HEADER
from fen.wire.answer import ChunkChoice, FenChunk, join_text
from fen.wire.errors import UpstreamFailed
from fen.wire.sse import DONE, EventDecoder

REQUEST_HEADER, MODEL_HEADER, CUT_HEADER = "x-fen-request-id", "x-fen-model", "x-fen-max-tokens"


class Thought(msgspec.Struct, frozen=True):
    """A piece of the reasoning that a model shows beside its answer."""

    text: str


Piece = str | Thought | Receipt
"""A piece of the answer's text, one of its reasoning, or what it came to."""

_read_chunk = msgspec.json.Decoder(FenChunk).decode


class StreamReader:
    """Reads one stream of OpenAI's format; its clock, in seconds, starts when it is made.

    model: that was asked, told where the answer names none. headers: set once the answer's are known.
    """

    def __init__(self, model: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self.headers: Mapping[str, str] = {}
        self._model = model
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._finish: str | None = None

    def take(self, payload: bytes) -> list[Piece]:
        """Return the pieces of one event; raises UpstreamFailed with the message of an error event."""
        if payload == DONE:
            return []
        chunk = _read_chunk(payload)
        if chunk.error is not None:
            raise _read_error(chunk.error)
        pieces: list[Piece] = []
        for choice in chunk.choices or ():
            self._finish = choice.finish_reason or self._finish
            pieces += _read_choice(choice)
        if pieces and self._first is None:
            self._first = self._clock() - self._started
        if chunk.fen is not None and chunk.usage is not None:
            pieces.append(self._write_receipt(chunk))
        return pieces

    def describe(self, receipt: Receipt) -> Receipt:
        """Return a receipt with what this stream has shown: times, how it ended, and the headers' facts."""
        cut = self.headers.get(CUT_HEADER)
        return msgspec.structs.replace(
            receipt,
            first_seconds=self._first,
            seconds=self._clock() - self._started,
            finish=self._finish,
            route=self.headers.get(ROUTE_HEADER),
            guard=self.headers.get(GUARD_HEADER),
            cut_to=int(cut) if cut is not None and cut.isdecimal() else None,
        )

    def _write_receipt(self, chunk: FenChunk) -> Receipt:
        figures, usage = chunk.fen, chunk.usage
        assert figures is not None
        assert usage is not None
        return self.describe(
            Receipt(
                request_id=figures.request_id,
                model=figures.model or self._model,
                prompt_tokens=usage.prompt_tokens or 0,
                completion_tokens=usage.completion_tokens or 0,
                cost=figures.money,
                certainty=figures.certainty,
                attempts=figures.attempts,
                segments=figures.segments,
            )
        )


async def read_payloads(reply: Reply) -> AsyncGenerator[bytes, None]:
    """Yield the payloads of a streamed reply's events; closing it ends the call, and settles it."""
    assert reply.rest is not None
    decoder = EventDecoder()
    try:
        for payload in decoder.feed(reply.body):
            yield payload
        async for frames in reply.rest:
            for payload in decoder.feed(frames):
                yield payload
    finally:
        await reply.rest.aclose()


def _read_choice(choice: ChunkChoice) -> list[Piece]:
    delta = choice.delta
    if delta is None:
        return []
    pieces: list[Piece] = []
    if thought := join_text(delta.reasoning_content) or join_text(delta.reasoning):
        pieces.append(Thought(thought))
    if text := join_text(delta.content) or delta.refusal or "":
        pieces.append(text)
    return pieces


def _read_error(told: Any) -> UpstreamFailed:
    if not isinstance(told, dict):
        return UpstreamFailed(str(told))
    error: dict[str, Any] = told  # pyright: ignore[reportUnknownVariableType]
    code = error.get("code")
    return UpstreamFailed(str(error.get("message", error)), code=code if isinstance(code, str) else None)
