"""Laws of translation: meaning survives the way there and back, streams say what whole answers say, and
nothing is dropped.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway.translation import (
    ChunkWriter,
    EventWriter,
    Translator,
    answer_to_anthropic,
    answer_to_openai,
    request_to_anthropic,
    request_to_openai,
)
from fen.gateway.translation.figures import anthropic_usage
from fen.wire.anthropic import AnthropicUsage, read_anthropic_usage
from fen.wire.errors import Unsupported
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage, write_openai_usage
from tests.fakes.assembling import assemble_chunks, assemble_events
from tests.sizes import pick

Json = dict[str, Any]

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
names = st.text("abcxyz_", min_size=1, max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
trees = st.dictionaries(words, values, max_size=3)


def members(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=optional)


# Requests

text_parts = st.builds(lambda text: {"type": "text", "text": text}, words)
images = st.sampled_from(["data:image/png;base64,iVBORw0KGgo=", "https://example.com/a.webp"]).map(
    lambda url: {"type": "image_url", "image_url": {"url": url}}
)
files = words.map(
    lambda name: {
        "type": "file",
        "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": name},
    }
)
texts = words | st.lists(text_parts, min_size=1, max_size=3)
calls = st.builds(
    lambda call_id, name, arguments: {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    },
    names,
    names,
    trees,
)
system = st.builds(
    lambda role, content: {"role": role, "content": content}, st.sampled_from(["system", "developer"]), texts
)
user = st.builds(
    lambda content: {"role": "user", "content": content},
    words | st.lists(text_parts | images | files, min_size=1, max_size=3),
)


def answered(content: Any, thinking: str, called: list[Json], result: Any) -> list[Json]:
    """An assistant's turn, with the results of the tools that it called."""
    turn: Json = {"role": "assistant", "content": content}
    if thinking:
        turn["reasoning_content"] = thinking
        turn["thinking_blocks"] = [{"type": "thinking", "thinking": thinking, "signature": "s"}]
    if called:
        turn["tool_calls"] = called
    return [turn, *({"role": "tool", "tool_call_id": call["id"], "content": result} for call in called)]


