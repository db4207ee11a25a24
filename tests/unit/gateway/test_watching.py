"""Leaks in whole answers and in streams: what goes out, how the answer ends, and what stays as it was."""

import asyncio
import json
from typing import Any

import pytest

from fen.gateway.watching import Mode, Watcher, watch_stream, watch_whole
from fen.hierarchy import Finding
from fen.hierarchy.leak import Protected
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import UpstreamFailed
from fen.wire.ports import Speech
from fen.wire.usage import Usage
from tests.fakes.leaking import base64, escaped
from tests.fakes.pipeline import PuppetEvents, Step, finish, report, text

SECRET = "sk-test-9fQ2xLm7Vt4bKz81"
PROTECTED = Protected((SECRET,))
USAGE = Usage(input=7, output=5)
PLAIN = (
    "The sea is deepest in the Mariana Trench, where it goes down for eleven kilometres. It is dark there, "
    "and cold, and the water weighs a thousand times what the air does up here; and yet there are fish."
)


def chunk(delta: dict[str, Any], index: int = 0, end: str | None = None, **members: Any) -> Event:
    choice = {"index": index, "delta": delta, "finish_reason": end, **members.pop("choice", {})}
    data = json.dumps({"id": "c1", "model": "m", "choices": [choice], **members}).encode()
    return Event(data, produced=len(str(delta)), finish=end)


def pieces(said: str, size: int = 5) -> list[str]:
    return [said[at : at + size] for at in range(0, len(said), size)]


def say(said: str, size: int = 5, name: str = "content", index: int = 0) -> list[Event]:
    return [chunk({name: piece}, index) for piece in pieces(said, size)]


def read(
    steps: list[Any], watcher: Watcher | None = None, speech: Speech = "openai", source: Any = None
) -> list[Event]:
    async def go() -> list[Event]:
        events = PuppetEvents(steps) if source is None else source
        stream = watch_stream(Stream(events), watcher or Watcher(PROTECTED), speech)
        return [event async for event in stream.events]

    return asyncio.run(go())


def content(events: list[Event], name: str = "content", index: int = 0) -> str:
    said = ""
    for event in events:
        for choice in json.loads(event.data).get("choices", ()):
            if choice["index"] == index:
                said += choice["delta"].get(name) or ""
    return said


def finishes(events: list[Event]) -> list[tuple[int, str]]:
    found = [choice for event in events for choice in json.loads(event.data)["choices"]]
    return [(choice["index"], choice["finish_reason"]) for choice in found if choice.get("finish_reason")]


def test_innocent_events_pass_as_they_came() -> None:
    steps = [chunk({"role": "assistant", "content": ""}), *say(PLAIN), finish(), report(USAGE)]
    watcher = Watcher(PROTECTED)
    assert read(steps, watcher) == steps
    assert watcher.findings == ()


def test_a_leak_ends_the_choice() -> None:
    steps = [
        chunk({"role": "assistant"}),
        *say(f"{PLAIN} The key is {SECRET}, keep it."),
        finish(),
        report(USAGE),
    ]
    watcher = Watcher(PROTECTED)
    events = read(steps, watcher)
    said = content(events)
    assert (PLAIN + " The key is ").startswith(said)
    assert len(said) > len(PLAIN) - 28
    assert finishes(events) == [(0, "content_filter")]
    assert events[-2].finish == "content_filter"
    assert (events[-1].usage, events[-1].bare) == (USAGE, True)
    [finding] = watcher.findings
    assert (finding.kind, finding.text) == ("leak", None)
    assert finding.where.startswith("choices[0].content secret ")
    assert SECRET[:8] not in finding.where


def test_usage_that_comes_with_the_finish_is_kept() -> None:
    end = chunk({}, end="stop", usage={"total_tokens": 12})
    end = Event(end.data, usage=USAGE, finish="stop")
    events = read([*say(SECRET), end])
    assert content(events) == ""
    assert finishes(events) == [(0, "content_filter")]
    assert events[-1].usage == USAGE
    assert events[-1].bare
    assert json.loads(events[-1].data)["usage"] == {"total_tokens": 12}


