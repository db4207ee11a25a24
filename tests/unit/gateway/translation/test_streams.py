"""Streams in the other format, event by event."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fen.gateway.translation import ChunkWriter, EventWriter, Piece, TranslatedEvents, Translator
from fen.wire.answer import Event
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage
from tests.fakes.assembling import assemble_chunks, assemble_events

Json = dict[str, Any]
START: Json = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1},
    },
}
END: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
STOP: Json = {"type": "message_stop"}


def begin(index: int, block: Json) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **said: str) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **said}}


def stop(index: int) -> Json:
    return {"type": "content_block_stop", "index": index}


def chunk(finish: str | None = None, **said: Any) -> Json:
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 5, "model": "gpt", "choices": [choice]}


def call(index: int | None, arguments: str, **head: str) -> Json:
    function: Json = {"arguments": arguments} | ({"name": head.pop("name")} if "name" in head else {})
    piece: Json = {"function": function} | head
    return chunk(tool_calls=[piece if index is None else piece | {"index": index}])


USAGE: Json = {
    "id": "c",
    "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
}


def run(translator: Translator, events: list[Json]) -> list[Piece]:
    pieces = [piece for event in events for piece in translator.feed(json.dumps(event).encode())]
    return pieces + translator.close(Usage(input=1, output=2))


def trees(pieces: list[Piece]) -> list[Json]:
    return [json.loads(piece.data) for piece in pieces]


def test_events_become_chunks_with_usage_at_their_end() -> None:
    text = [begin(0, {"type": "text", "text": ""}), delta(0, "text_delta", text="Hel"), {"type": "ping"}]
    pieces = run(ChunkWriter(7), [START, *text, delta(0, "text_delta", text="lo"), stop(0), END, STOP])
    head = {"id": "msg_1", "object": "chat.completion.chunk", "created": 7, "model": "claude"}
    deltas = [{"role": "assistant", "content": ""}, {"content": "Hel"}, {"content": "lo"}]
    assert trees(pieces) == [
        *[head | {"choices": [{"index": 0, "delta": said, "finish_reason": None}]} for said in deltas],
        head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        head
        | {
            "choices": [],
            "usage": {
                "prompt_tokens": 15,
                "completion_tokens": 4,
                "total_tokens": 19,
                "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        },
    ]
    assert [(piece.finish, piece.usage, piece.bare) for piece in pieces[-2:]] == [
        (True, False, False),
        (False, True, True),
    ]


def test_parallel_calls_become_indexed_pieces() -> None:
    tools = [
        begin(0, {"type": "tool_use", "id": "a", "name": "f", "input": {}}),
        delta(0, "input_json_delta", partial_json=""),
        delta(0, "input_json_delta", partial_json='{"x"'),
        delta(0, "input_json_delta", partial_json=": 1}"),
        stop(0),
        begin(1, {"type": "tool_use", "id": "b", "name": "g", "input": {}}),
        stop(1),
    ]
    made = assemble_chunks([piece.data for piece in run(ChunkWriter(7), [START, *tools, END, STOP])])
    assert made["message"]["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_thinking_becomes_reasoning_and_a_block_to_send_back() -> None:
    thinking = [
        begin(0, {"type": "thinking", "thinking": "", "signature": ""}),
        delta(0, "thinking_delta", thinking="wh"),
        delta(0, "thinking_delta", thinking="y"),
        delta(0, "signature_delta", signature="s"),
        stop(0),
        begin(1, {"type": "redacted_thinking", "data": "r"}),
        stop(1),
    ]
    made = assemble_chunks([piece.data for piece in run(ChunkWriter(7), [START, *thinking, END, STOP])])
    assert made["message"]["reasoning_content"] == "why"
    assert made["message"]["thinking_blocks"] == [
        {"type": "thinking", "thinking": "why", "signature": "s"},
        {"type": "redacted_thinking", "data": "r"},
    ]


def test_what_chunks_have_no_place_for_rides_along_once() -> None:
    usage = {"output_tokens": 1, "service_tier": "standard"}
    start = START | {"message": START["message"] | {"usage": usage, "container": {"id": "c"}}}
    cited = {"type": "content_block_delta", "index": 0}
    events = [
        start,
        begin(0, {"type": "text", "text": ""}),
        cited | {"delta": {"type": "citations_delta", "citation": {"page": 1}}},
        {"type": "weather", "rain": True},
        delta(0, "text_delta", text="x"),
        stop(0),
        END
        | {"delta": {"stop_reason": "stop_sequence", "stop_sequence": "END"}, "usage": usage | {"extra": 1}},
    ]
    told = [tree["anthropic"] for tree in trees(run(ChunkWriter(7), events)) if "anthropic" in tree]
    assert told == [
        {"usage": {"service_tier": "standard"}, "container": {"id": "c"}},
        {
            "content": [{"index": 0, "citations": [{"page": 1}]}],
            "events": [{"type": "weather", "rain": True}],
        },
        {"usage": {"extra": 1}, "stop_reason": "stop_sequence", "stop_sequence": "END"},
    ]


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
        [START, begin(0, {"type": "server_tool_use", "id": "a", "name": "n", "input": {}})],
        [START, delta(3, "text_delta", text="x")],
        [START, begin(0, {"type": "text", "text": ""}), delta(0, "odd_delta", text="x")],
        [{"no": "type"}],
    ],
)
def test_events_that_cannot_be_translated_are_the_upstreams_fault(events: list[Json]) -> None:
    with pytest.raises(UpstreamFailed):
        run(ChunkWriter(7), events)


def test_chunks_become_events_with_usage_and_reason_at_their_end() -> None:
    chunks = [chunk(role="assistant", content=""), chunk(content="Hel"), chunk(content="lo"), chunk("stop")]
    pieces = run(EventWriter(), [*chunks, USAGE])
    message = START["message"] | {
        "id": "c",
        "model": "gpt",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    usage = {
        "input_tokens": 9,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 3,
    }
    assert trees(pieces) == [
        {"type": "message_start", "message": message},
        begin(0, {"type": "text", "text": ""}),
        delta(0, "text_delta", text="Hel"),
        delta(0, "text_delta", text="lo"),
        stop(0),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": usage,
        },
        STOP,
    ]
    assert [(piece.finish, piece.usage, piece.bare) for piece in pieces[-2:]] == [
        (True, True, False),
        (False, False, False),
    ]


def test_usage_that_never_came_is_estimated() -> None:
    made = assemble_events([piece.data for piece in run(EventWriter(), [chunk(content="x"), chunk("stop")])])
    assert (made["usage"]["input_tokens"], made["usage"]["output_tokens"]) == (1, 2)


def test_stream_without_a_chunk_is_an_empty_message() -> None:
    made = assemble_events([piece.data for piece in run(EventWriter(), [])])
    assert (made["content"], made["stop_reason"]) == ([], None)


def test_calls_that_come_one_after_the_other_end_before_the_next_begins() -> None:
    chunks = [
        chunk(reasoning_content="why"),
        chunk(content="so"),
        call(0, "", id="a", name="f"),
        call(0, '{"x":'),
        call(0, "1}"),
        call(1, "{}", id="b", name="g"),
        chunk("tool_calls"),
    ]
    events = trees(run(EventWriter(), chunks))
    assert [(event["type"].removeprefix("content_block_"), event.get("index")) for event in events[1:-2]] == [
        ("start", 0),
        ("delta", 0),
        ("stop", 0),
        ("start", 1),
        ("delta", 1),
        ("stop", 1),
        ("start", 2),
        ("delta", 2),
        ("delta", 2),
        ("stop", 2),
        ("start", 3),
        ("delta", 3),
        ("stop", 3),
    ]


def test_calls_side_by_side_stay_open_until_they_are_whole() -> None:
    chunks = [
        call(0, '{"x"', id="a", name="f"),
        call(1, '{"y"', id="b", name="g"),
        call(0, ":1}"),
        call(1, ":2}"),
        chunk("tool_calls"),
    ]
    made = assemble_events([piece.data for piece in run(EventWriter(), chunks)])
    assert [block["input"] for block in made["content"]] == [{"x": 1}, {"y": 2}]


def test_pieces_without_an_index_and_heads_in_two_pieces_are_understood() -> None:
    chunks = [
        call(None, "", id="a"),
        call(None, '{"x":1}', name="f"),
        call(None, "{}", id="b", name="g"),
        call(0, " "),
        chunk("stop"),
    ]
    made = assemble_events([piece.data for piece in run(EventWriter(), chunks)])
    assert made["content"] == [
        {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
        {"type": "tool_use", "id": "b", "name": "g", "input": {}},
    ]
    assert made["stop_reason"] == "tool_use"


def test_what_events_have_no_place_for_rides_along_once() -> None:
    first = chunk(content="x") | {"system_fingerprint": "fp"}
    second: Json = chunk(content="y") | {"system_fingerprint": "fp", "obfuscation": "pad"}
    second["choices"][0]["logprobs"] = {"content": []}
    last = chunk("stop") | {"x_groq": {"id": 1}}
    told = [tree["openai"] for tree in trees(run(EventWriter(), [first, second, last])) if "openai" in tree]
    assert told == [
        {"system_fingerprint": "fp"},
        {"choice": {"logprobs": {"content": []}}},
        {"x_groq": {"id": 1}},
    ]


@pytest.mark.parametrize(
    "chunks",
    [
        [{"error": {"message": "no"}}],
        [chunk() | {"choices": [{"index": 1, "delta": {}}]}],
        [chunk(content=[{"type": "image_url"}])],
        [call(0, "{}", id="a")],
        [call(0, "{}", id="a", name="f"), chunk(content="x"), call(0, "more")],
        [call(0, "{}", id="a", name="f", type="custom")],
    ],
)
def test_chunks_that_cannot_be_translated_are_the_upstreams_fault(chunks: list[Json]) -> None:
    with pytest.raises(UpstreamFailed):
        run(EventWriter(), chunks)


class Source:
    """Events as an upstream gives them; it may break at their end."""

    def __init__(self, events: list[Event], breaks: bool = False) -> None:
        self._events = iter(events)
        self._breaks = breaks
        self.closed = 0

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        for event in self._events:
            return event
        if self._breaks:
            raise UpstreamFailed("it broke")
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


def as_event(tree: Json, produced: int = 0, **read: Any) -> Event:
    return Event(json.dumps(tree).encode(), produced, **read)


FIGURES = Usage(input=10, cached_input=5, output=4)
MESSAGES = [
    as_event(START),
    as_event(begin(0, {"type": "text", "text": ""})),
    as_event(delta(0, "text_delta", text="x"), 1),
    as_event(stop(0)),
    as_event(END, usage=FIGURES, flags=("odd",), finish="stop"),
    as_event(STOP),
]
CHUNKS = [
    as_event(call(0, "{", id="a"), 1),
    as_event(call(0, "}", name="f"), 2),
    as_event(chunk("tool_calls"), finish="tool_calls"),
    as_event(USAGE, usage=FIGURES, flags=("odd",), bare=True),
]


async def test_translated_chunks_carry_what_was_read() -> None:
    events = [event async for event in TranslatedEvents(Source(MESSAGES), ChunkWriter(7))]
    assert [event.produced for event in events] == [0, 1, 0, 0]
    assert [event.finish for event in events] == [None, None, "stop", None]
    assert [(event.usage, event.flags, event.bare) for event in events[-2:]] == [
        (None, (), False),
        (FIGURES, ("odd",), True),
    ]


@pytest.mark.parametrize("breaks", [False, True])
async def test_translated_events_carry_what_was_read_even_if_the_source_breaks_behind_it(
    breaks: bool,
) -> None:
    events = [event async for event in TranslatedEvents(Source(CHUNKS, breaks), EventWriter())]
    assert sum(event.produced for event in events) == 3
    [last] = [event for event in events if event.finish]
    assert (last.finish, last.usage, last.flags, last.bare) == ("tool_calls", FIGURES, ("odd",), False)
    assert json.loads(events[-1].data) == STOP


async def test_source_that_breaks_before_its_end_breaks_the_translation() -> None:
    translated = TranslatedEvents(Source(CHUNKS[:2], breaks=True), EventWriter())
    with pytest.raises(UpstreamFailed, match="it broke"):
        [_ async for _ in translated]


async def test_translation_that_fails_closes_the_source() -> None:
    source = Source([as_event(START), as_event(begin(0, {"type": "odd"}))])
    with pytest.raises(UpstreamFailed, match="odd"):
        [_ async for _ in TranslatedEvents(source, ChunkWriter(7))]
    assert source.closed == 1


async def test_closing_a_translation_closes_its_source_even_before_the_first_event() -> None:
    source = Source(MESSAGES)
    translated = TranslatedEvents(source, ChunkWriter(7))
    await translated.aclose()
    assert source.closed == 1
    assert [event async for event in translated] == []
