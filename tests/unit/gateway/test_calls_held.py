"""Calls of tools wait for a verdict, in OpenAI's format and in Anthropic's."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import msgspec
import pytest

from fen.gateway.blocks_held import hold_blocks, judge_message
from fen.gateway.calls_held import hold_calls, judge_whole
from fen.hierarchy.sinks import CallVerdict, ToolCallText
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import UpstreamFailed
from tests.fakes.continuing import Events

Told = list[CallVerdict]


def _judge(call: ToolCallText, number: int) -> CallVerdict:
    """Refuse what goes to evil."""
    return CallVerdict(call, "refuse" if "evil" in call.arguments else "pass")


def _chunk(delta: dict[str, Any], finish: str | None = None, *, index: int = 0, **more: Any) -> Event:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return Event(msgspec.json.encode({"id": "c1", "choices": [choice]} | more), finish=finish)


def _call(
    arguments: str, *, index: int | None = 0, identity: str | None = None, name: str | None = None
) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    call = (
        {"function": function}
        | ({"id": identity} if identity else {})
        | ({} if index is None else {"index": index})
    )
    return {"tool_calls": [call]}


async def _run(
    events: list[Any], told: Told | None = None, hold: Callable[..., Stream] = hold_calls
) -> list[Event]:
    report = (told if told is not None else []).append
    return [event async for event in hold(Stream(Events(events)), _judge, report).events]


def _text(events: list[Event]) -> str:
    choices = [choice for event in events for choice in msgspec.json.decode(event.data)["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


_GOOD = [
    _chunk({"role": "assistant", "content": None} | _call("", identity="a", name="send")),
    _chunk(_call('{"to":')),
    _chunk(_call('"ann"}')),
]
_BAD = [*_GOOD[:2], _chunk(_call('"ev')), _chunk(_call('il"}'))]
_END = _chunk({}, "tool_calls")


async def test_a_call_that_may_go_out_keeps_its_bytes() -> None:
    told: Told = []
    assert await _run([*_GOOD, _END], told) == [*_GOOD, _END]
    assert [verdict.call for verdict in told] == [ToolCallText("send", '{"to":"ann"}')]


async def test_a_refused_call_is_dropped_and_the_answer_is_filtered() -> None:
    told: Told = []
    (end,) = await _run([*_BAD, _END], told)
    assert msgspec.json.decode(end.data)["choices"] == [
        {"index": 0, "delta": {}, "finish_reason": "content_filter"}
    ]
    assert end.finish == "content_filter"
    assert [verdict.decision for verdict in told] == ["refuse"]


async def test_text_is_not_delayed() -> None:
    seen: list[str] = []

    async def feed() -> AsyncGenerator[Event, None]:
        for event in [_BAD[0], _BAD[1], _chunk({"content": "hello"}), _BAD[2], _BAD[3], _END]:
            seen.append(event.data.decode())
            yield event

    stream = hold_calls(Stream(feed()), _judge, lambda _: None)
    first = await anext(stream.events)
    assert _text([first]) == "hello"
    assert len(seen) == 3


async def test_a_chunk_with_text_and_a_call_is_parted() -> None:
    mixed = _chunk({"content": "I will"} | _call('{"to":"evil"}', name="send"), usage={"prompt_tokens": 1})
    text, end = await _run([mixed, _END])
    assert msgspec.json.decode(text.data)["choices"][0]["delta"] == {"content": "I will"}
    assert msgspec.json.decode(text.data)["usage"] == {"prompt_tokens": 1}
    assert end.finish == "content_filter"
    assert _text(await _run([mixed, _END])) == "I will"


async def test_one_refused_call_takes_those_beside_it_with_it() -> None:
    other = _chunk(_call('{"to":"ann"}', index=1, identity="b", name="send"))
    told: Told = []
    (end,) = await _run([*_BAD, other, _END], told)
    assert end.finish == "content_filter"
    assert [verdict.decision for verdict in told] == ["refuse", "pass"]


async def test_choices_are_judged_apart() -> None:
    good = _chunk(_call('{"to":"ann"}', name="send"), index=1)
    ends = [_chunk({}, "tool_calls", index=number) for number in (0, 1)]
    out = await _run([*_BAD, good, *ends])
    assert [event.finish for event in out] == ["content_filter", None, "tool_calls"]
    both = Event(b'{"choices":[%s,%s]}' % tuple(_choices(event) for event in ends), finish="tool_calls")
    out = await _run([*_BAD, good, both])
    assert out[0] == good
    finishes = [choice["finish_reason"] for choice in msgspec.json.decode(out[1].data)["choices"]]
    assert finishes == ["content_filter", "tool_calls"]


def _choices(event: Event) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(event.data)["choices"][0])


async def test_a_call_in_the_last_chunk_is_judged_too() -> None:
    out = await _run([_chunk(_call('{"to":"evil"}', name="send"), "tool_calls")])
    assert [event.finish for event in out] == ["content_filter"]
    assert b"evil" not in out[0].data
    good = [_chunk(_call('{"to":"a', name="send")), _chunk(_call('nn"}'), "tool_calls")]
    assert await _run(good) == good


async def test_a_stream_without_a_finish_lets_no_refused_call_out() -> None:
    (end,) = await _run(_BAD)
    assert end.finish == "content_filter"
    assert msgspec.json.decode(end.data)["id"] == "c1"
    assert await _run(_GOOD) == _GOOD


async def test_a_stream_that_breaks_lets_no_call_out() -> None:
    stream = hold_calls(Stream(Events([*_GOOD, UpstreamFailed("broke")])), _judge, lambda _: None)
    with pytest.raises(UpstreamFailed):
        await anext(stream.events)


async def test_closing_closes_the_source() -> None:
    source = Events([*_GOOD, _END])
    stream = hold_calls(Stream(source), _judge, lambda _: None)
    await stream.events.aclose()
    assert source.closed


@pytest.mark.parametrize(
    "deltas",
    [
        [_call('{"to":"ev', index=None, identity="a", name="send"), _call('il"}', index=None)],
        [_call('{"to":"x"}', identity="a", name="send"), _call('{"to":"evil"}', identity="b", name="send")],
        [_call('{"to":"ev', index=1, name="send"), _call("{}", index=0, name="look"), _call('il"}', index=1)],
        [
            {"function_call": {"name": "send", "arguments": '{"to":"ev'}},
            {"function_call": {"arguments": 'il"}'}},
        ],
        [{"tool_calls": [{"index": 0, "type": "custom", "custom": {"name": "send", "input": "to evil"}}]}],
        [{"tool_calls": [{"index": 0, "function": {"name": "send", "arguments": {"to": "evil"}}}]}],
    ],
)
async def test_calls_of_every_making_are_put_together(deltas: list[dict[str, Any]]) -> None:
    out = await _run([*map(_chunk, deltas), _END])
    assert [event.finish for event in out] == ["content_filter"]


async def test_what_is_no_chunk_is_the_upstreams_fault() -> None:
    with pytest.raises(UpstreamFailed):
        await _run([Event(b"[1]")])


def test_a_whole_answer_keeps_its_bytes_or_loses_its_calls() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "send", "arguments": '{"to":"ann"}'}}
    message = {"role": "assistant", "content": "Done", "tool_calls": [call]}
    body = {"id": "c", "x": 1, "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    good = Whole(msgspec.json.encode(body))
    told: Told = []
    assert judge_whole(good, _judge, told.append) is good
    bad = judge_whole(Whole(good.body.replace(b"ann", b"evil")), _judge, told.append)
    (choice,) = msgspec.json.decode(bad.body)["choices"]
    assert choice == {
        "index": 0,
        "message": {"role": "assistant", "content": "Done"},
        "finish_reason": "content_filter",
    }
    assert msgspec.json.decode(bad.body)["x"] == 1
    assert [verdict.decision for verdict in told] == ["pass", "refuse"]
    with pytest.raises(UpstreamFailed):
        judge_whole(Whole(b"[]"), _judge, told.append)


def _event(**members: Any) -> Event:
    finish = "tool_calls" if members["type"] == "message_delta" else None
    return Event(msgspec.json.encode(members), finish=finish)


def _blocks(to: str) -> list[Event]:
    return [
        _event(type="message_start", message={"id": "m", "content": []}),
        _event(type="content_block_start", index=0, content_block={"type": "text", "text": ""}),
        _event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "Hi"}),
        _event(type="content_block_stop", index=0),
        _event(
            type="content_block_start",
            index=1,
            content_block={"type": "tool_use", "id": "t", "name": "send", "input": {}},
        ),
        _event(
            type="content_block_delta",
            index=1,
            delta={"type": "input_json_delta", "partial_json": '{"to":"' + to[:2]},
        ),
        _event(
            type="content_block_delta",
            index=1,
            delta={"type": "input_json_delta", "partial_json": to[2:] + '"}'},
        ),
        _event(type="content_block_stop", index=1),
        _event(type="content_block_start", index=2, content_block={"type": "text", "text": "Bye"}),
        _event(type="content_block_stop", index=2),
        _event(type="message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 3}),
        _event(type="message_stop"),
    ]


async def test_anthropics_calls_keep_their_bytes_or_are_dropped() -> None:
    good = _blocks("ann")
    assert await _run(good, hold=hold_blocks) == good
    out = [msgspec.json.decode(event.data) for event in await _run(_blocks("evil"), hold=hold_blocks)]
    assert [(event["type"], event.get("index")) for event in out] == [
        ("message_start", None),
        ("content_block_start", 0),
        ("content_block_delta", 0),
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_stop", 1),
        ("message_delta", None),
        ("message_stop", None),
    ]
    assert out[6]["delta"]["stop_reason"] == "refusal"
    assert out[6]["usage"] == {"output_tokens": 3}


def test_a_whole_message_keeps_its_bytes_or_loses_its_calls() -> None:
    call = {"type": "tool_use", "id": "t", "name": "send", "input": {"to": "ann"}}
    body = {"id": "m", "content": [{"type": "text", "text": "Hi"}, call], "stop_reason": "tool_use"}
    good = Whole(msgspec.json.encode(body))
    assert judge_message(good, _judge, lambda _: None) is good
    bad = judge_message(Whole(good.body.replace(b"ann", b"evil")), _judge, lambda _: None)
    assert msgspec.json.decode(bad.body) == {
        "id": "m",
        "content": [{"type": "text", "text": "Hi"}],
        "stop_reason": "refusal",
    }
