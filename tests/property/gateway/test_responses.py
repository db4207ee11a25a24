"""A response says the same whole, streamed, and streamed through any cutting of the bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from fen.gateway import Reply
from fen.gateway.responses import respond
from fen.wire.request import Request
from fen.wire.sse import DONE, EventDecoder, frame

Json = dict[str, Any]
T = TypeVar("T")
HEAD: Json = {"id": "chatcmpl-1", "created": 5, "model": "gpt"}
HEADERS = (("x-fen-request-id", "req_7"),)

words = st.lists(st.text(min_size=1, max_size=6), max_size=4)
calls = st.lists(words, max_size=3)
finishes = st.sampled_from(["stop", "length", "content_filter", "tool_calls", None])
usages = st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits; a loop for each example would take longer than the test."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


def ask(reply: Reply, *, stream: bool) -> Reply:
    async def answer(request: Request) -> Reply:
        assert getattr(request.view, "stream", None) is (True if stream else None)
        return reply

    body = json.dumps({"model": "m", "input": "hi", "stream": stream}).encode()
    return run(respond(body, answer))


def ask_stream(data: bytes, sizes: list[int]) -> Json:
    """Return the response of a stream's last event; the chat completion's bytes are cut as given."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    pieces.append(data)

    async def rest() -> AsyncGenerator[bytes, None]:
        for piece in pieces[1:]:
            yield piece

    async def answer(_: Request) -> Reply:
        return Reply(HEADERS, pieces[0], rest())

    async def read() -> bytes:
        reply = await respond(b'{"model":"m","input":"hi","stream":true}', answer)
        assert reply.rest is not None
        return reply.body + b"".join([piece async for piece in reply.rest])

    events = [json.loads(payload) for payload in EventDecoder().feed(run(read()))]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events[-1]["response"]


def frames(deltas: list[Json], finish: str | None, usage: Json | None) -> bytes:
    chunks = [HEAD | {"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append(HEAD | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage is not None:
        chunks.append(HEAD | {"choices": [], "usage": usage})
    return b"".join(frame(json.dumps(chunk).encode()) for chunk in chunks) + frame(DONE)


@given(words, words, calls, finishes, usages, st.lists(st.integers(0, 80), max_size=30))
def test_a_stream_ends_in_the_whole_answer(
    thought: list[str],
    said: list[str],
    called: list[list[str]],
    finish: str | None,
    counts: tuple[int, int] | None,
    sizes: list[int],
) -> None:
    deltas: list[Json] = [{"reasoning_content": word} for word in thought]
    deltas += [{"content": word} for word in said]
    message: Json = {"reasoning_content": "".join(thought), "content": "".join(said), "tool_calls": []}
    for number, pieces in enumerate(called):
        head = {"index": number, "id": f"c{number}", "function": {"name": "f", "arguments": ""}}
        deltas.append({"tool_calls": [head]})
        deltas += [{"tool_calls": [{"index": number, "function": {"arguments": piece}}]} for piece in pieces]
        function = {"name": "f", "arguments": "".join(pieces)}
        message["tool_calls"].append({"id": f"c{number}", "function": function})
    usage = None
    if counts is not None:
        usage = {"prompt_tokens": counts[0], "completion_tokens": counts[1], "total_tokens": sum(counts)}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = json.dumps(HEAD | {"choices": [choice]} | ({"usage": usage} if usage else {})).encode()
    whole = json.loads(ask(Reply(HEADERS, body), stream=False).body)
    streamed = ask_stream(frames(deltas, finish, usage), sizes)
    assert _plain(streamed) == _plain(whole)


def _plain(response: Json) -> Json:
    """Without what differs: a stream tells extras as they come, and ends items before it knows of a cut."""
    response.pop("chat", None)
    for item in response["output"]:
        item.pop("status")
    return response