assistant = st.builds(answered, texts, words | st.just(""), st.lists(calls, max_size=2), texts)
conversations = st.builds(
    lambda first, turns: [*first, *(message for turn in turns for message in turn)],
    st.lists(system, max_size=2),
    st.lists(
        user.map(lambda message: [message]) | assistant | system.map(lambda message: [message]), max_size=3
    ).map(lambda turns: [[{"role": "user", "content": "hi"}], *turns]),
)
tools = st.builds(
    lambda name, schema, more: {"type": "function", "function": {"name": name, "parameters": schema, **more}},
    names,
    trees,
    members(description=words, strict=st.booleans()),
)
tool_choices = st.sampled_from(["auto", "none", "required"]) | names.map(
    lambda name: {"type": "function", "function": {"name": name}}
)
with_tools = st.builds(
    lambda found, more: {"tools": found, **more},
    st.lists(tools, min_size=1, max_size=2),
    members(tool_choice=tool_choices, parallel_tool_calls=st.booleans()),
)
formats = st.just({"type": "text"}) | trees.map(
    lambda schema: {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
)
options = members(
    temperature=st.floats(0, 1),
    top_p=st.floats(0, 1),
    stop=words | st.lists(words, max_size=2),
    stream=st.booleans(),
    stream_options=st.just({"include_usage": True}),
    user=words,
    service_tier=st.sampled_from(["auto", "default"]),
    reasoning_effort=st.sampled_from(["none", "low", "medium", "high", "xhigh", "max"]),
    response_format=formats,
    n=st.just(1),
    seed=st.none(),
    prompt_cache_key=words,
)
limits = st.sampled_from([{}, {"max_tokens": 5}, {"max_completion_tokens": 6}])
requests = st.builds(
    lambda messages, *more: {"model": "m", "messages": messages} | more[0] | more[1] | more[2],
    conversations,
    st.just({}) | with_tools,
    options,
    limits,
)


def meaning(request: Json) -> Json:
    """What a request asks for, however it says it."""
    asked = {name: value for name, value in request.items() if value is not None}
    for name in ("stream_options", "n", "prompt_cache_key"):
        asked.pop(name, None)
    asked["max_tokens"] = asked.pop("max_completion_tokens", None) or asked.get("max_tokens", 777)
    if "stop" in asked:
        asked["stop"] = [asked["stop"]] if isinstance(asked["stop"], str) else asked["stop"]
        if not asked["stop"]:
            del asked["stop"]
    asked["schema"] = asked.pop("response_format", {}).get("json_schema", {}).get("schema")
    calling = asked.pop("tool_choice", "auto")
    asked["calling"] = calling
    # Where no tool may be called, none is called beside another.
    asked["parallel"] = asked.pop("parallel_tool_calls", True) or calling == "none"
    asked["messages"] = list(said(asked["messages"]))
    return asked


def said(messages: list[Json]) -> Iterator[Json]:
    leading: list[Any] = []
    rest = list(messages)
    while rest and rest[0]["role"] in ("system", "developer"):
        leading += as_parts(rest.pop(0)["content"])
    if leading:
        yield {"role": "system", "content": leading}
    for message in rest:
        role = "system" if message["role"] == "developer" else message["role"]
        found = message | {"role": role, "content": as_parts(message["content"])}
        found.pop("thinking_blocks", None)  # a proof for Anthropic alone
        if "tool_calls" in found:
            found["tool_calls"] = [
                (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
                for call in found["tool_calls"]
            ]
        yield found


def as_parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@given(requests)
def test_a_request_means_the_same_after_the_way_there_and_back(request: Json) -> None:
    there = request_to_anthropic(msgspec.json.encode(request), 777)
    back = msgspec.json.decode(request_to_openai(there))
    assert meaning(back) == meaning(request)


OPAQUE = {"parameters", "input_schema", "schema", "input", "cache_control"}
"""Members that are handed on whole, or passed over whole; nothing within them is read."""


def places(tree: Any, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every object of a request that translation reads, with its path."""
    if isinstance(tree, dict):
        yield path, tree
        for name, value in tree.items():
            if name not in OPAQUE:
                yield from places(value, f"{path}.{name}" if path else name)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from places(value, f"{path}[{index}]")


def check_every_place(request: Json, translate: Any) -> None:
    request = json.loads(json.dumps(request))  # no object stands in two places
    translate(msgspec.json.encode(request))
    for path, place in list(places(request)):
        place["x_unknown"] = None
        with pytest.raises(Unsupported) as caught:
            translate(msgspec.json.encode(request))
        del place["x_unknown"]
        assert caught.value.param == (f"{path}.x_unknown" if path else "x_unknown")


@given(requests)
@settings(max_examples=pick(50, 2000))
def test_no_unknown_member_is_dropped_on_the_way_to_anthropic(request: Json) -> None:
    check_every_place(request, lambda body: request_to_anthropic(body, 777))


@given(requests)
@settings(max_examples=pick(50, 2000))
def test_no_unknown_member_is_dropped_on_the_way_to_openai(request: Json) -> None:
    made = msgspec.json.decode(request_to_anthropic(msgspec.json.encode(request), 777))
    check_every_place(made, request_to_openai)


# Answers


def cut(draw: st.DrawFn, text: str) -> list[str]:
    """Cut a text anywhere; a piece may be empty."""
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[start:end] for start, end in zip([0, *edges], [*edges, len(text)], strict=True)]


counts = st.integers(0, 10**6)
anthropic_usages = st.builds(
    lambda fresh, read, written, output: {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": output,
    },
    counts,
    counts,
    counts,
    counts,
)
blocks = (
    st.builds(lambda text: {"type": "text", "text": text}, words)
    | st.builds(lambda text: {"type": "thinking", "thinking": text, "signature": "s"}, words | st.just(""))
    | st.just({"type": "redacted_thinking", "data": "r"})
    | st.builds(
        lambda call_id, name, tree: {"type": "tool_use", "id": call_id, "name": name, "input": tree},
        names,
        names,
        trees,
    )
)
answers = st.builds(
    lambda content, reason, usage: {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    },
    st.lists(blocks, max_size=4),
    st.sampled_from(["end_turn", "max_tokens", "tool_use", "refusal", "pause_turn"]),
    anthropic_usages,
)
_EMPTY = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}


@st.composite
def answers_and_events(draw: st.DrawFn) -> tuple[Json, list[Json]]:
    """A whole answer of Anthropic's, and a stream that says the same."""
    answer = draw(answers)
    usage = answer["usage"]
    start = answer | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 0}}
    events: list[Json] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(answer["content"]):
        begun = block | _EMPTY.get(block["type"], {})
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta}
            for delta in deltas_of(draw, block)
        ]
        events.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": usage["output_tokens"]}})
    return answer, [*events, {"type": "message_stop"}]


