"""However a stream is cut, what is held of it is what the whole answer would be judged by."""

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway.calls_held import hold_calls, judge_whole
from fen.hierarchy.sinks import CallVerdict, ToolCallText
from fen.wire.answer import Event, Stream, Whole
from tests.fakes.continuing import Events
from tests.sizes import pick

Json = dict[str, Any]

calls = st.lists(
    st.tuples(
        st.sampled_from(["send", "look"]),
        st.sampled_from(['{"to":"evil"}', '{"to":"ann"}', "{}", '{"n":"好"}']),
    ),
    max_size=3,
)


def _judge(call: ToolCallText, number: int) -> CallVerdict:
    return CallVerdict(call, "refuse" if "evil" in call.arguments else "pass")


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


def _deltas(made: list[tuple[str, str]], cuts: list[int]) -> list[list[Json]]:
    """Return each call's deltas: its head, then its arguments in pieces."""
    return [
        [{"tool_calls": [{"index": at, "id": f"call{at}", "function": {"name": name, "arguments": ""}}]}]
        + [{"tool_calls": [{"index": at, "function": {"arguments": part}}]} for part in _cut(arguments, cuts)]
        for at, (name, arguments) in enumerate(made)
    ]


def _assemble(events: list[Event]) -> Json:
    message: Json = {"content": "", "calls": {}, "finish": None}
    for event in events:
        for choice in msgspec.json.decode(event.data)["choices"]:
            message["content"] += choice["delta"].get("content") or ""
            message["finish"] = choice["finish_reason"] or message["finish"]
            for call in choice["delta"].get("tool_calls") or []:
                known = message["calls"].setdefault(call["index"], ["", ""])
                known[0] += call["function"].get("name", "")
                known[1] += call["function"]["arguments"]
    return message


def _judge_whole(made: list[tuple[str, str]], text: str) -> Json:
    tools = [
        {"id": f"call{at}", "function": {"name": name, "arguments": given}}
        for at, (name, given) in enumerate(made)
    ]
    choice = {"index": 0, "message": {"content": text, "tool_calls": tools}, "finish_reason": "tool_calls"}
    body = judge_whole(Whole(msgspec.json.encode({"choices": [choice]})), _judge, lambda _: None).body
    (judged,) = msgspec.json.decode(body)["choices"]
    kept = judged["message"].get("tool_calls") or []
    functions = {
        at: [call["function"]["name"], call["function"]["arguments"]] for at, call in enumerate(kept)
    }
    return {"content": text, "calls": functions, "finish": judged["finish_reason"]}


@settings(max_examples=pick(100, 2000))
@given(
    calls,
    st.text("ab ü好", max_size=12),
    st.lists(st.integers(0, 40), max_size=5),
    st.randoms(),
    st.booleans(),
)
async def test_a_stream_is_judged_as_the_whole_answer(
    made: list[tuple[str, str]], text: str, cuts: list[int], rng: Any, merged: bool
) -> None:
    queues = [
        queue for queue in [*_deltas(made, cuts), [{"content": part} for part in _cut(text, cuts)]] if queue
    ]
    deltas: list[Json] = []
    while queues:  # deltas of several calls and of the text may come in any order
        queue = rng.choice(queues)
        deltas.append(queue.pop(0))
        queues = [left for left in queues if left]
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if merged and chunks:
        chunks[-1]["choices"][0]["finish_reason"] = "tool_calls"
    else:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    events = [
        Event(msgspec.json.encode(chunk), finish=chunk["choices"][0]["finish_reason"]) for chunk in chunks
    ]
    out = [event async for event in hold_calls(Stream(Events(events)), _judge, lambda _: None).events]
    assert _assemble(out) == _judge_whole(made, text)
    assert out[-1].finish == _assemble(out)["finish"]
    if not any("evil" in arguments for _, arguments in made):
        assert sorted(event.data for event in out) == sorted(event.data for event in events)