def test_each_choice_is_on_its_own() -> None:
    steps: list[Event] = []
    for one, other in zip(pieces(SECRET + PLAIN), pieces(PLAIN + SECRET[:3] + PLAIN), strict=False):
        steps += [chunk({"content": one}, 0), chunk({"content": other}, 1)]
    steps += [chunk({}, 0, "stop"), chunk({}, 1, "stop"), report(USAGE)]
    events = read(steps)
    assert content(events, index=0) == ""
    assert content(events, index=1) == content(steps, index=1)
    assert sorted(finishes(events)) == [(0, "content_filter"), (1, "stop")]
    assert events[-1] == steps[-1]


def test_choices_of_one_chunk_are_cut_apart() -> None:
    both = {"choices": [{"index": n, "delta": {"content": said}} for n, said in enumerate((SECRET, PLAIN))]}
    events = read([Event(json.dumps(both).encode()), chunk({}, 0, "stop"), chunk({}, 1, "stop")])
    assert content(events, index=0) == ""
    assert content(events, index=1) == PLAIN
    assert sorted(finishes(events)) == [(0, "content_filter"), (1, "stop")]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "refusal", "x_unknown"])
def test_every_member_of_a_delta_is_watched(name: str) -> None:
    events = read([*say(SECRET, name=name), *say(PLAIN), finish()])
    assert content(events, name) == ""
    assert content(events) == ""
    assert finishes(events) == [(0, "content_filter")]


def test_what_a_lifted_answer_repeats_is_watched() -> None:
    thought = {"thinking_blocks": [{"type": "thinking", "thinking": f"It is {SECRET}", "signature": "s"}]}
    events = read([*say(PLAIN), chunk(thought), finish()])
    assert content(events) == PLAIN
    assert all(SECRET.encode() not in event.data for event in events)
    assert finishes(events) == [(0, "content_filter")]


def test_members_beside_the_choices_are_watched() -> None:
    beside = chunk({}, x_extra={"citations": [f"see {SECRET}"]})
    events = read([*say(PLAIN), beside, finish(), report(USAGE)])
    assert content(events) == PLAIN
    assert all(SECRET.encode() not in event.data for event in events)
    assert events[-1].usage == USAGE


def test_arguments_of_a_tool_are_watched_with_their_escapes_undone() -> None:
    arguments = json.dumps({"to": "a@b.example", "body": "X"}).replace("X", escaped(SECRET))
    calls = [
        chunk({"tool_calls": [{"index": 0, "id": "t1", "function": {"name": "send", "arguments": ""}}]}),
        *(
            chunk({"tool_calls": [{"index": 0, "function": {"arguments": part}}]})
            for part in pieces(arguments, 4)
        ),
    ]
    watcher = Watcher(PROTECTED)
    events = read([*calls, chunk({}, 0, "tool_calls")], watcher)
    said = "".join(
        call["function"]["arguments"]
        for event in events
        for choice in json.loads(event.data)["choices"]
        for call in choice["delta"].get("tool_calls", ())
    )
    assert arguments.startswith(said)
    assert len(said) < arguments.index("\\u") + 12
    assert finishes(events) == [(0, "content_filter")]
    assert watcher.leaks[0].channel == "choices[0].tool_calls[0].function.arguments"


def test_calls_of_tools_do_not_wait_for_the_text_before_them() -> None:
    call = chunk({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}]})

    async def go() -> list[Event]:
        events = PuppetEvents([*say(PLAIN), call, asyncio.Event()])
        stream = watch_stream(Stream(events), Watcher(PROTECTED))
        got = [await anext(stream.events) for _ in range(len(pieces(PLAIN)))]
        await stream.events.aclose()
        return got

    assert content(asyncio.run(go())) == PLAIN


def test_log_probabilities_go_with_their_text() -> None:
    def told(piece: str) -> Event:
        entry = {"token": piece, "logprob": -0.1, "top_logprobs": [{"token": piece, "logprob": -0.1}]}
        return chunk({"content": piece}, choice={"logprobs": {"content": [entry]}})

    steps = [*(told(piece) for piece in pieces(PLAIN)), *(told(piece) for piece in pieces(SECRET)), finish()]
    events = read(steps)
    assert events[:30] == steps[:30]
    assert len(content(events)) <= len(PLAIN)
    assert finishes(events) == [(0, "content_filter")]