def deltas_of(draw: st.DrawFn, block: Json) -> list[Json]:
    kind = block["type"]
    if kind == "text":
        return [{"type": "text_delta", "text": piece} for piece in cut(draw, block["text"])]
    if kind == "thinking":
        pieces = [{"type": "thinking_delta", "thinking": piece} for piece in cut(draw, block["thinking"])]
        return [*pieces, {"type": "signature_delta", "signature": block["signature"]}]
    if kind == "tool_use" and block["input"]:
        text = json.dumps(block["input"])
        return [{"type": "input_json_delta", "partial_json": piece} for piece in cut(draw, text)]
    return []


def stream(translator: Translator, events: list[Json]) -> list[bytes]:
    pieces = [piece for event in events for piece in translator.feed(json.dumps(event).encode())]
    return [piece.data for piece in [*pieces, *translator.close(Usage())]]


def as_said(message: Json) -> Json:
    """A message with its calls' arguments read, without members that say nothing."""
    found = {name: value for name, value in message.items() if value or name == "role"}
    for call in found.get("tool_calls", ()):
        call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return found


@given(answers_and_events())
def test_translated_events_say_what_the_translated_answer_says(given_: tuple[Json, list[Json]]) -> None:
    answer, events = given_
    whole = msgspec.json.decode(answer_to_openai(msgspec.json.encode(answer), 7))
    streamed = assemble_chunks(stream(ChunkWriter(7), events))
    [choice] = whole["choices"]
    assert as_said(streamed["message"]) == as_said(choice["message"])
    assert streamed["finish_reason"] == choice["finish_reason"]
    assert streamed["usage"] == whole["usage"]
    assert (streamed["id"], streamed["model"], streamed["created"]) == ("msg_1", "claude", 7)


