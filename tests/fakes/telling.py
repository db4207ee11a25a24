"""An upstream that says what a test tells it to, whole or in pieces, and waits between them where told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tests.fakes.plan import Step, reply, stream_steps
from tests.fakes.script import Script
from tests.fakes.upstream import Connection, FakeUpstream, Record

READ, WRITTEN = 20, 10
"""Tokens that every answer reports."""


class Telling(FakeUpstream):
    """pieces: of what it says, events of a stream; None waits until released. A whole answer waits first."""

    def __init__(self, pieces: Sequence[str | None] = ()) -> None:
        super().__init__()
        self.pieces = pieces

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _Saying(self)


class _Saying(Connection):
    def __init__(self, fake: Telling) -> None:
        super().__init__(fake)
        self._telling = fake

    def plan(self, record: Record) -> Iterator[Step]:
        """Return the answer as it is wanted at this moment."""
        asked, pieces = record.json, tuple(self._telling.pieces)
        if asked.get("stream"):
            return stream_steps(_stream(asked["model"], pieces), Script())
        return _tell(asked["model"], pieces)


def _tell(model: str, pieces: Sequence[str | None]) -> Iterator[Step]:
    if None in pieces:
        yield Step("stall")
    said = "".join(piece for piece in pieces if piece is not None)
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    answer = {**_head(model, "chat.completion"), "choices": [choice], "usage": _USAGE}
    yield Step("write", reply(200, msgspec.json.encode(answer)), WRITTEN)
    yield Step("end")


def _stream(model: str, pieces: Sequence[str | None]) -> Iterator[Step]:
    head = _head(model, "chat.completion.chunk")
    for piece in pieces:
        if piece is None:
            yield Step("stall")
        else:
            delta = {"role": "assistant", "content": piece}
            yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}, 1)
    yield _event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _event({**head, "choices": [], "usage": _USAGE})
    yield Step("write", b"data: [DONE]\n\n")
    yield Step("end")


def _event(data: dict[str, Any], tokens: int = 0) -> Step:
    return Step("write", b"data: " + msgspec.json.encode(data) + b"\n\n", tokens)


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": "told", "object": kind, "created": 0, "model": model}


_USAGE = {"prompt_tokens": READ, "completion_tokens": WRITTEN, "total_tokens": READ + WRITTEN}