def test_log_probabilities_of_what_was_not_said_are_watched() -> None:
    def told(piece: str, other: str) -> Event:
        tops = [{"token": piece, "logprob": -0.1}, {"token": other, "logprob": -0.2}]
        entry = {"token": piece, "logprob": -0.1, "top_logprobs": tops}
        return chunk({"content": piece}, choice={"logprobs": {"content": [entry]}})

    steps = [told(*both) for both in zip(pieces(PLAIN), pieces(SECRET), strict=False)]
    watcher = Watcher(PROTECTED)
    events = read([*steps, finish()], watcher)
    assert finishes(events) == [(0, "content_filter")]
    assert watcher.leaks[0].channel == "choices[0].logprobs[1].content"
    assert sum(len(pieces(SECRET)[0]) for _ in events[:-1]) < 0.6 * len(SECRET)


def test_a_large_chunk_is_cut_in_two() -> None:
    big = chunk(
        {"role": "assistant", "content": PLAIN, "x_more": 1.50}, choice={"x_choice": [1.0]}, x_top={"a": 2.0}
    )

    async def go() -> Event:
        events = PuppetEvents([big, asyncio.Event()])
        stream = watch_stream(Stream(events), Watcher(PROTECTED))
        first = await anext(stream.events)
        await stream.events.aclose()
        return first

    first = asyncio.run(go())
    assert len(PLAIN) - len(content([first])) <= 64
    assert b'"x_more": 1.5' in big.data
    assert b"1.5" in first.data
    events = read([big, finish()])
    assert content(events) == PLAIN
    assert [event.produced for event in events[:2]] == [
        len(content([first])),
        big.produced - len(content([first])),
    ]
    assert json.loads(events[1].data)["choices"][0]["delta"].keys() == {"content"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 24, 400])
def test_a_leak_is_found_however_the_stream_is_cut(size: int) -> None:
    watcher = Watcher(PROTECTED)
    events = read([*say(f"{PLAIN} {base64(SECRET)} {PLAIN}", size), finish()], watcher)
    assert content(events) == PLAIN[: len(content(events))]
    assert finishes(events) == [(0, "content_filter")]
    assert watcher.leaks[0].transforms[-1] == "base64"


def test_the_source_is_read_to_its_end_and_then_closed() -> None:
    events = PuppetEvents([*say(SECRET), *say(PLAIN), finish(), report(USAGE)])
    got = read([], source=events)
    assert got[-1].usage == USAGE
    assert not events._steps


def test_closing_closes_the_source_even_before_the_first_event() -> None:
    async def go(mode: Mode) -> bool:
        events = PuppetEvents([text("x")])
        await watch_stream(Stream(events), Watcher(PROTECTED, mode)).events.aclose()
        return events.closed

    assert all(asyncio.run(go(mode)) for mode in ("off", "observe", "withhold"))


def test_an_error_comes_after_the_text_that_waited() -> None:
    got: list[Event] = []

    async def go() -> None:
        steps: list[Step] = [*say(PLAIN), UpstreamFailed("broke")]
        stream = watch_stream(Stream(PuppetEvents(steps)), Watcher(PROTECTED))
        while True:
            got.append(await anext(stream.events))

    with pytest.raises(UpstreamFailed, match="broke"):
        asyncio.run(go())
    assert content(got) == PLAIN


def test_an_error_behind_the_cut_is_not_told() -> None:
    events = read([*say(SECRET), UpstreamFailed("broke")])
    assert finishes(events) == [(0, "content_filter")]


def test_observing_changes_and_delays_nothing() -> None:
    watcher = Watcher(PROTECTED, "observe")
    steps = [*say(f"It is {SECRET}."), finish(), report(USAGE)]

    async def go() -> None:
        stream = watch_stream(Stream(PuppetEvents(steps)), watcher)
        for step in steps:
            assert await anext(stream.events) is step
        with pytest.raises(StopAsyncIteration):
            await anext(stream.events)

    asyncio.run(go())
    assert [finding.kind for finding in watcher.findings] == ["leak"]


