"""However a stream cuts an answer, the client reads what it would of the whole: no mark, and all the rest."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway.unmarked import unmark_stream, unmark_whole
from fen.hierarchy.marking.marks import Key, Mark, make_mark, put_mark
from fen.hierarchy.marking.unmarking import unmark
from fen.hierarchy.reserved import reserve
from fen.wire.answer import Event, Stream, Whole
from fen.wire.ports import Speech
from tests.fakes.continuing import Events
from tests.sizes import pick

SIZE = settings(max_examples=pick(40, 200))
KEY = Key(bytes(range(32)), "tenant")
TEXTS = ("Open from nine to five.", "订单号是七。请在下午五点之前取件。", '{"a": [1, 2]}')
MARKS = tuple(make_mark(KEY, text, "datamark") for text in TEXTS)
ENCODED = make_mark(KEY, "Closed on Mondays.", "encode")
ALL = (*MARKS, ENCODED)
MARKED = tuple(put_mark(text, mark) for text, mark in zip(TEXTS, MARKS, strict=True))
PIECES = (*MARKED, put_mark("Closed on Mondays.", ENCODED), MARKS[0].word, MARKS[1].name, MARKS[2].opening)
RESERVED = reserve(("chatml",))

ordinary = st.sampled_from(
    ("<un", "<", "^", " the ", "<untrusted x>", "开", "\n", "</untrusted", "<\\|im_end|>")
)
said = st.lists(st.one_of(st.sampled_from(PIECES), ordinary), max_size=6).map("".join)
cuts = st.lists(st.integers(0, 400), max_size=12)


def _split(text: str, places: list[int]) -> list[str]:
    bounds = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(bounds)]


def _chunk(delta: dict[str, Any], index: int = 0, finish: str | None = None) -> Event:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return Event(msgspec.json.encode({"id": "c", "choices": [choice]}), finish=finish)


def _run(events: list[Event], speech: Speech = "openai") -> list[Any]:
    async def collect() -> list[Any]:
        stream = unmark_stream(Stream(Events(events)), ALL, RESERVED, speech)
        return [msgspec.json.decode(event.data) async for event in stream.events]

    return asyncio.run(collect())


def _told(trees: list[Any], name: str, index: int = 0) -> str:
    choices = [choice for tree in trees for choice in tree["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get(name) or "" for choice in choices)


def _clean(text: str) -> str:
    return unmark(text, ALL, RESERVED)


def test_the_texts_are_marked_and_come_back() -> None:
    for text, marked in zip(TEXTS, MARKED, strict=True):
        assert marked != text
        assert _clean(marked) == text
    assert isinstance(MARKS[0], Mark)


@SIZE
@given(said, said, cuts)
def test_reasoning_and_content_lose_their_marks(thought: str, content: str, places: list[int]) -> None:
    events = [_chunk({"reasoning_content": part}) for part in _split(thought, places)]
    events += [_chunk({"content": part}) for part in _split(content, places)]
    trees = _run([*events, _chunk({}, finish="stop")])
    assert _told(trees, "reasoning_content") == _clean(thought)
    assert _told(trees, "content") == _clean(content)
    assert trees[-1]["choices"][0]["finish_reason"] == "stop"  # nothing is said after the end


@SIZE
@given(said, said, cuts)
def test_choices_that_take_turns_lose_theirs(first: str, second: str, places: list[int]) -> None:
    parts = [_split(text, places) for text in (first, second)]
    events: list[Event] = []
    for at in range(max(map(len, parts))):
        events += [_chunk({"content": part[at]}, i) for i, part in enumerate(parts) if at < len(part)]
    trees = _run([*events, _chunk({}, 1, "stop"), _chunk({}, 0, "stop")])
    assert [_told(trees, "content", index) for index in (0, 1)] == [_clean(first), _clean(second)]


@SIZE
@given(said, cuts, st.booleans())
def test_a_stream_that_ends_without_a_finish_or_breaks_says_the_rest(
    content: str, places: list[int], last_has_text: bool
) -> None:
    parts = _split(content, places) or [""]
    events = [_chunk({"content": part}) for part in parts]
    if last_has_text:
        events[-1] = _chunk({"content": parts[-1]}, finish="stop")
    assert _told(_run(events), "content") == _clean(content)


@SIZE
@given(st.sampled_from(TEXTS), cuts)
def test_arguments_of_calls_stay_json(text: str, places: list[int]) -> None:
    mark = make_mark(KEY, text, "datamark")
    arguments = msgspec.json.encode({"body": put_mark(text, mark), "n": 1}).decode()
    head = {"index": 0, "id": "a", "type": "function", "function": {"name": "send", "arguments": ""}}
    bodies = [{"index": 0, "function": {"arguments": part}} for part in _split(arguments, places)]
    events = [_chunk({"tool_calls": [call]}) for call in (head, *bodies)]
    trees = _run([*events, _chunk({}, finish="tool_calls")])
    calls = [call for tree in trees for call in tree["choices"][0]["delta"].get("tool_calls", ())]
    assert {call["index"] for call in calls} == {0}
    told = "".join(call["function"]["arguments"] for call in calls)
    assert msgspec.json.decode(told) == {"body": text, "n": 1}


@SIZE
@given(said, cuts)
def test_details_inside_lists_lose_theirs(content: str, places: list[int]) -> None:
    """Members that cannot be cut in two are held back as well, and lose nothing."""
    events = [
        _chunk({"reasoning_details": [{"index": 0, "type": "reasoning.text", "text": part}]})
        for part in _split(content, places)
    ]
    trees = _run([*events, _chunk({}, finish="stop")])
    deltas = [tree["choices"][0]["delta"] for tree in trees]
    told = [detail for delta in deltas for detail in delta.get("reasoning_details", ())]
    assert "".join(detail["text"] for detail in told) == _clean(content)


@SIZE
@given(said, said, cuts)
def test_blocks_of_anthropics_lose_theirs_before_they_stop(
    thought: str, content: str, places: list[int]
) -> None:
    events = [{"type": "message_start", "message": {"role": "assistant", "content": []}}]
    for index, (kind, member, text) in enumerate(
        (("thinking", "thinking", thought), ("text", "text", content))
    ):
        parts = _split(text, places) or [""]
        events.append(
            {"type": "content_block_start", "index": index, "content_block": {"type": kind, member: parts[0]}}
        )
        for part in parts[1:]:
            delta = {"type": f"{member}_delta", member: part}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    made = [Event(msgspec.json.encode(event)) for event in events]
    trees = _run([*made, Event(msgspec.json.encode(end), finish="stop")], "anthropic")
    told, opened = ["", ""], -1
    for tree in trees:
        if tree["type"] == "content_block_start":
            opened = tree["index"]
            told[opened] += tree["content_block"].get("text") or tree["content_block"].get("thinking") or ""
        elif tree["type"] == "content_block_delta":
            assert tree["index"] == opened  # none after its block's stop
            told[opened] += tree["delta"].get("text", tree["delta"].get("thinking"))
        elif tree["type"] == "content_block_stop":
            assert tree["index"] == opened
            opened = -1
    assert told == [_clean(thought), _clean(content)]


@SIZE
@given(said, said)
def test_whole_answers_say_the_same_as_streams(first: str, second: str) -> None:
    choices = [{"index": i, "message": {"content": text}} for i, text in enumerate((first, second))]
    whole = Whole(msgspec.json.encode({"choices": choices}))
    told = unmark_whole(whole, ALL, RESERVED, "openai")
    if (first, second) == (_clean(first), _clean(second)):
        assert told is whole
    found = [choice["message"]["content"] for choice in msgspec.json.decode(told.body)["choices"]]
    assert found == [_clean(first), _clean(second)]


@SIZE
@given(cuts)
def test_tokens_of_a_changed_text_are_not_told(places: list[int]) -> None:
    events: list[Event] = []
    for part in _split(MARKED[0], places):
        choice = {"index": 0, "delta": {"content": part}, "logprobs": {"content": [{"token": part}]}}
        events.append(Event(msgspec.json.encode({"choices": [choice]})))
    trees = _run([*events, _chunk({}, finish="stop")])
    tokens = [
        entry["token"]
        for tree in trees
        for choice in tree["choices"]
        for entry in (choice.get("logprobs") or {}).get("content", ())
    ]
    assert MARKS[0].word not in "".join(tokens)
    assert MARKS[0].name not in "".join(tokens)
