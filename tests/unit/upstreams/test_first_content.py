"""When a stream counts as begun, so that its deadline is no longer the one for the first content."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from fen.upstreams._messages import MessageEvents
from fen.upstreams._reading import EventReader
from fen.upstreams.response import Response


class Body:
    """A response whose events come one at a time; `began` is how many had been handed out by then."""

    def __init__(self, *events: Any) -> None:
        self.pieces = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
        self.waits = False
        self.read_so_far = 0
        self.began: int | None = None

    def await_content(self) -> None:
        self.waits = True

    def content_came(self) -> None:
        assert self.waits
        assert self.began is None
        self.began = self.read_so_far

    async def read(self) -> bytes:
        self.read_so_far += 1
        return self.pieces.pop(0) if self.pieces else b""

    def leave(self) -> None: ...

    def close(self) -> None: ...


def chunk(finish: str | None = None, **delta: Any) -> Any:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


TOOL = [{"index": 0, "id": "call_1", "function": {"name": "look", "arguments": ""}}]
ROLE, END = chunk(role="assistant", content=""), chunk("stop")


@pytest.mark.parametrize(
    ("events", "began"),
    [
        ([ROLE, chunk(content="a"), END], 2),
        ([ROLE, chunk(reasoning_content="hm"), chunk(content="a"), END], 2),
        ([ROLE, chunk(tool_calls=TOOL), END], 2),
        ([ROLE, END], 2),
        ([ROLE, *[chunk(audio={"data": "AAAA"})] * 12, END], 9),
    ],
    ids=["text", "reasoning", "tool", "nothing", "audio"],
)
async def test_openais_stream_begins_with_its_first_content(events: list[Any], began: int) -> None:
    body = Body(*events)
    assert len([event async for event in EventReader(cast(Response, body))]) == len(events)
    assert body.began == began


async def test_anthropics_stream_begins_with_its_first_content() -> None:
    start = {"type": "message_start", "message": {"role": "assistant", "content": []}}
    text = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    body = Body(start, {"type": "ping"}, {"type": "ping"}, text, end, {"type": "message_stop"})
    assert len([event async for event in MessageEvents(cast(Response, body))]) == 6
    assert body.began == 4