def test_off_does_nothing() -> None:
    stream = Stream(PuppetEvents([]))
    assert watch_stream(stream, Watcher(PROTECTED, "off")) is stream
    whole = Whole(SECRET.encode())
    assert watch_whole(whole, Watcher(PROTECTED, "off")) is whole


def block(kind: str, index: int = 0, **members: Any) -> Event:
    return Event(json.dumps({"type": kind, "index": index, **members}).encode())


def message(said: str, delta: str = "text_delta", name: str = "text", kind: str = "text") -> list[Event]:
    begin = (
        {"type": kind, name: ""}
        if name != "partial_json"
        else {"type": kind, "id": "t", "name": "f", "input": {}}
    )
    return [
        Event(b'{"type":"message_start","message":{"id":"m","content":[]}}'),
        block("content_block_start", content_block={"type": "text", "text": PLAIN}),
        block("content_block_stop"),
        block("content_block_start", 1, content_block=begin),
        *(block("content_block_delta", 1, delta={"type": delta, name: piece}) for piece in pieces(said)),
        block("content_block_stop", 1),
        block("content_block_start", 2, content_block={"type": "text", "text": "more"}),
        block("content_block_stop", 2),
        Event(
            b'{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":"x"},"usage":{"output_tokens":5}}',
            usage=USAGE,
            finish="stop",
        ),
        Event(b'{"type":"message_stop"}'),
    ]


@pytest.mark.parametrize(
    ("delta", "name", "kind"),
    [
        ("text_delta", "text", "text"),
        ("thinking_delta", "thinking", "thinking"),
        ("input_json_delta", "partial_json", "tool_use"),
    ],
)
def test_a_native_stream_is_cut_into_a_refusal(delta: str, name: str, kind: str) -> None:
    assert read(message(PLAIN, delta, name, kind), speech="anthropic") == message(PLAIN, delta, name, kind)
    said = escaped(SECRET) if kind == "tool_use" else SECRET
    watcher = Watcher(PROTECTED)
    got = read(message(PLAIN + said, delta, name, kind), watcher, "anthropic")
    events = [json.loads(event.data) for event in got]
    kinds = [event["type"] for event in events]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert events[-3]["index"] == 1
    assert events[-2]["delta"] == {"stop_reason": "refusal", "stop_sequence": None}
    assert events[-2]["usage"] == {"output_tokens": 5}
    assert (got[-2].usage, got[-2].finish) == (USAGE, "content_filter")
    told = "".join(event["delta"].get(name, "") for event in events if event["type"] == "content_block_delta")
    assert PLAIN.startswith(told)
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 2
    assert len(watcher.leaks) == 1


def test_a_block_that_the_client_has_not_seen_is_not_ended() -> None:
    steps = message(PLAIN)
    steps[3] = block("content_block_start", 1, content_block={"type": "text", "text": SECRET})
    events = [json.loads(event.data) for event in read(steps, speech="anthropic")]
    kinds = [event["type"] for event in events if event["type"].startswith("content_block")]
    assert kinds == ["content_block_start", "content_block_stop"]


def whole(choices: list[dict[str, Any]], **members: Any) -> Whole:
    return Whole(json.dumps({"id": "c", "choices": choices, "x": 1.50, **members}).encode(), USAGE)


def test_innocent_whole_answers_are_the_same_value() -> None:
    answer = whole(
        [{"index": 0, "message": {"role": "assistant", "content": PLAIN}, "finish_reason": "stop"}]
    )
    assert watch_whole(answer, Watcher(PROTECTED)) is answer
    embeddings = Whole(b'{"object":"list","data":[{"embedding":[0.1]}]}')
    assert watch_whole(embeddings, Watcher(PROTECTED)) is embeddings