@st.composite
def completions_and_chunks(draw: st.DrawFn) -> tuple[Json, list[Json]]:
    """A whole completion, and chunks that say the same: calls may come side by side."""
    reasoning, text = draw(words | st.just("")), draw(words | st.just(""))
    called = draw(st.lists(calls, max_size=3))
    finish = draw(st.sampled_from(["stop", "length", "tool_calls", "content_filter"]))
    message: Json = {"role": "assistant", "content": text or None}
    message |= ({"reasoning_content": reasoning} if reasoning else {}) | (
        {"tool_calls": called} if called else {}
    )
    report = {"prompt_tokens": draw(counts), "completion_tokens": draw(counts)}
    usage = report | {"total_tokens": sum(report.values())}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion", "created": 5, "model": "gpt"}
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in cut(draw, reasoning)]
    deltas += [{"content": piece} for piece in cut(draw, text)]
    deltas += [{"tool_calls": [piece]} for piece in side_by_side(draw, called)]
    chunks = [whole | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append(whole | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    chunks.append(whole | {"choices": [], "usage": usage})
    return whole | {"choices": [choice], "usage": usage}, chunks


def side_by_side(draw: st.DrawFn, called: list[Json]) -> Iterator[Json]:
    """The calls' pieces: each call's in order and beginning in order, otherwise mixed."""
    waiting: list[list[Json]] = []
    for index, call in enumerate(called):
        function = call["function"]
        head = call | {"index": index, "function": {"name": function["name"], "arguments": ""}}
        pieces = cut(draw, function["arguments"])
        waiting.append([head, *({"index": index, "function": {"arguments": piece}} for piece in pieces)])
    begun = 0
    while any(waiting):
        ready = [index for index, pieces in enumerate(waiting) if pieces and index <= begun]
        index = draw(st.sampled_from(ready)) if ready else begun
        begun = max(begun, index + 1)
        yield waiting[index].pop(0)


@given(completions_and_chunks())
@settings(max_examples=pick(80, 5000))
def test_translated_chunks_say_what_the_translated_answer_says(given_: tuple[Json, list[Json]]) -> None:
    answer, chunks = given_
    whole = msgspec.json.decode(answer_to_anthropic(msgspec.json.encode(answer), Usage()))
    assert assemble_events(stream(EventWriter(), chunks)) == whole


@given(answers)
def test_an_answer_says_the_same_after_the_way_there_and_back(answer: Json) -> None:
    there = answer_to_openai(msgspec.json.encode(answer), 7)
    back = msgspec.json.decode(answer_to_anthropic(there, Usage()))
    for kind, member in (("text", "text"), ("thinking", "thinking")):
        assert joined(back, kind, member) == joined(answer, kind, member)
    assert [block["input"] for block in back["content"] if block["type"] == "tool_use"] == [
        block["input"] for block in answer["content"] if block["type"] == "tool_use"
    ]
    assert back["usage"] == answer["usage"]


def joined(answer: Json, kind: str, member: str) -> str:
    return "".join(block[member] for block in answer["content"] if block["type"] == kind)


# Usage

usages = st.builds(lambda *meters: Usage(*meters[:5]), st.integers(0, 10**9), counts, counts, counts, counts)


@given(usages)
def test_usage_is_conserved_in_either_format(usage: Usage) -> None:
    there = read_anthropic_usage(msgspec.convert(anthropic_usage(usage), AnthropicUsage))
    assert (there.usage, there.flags) == (usage, ())
    back = read_openai_usage(msgspec.convert(write_openai_usage(usage), OpenAIUsage))
    assert (back.usage, back.flags) == (usage, ())


@given(st.builds(Usage, *[counts] * 8))
def test_no_token_is_lost_in_anthropics_terms(usage: Usage) -> None:
    made = read_anthropic_usage(msgspec.convert(anthropic_usage(usage), AnthropicUsage)).usage
    assert (made.prompt_tokens, made.completion_tokens) == (usage.prompt_tokens, usage.completion_tokens)


odd = st.none() | st.integers(-5, 20)


@given(st.tuples(*[odd] * 7))
def test_usage_is_never_negative_and_what_is_odd_is_flagged(figures: tuple[int | None, ...]) -> None:
    fresh, read, written, short, hour, output, thought = figures
    reading = read_anthropic_usage(
        msgspec.convert(
            {
                "input_tokens": fresh,
                "cache_read_input_tokens": read,
                "cache_creation_input_tokens": written,
                "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": hour},
                "output_tokens": output,
                "output_tokens_details": {"thinking_tokens": thought},
            },
            AnthropicUsage,
        )
    )
    made = reading.usage
    assert all(value >= 0 for value in msgspec.structs.astuple(made))
    assert made.completion_tokens == max(0, output or 0)
    assert (made.input, made.cached_input) == (max(0, fresh or 0), max(0, read or 0))
    sound = None not in (fresh, output) and all((figure or 0) >= 0 for figure in figures)
    if sound and not hour and (short or 0) == (written or 0) and (thought or 0) <= (output or 0):
        assert reading.flags == ()
    else:
        assert reading.flags