def test_a_whole_answer_is_cut_where_its_stream_would_be() -> None:
    said = f"{PLAIN} {SECRET} {PLAIN}"
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    bad = {"role": "assistant", "content": said, "reasoning_content": "hm", "tool_calls": [call]}
    good = {"role": "assistant", "content": PLAIN}
    answer = whole(
        [
            {"index": 0, "message": bad, "finish_reason": "tool_calls", "logprobs": {"content": []}},
            {"index": 1, "message": good, "finish_reason": "stop"},
        ]
    )
    watcher = Watcher(PROTECTED)
    cut = watch_whole(answer, watcher)
    tree = json.loads(cut.body)
    message = tree["choices"][0]["message"]
    assert message == {
        "role": "assistant",
        "reasoning_content": "hm",
        "content": content(read([*say(said), finish()])),
    }
    assert (tree["choices"][0]["finish_reason"], tree["choices"][0]["logprobs"]) == ("content_filter", None)
    assert tree["choices"][1] == {"index": 1, "message": good, "finish_reason": "stop"}
    assert (cut.usage, tree["x"]) == (USAGE, 1.5)
    assert len(watcher.leaks) == 1


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ({"content": "a", "reasoning_content": SECRET}, {"content": None, "reasoning_content": ""}),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": SECRET}]},
            {"content": [{"type": "text", "text": "a"}]},
        ),
        (
            {"content": "a", "tool_calls": [{"function": {"arguments": f'{{"k": "{SECRET}"}}'}}]},
            {"content": "a"},
        ),
        ({"content": "a", "x_new": {"deep": [SECRET]}}, {"content": "a"}),
    ],
)
def test_what_leaks_in_a_whole_answer_is_left_out(message: dict[str, Any], left: dict[str, Any]) -> None:
    answer = whole([{"index": 0, "message": message, "finish_reason": "stop"}])
    tree = json.loads(watch_whole(answer, Watcher(PROTECTED)).body)
    assert tree["choices"][0] == {"index": 0, "message": left, "finish_reason": "content_filter"}


def test_log_probabilities_of_a_whole_answer_are_watched() -> None:
    entries = [{"token": piece, "top_logprobs": []} for piece in pieces(SECRET)]
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "logprobs": {"content": entries}}
    tree = json.loads(watch_whole(whole([choice]), Watcher(PROTECTED)).body)
    assert tree["choices"][0]["logprobs"] is None


def test_members_beside_the_choices_of_a_whole_answer_are_left_out() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    tree = json.loads(watch_whole(whole([choice], extra={"cited": SECRET}), Watcher(PROTECTED)).body)
    assert "extra" not in tree
    assert tree["choices"][0]["finish_reason"] == "content_filter"


def test_a_native_whole_answer_is_cut_into_a_refusal() -> None:
    blocks = [
        {"type": "text", "text": PLAIN},
        {"type": "text", "text": f"{PLAIN} {SECRET}"},
        {"type": "text", "text": "b"},
    ]
    body = {"type": "message", "content": blocks, "stop_reason": "end_turn", "usage": {"output_tokens": 5}}
    answer = Whole(json.dumps(body).encode(), USAGE)
    tree = json.loads(watch_whole(answer, Watcher(PROTECTED), "anthropic").body)
    assert tree["content"][0]["text"] == PLAIN
    assert PLAIN.startswith(tree["content"][1]["text"][:-1])
    assert len(tree["content"]) == 2
    assert (tree["stop_reason"], tree["usage"]) == ("refusal", {"output_tokens": 5})


def test_a_native_call_that_leaks_is_left_out() -> None:
    blocks = [
        {"type": "text", "text": "a"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"k": [SECRET]}},
    ]
    answer = Whole(json.dumps({"type": "message", "content": blocks, "stop_reason": "tool_use"}).encode())
    tree = json.loads(watch_whole(answer, Watcher(PROTECTED), "anthropic").body)
    assert tree["content"] == blocks[:1]
    assert tree["stop_reason"] == "refusal"


def test_observing_a_whole_answer_reports_it() -> None:
    answer = whole([{"index": 0, "message": {"content": SECRET}, "finish_reason": "stop"}])
    watcher = Watcher(PROTECTED, "observe")
    assert watch_whole(answer, watcher) is answer
    assert [type(finding) for finding in watcher.findings] == [Finding]
