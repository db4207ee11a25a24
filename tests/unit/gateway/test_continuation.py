"""The loop over segments: what the client sees, what is asked, and when it ends."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from fen.gateway.continuation import Ask, ContinuationPlan, continue_stream, continue_whole, continued
from fen.gateway.segment import STYLES, TURN, can_continue, limit_output, next_request
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import BudgetExceeded, ErrorBody, FenError, RateLimited, UpstreamFailed, UpstreamRejected
from fen.wire.request import Request
from fen.wire.usage import Usage
from tests.fakes.continuing import Events, Teller, Told, chat, chunks, tell_all

_TEXT = "".join(f"{number:05d} " for number in range(200))
_PREFILL = STYLES["trailing"]


def _plan(limit: int = 100, style: str = "trailing", **members: Any) -> ContinuationPlan:
    total = members.pop("total", None)
    return ContinuationPlan(chat(**members), limit, total, STYLES[style])


def _scripted(*replies: tuple[str, str]) -> tuple[Stream, Ask, list[Request]]:
    """Segments as they are given: text and finish_reason; each is billed 10 in and 5 out."""
    streams = [
        Stream(Events(list(chunks(text, finish, Usage(input=10, output=5), (4,), number))))
        for number, (text, finish) in enumerate(replies, 1)
    ]
    asked: list[Request] = []

    async def ask(request: Request, number: int) -> Stream:
        asked.append(request)
        return streams[number - 1]

    return streams[0], ask, asked


async def _read(first: Stream, ask: Ask, plan: ContinuationPlan) -> Told:
    return Told([event async for event in continue_stream(first, ask, plan)])


async def _drain(events: AsyncGenerator[Event, None], shown: list[Event]) -> None:
    async for event in events:
        shown.append(event)  # noqa: PERF401 (what came before an error counts)


async def test_the_client_sees_one_answer() -> None:
    teller = Teller(_TEXT)
    told = await tell_all(teller, _plan())
    assert told.text == _TEXT
    assert {tree["id"] for tree in told.trees} == {"chat-1"}
    assert {tree["created"] for tree in told.trees} == {1_764_000_001}
    assert [choice["delta"].get("role") for choice in told.choices].count("assistant") == 1
    assert told.finishes == ["stop"]
    assert told.choices[-1]["finish_reason"] == "stop"
    [report] = told.reports
    assert report is told.events[-1]
    assert report.bare
    assert report.usage is not None
    assert report.usage.output == sum(usage.output for usage in teller.usages)
    assert report.usage.input == sum(usage.input for usage in teller.usages)
    shown = told.trees[-1]["usage"]
    assert (shown["segments"], shown["completion_tokens"]) == (len(teller.asked), report.usage.output)
    assert sum(event.produced for event in told.events) == len(_TEXT)


async def test_an_answer_within_the_limit_passes_untouched() -> None:
    teller = Teller("short enough")
    events = list(chunks("short enough", "stop", Usage(input=2, output=4), (5,)))
    told = await tell_all(teller, _plan())
    assert [event.data for event in told.events] == [event.data for event in events]


async def test_no_call_asks_for_more_than_is_left() -> None:
    teller = Teller(_TEXT)
    told = await tell_all(teller, _plan(total=250, max_completion_tokens=250))
    assert [body["max_completion_tokens"] for body in teller.asked] == [100, 100, 50]
    assert all("max_tokens" not in body for body in teller.asked)
    assert (told.text, told.finishes) == (_TEXT[:750], ["length"])


async def test_what_came_before_the_limit_goes_on_when_the_client_set_none() -> None:
    teller = Teller(_TEXT)
    await tell_all(teller, _plan())
    assert {body["max_tokens"] for body in teller.asked} == {100}


@pytest.mark.parametrize(
    "refusal",
    [
        BudgetExceeded("no"),
        RateLimited("no", retry_after=1, code="budget_busy"),
        UpstreamRejected(400, ErrorBody("too long", "invalid_request_error", code="context_length_exceeded")),
    ],
)
async def test_without_room_for_more_it_ends_with_what_there_is(refusal: FenError) -> None:
    first, _, _ = _scripted(("once upon", "length"))

    async def ask(request: Request, number: int) -> Stream:
        raise refusal

    told = await _read(first, ask, _plan())
    assert (told.text, told.finishes) == ("once upon", ["length"])
    assert len(told.reports) == 1


@pytest.mark.parametrize(
    "failure", [UpstreamFailed("gone"), RateLimited("slow", retry_after=1), asyncio.CancelledError()]
)
async def test_any_other_error_is_raised_as_it_is_after_the_text(failure: BaseException) -> None:
    first, _, _ = _scripted(("once upon a time EN", "length"))

    async def ask(request: Request, number: int) -> Stream:
        raise failure

    shown: list[Event] = []
    with pytest.raises(type(failure)) as raised:
        await _drain(continue_stream(first, ask, _plan(stop="END")), shown)
    assert raised.value is failure
    expected = "once upon a time " if isinstance(failure, asyncio.CancelledError) else "once upon a time EN"
    assert Told(shown).text == expected


async def test_an_error_within_a_later_segment_keeps_the_text_and_closes_the_segment() -> None:
    first, _, _ = _scripted(("one ", "length"))
    whole = list(chunks("two three", "length", Usage(), (4,), 2))
    broken = Events([*whole[:2], UpstreamFailed("broke")])

    async def ask(request: Request, number: int) -> Stream:
        return Stream(broken)

    shown: list[Event] = []
    with pytest.raises(UpstreamFailed, match="broke"):
        await _drain(continue_stream(first, ask, _plan()), shown)
    assert Told(shown).text == "one two "
    assert broken.closed


async def test_two_segments_that_add_nothing_end_it() -> None:
    first, ask, asked = _scripted(("one", "length"), ("", "length"), ("", "length"), ("never", "stop"))
    told = await _read(first, ask, _plan())
    assert (told.text, told.finishes, len(asked)) == ("one", ["length"], 2)
    assert told.trees[-1]["usage"]["segments"] == 3


async def test_a_segment_that_adds_nothing_is_forgiven_once() -> None:
    first, ask, _ = _scripted(("one", "length"), ("", "length"), (" two", "stop"))
    told = await _read(first, ask, _plan())
    assert (told.text, told.finishes) == ("one two", ["stop"])


async def test_the_number_of_segments_is_bounded() -> None:
    first, ask, asked = _scripted(*[(f"{number} ", "length") for number in range(9)])
    plan = msgspec.structs.replace(_plan(), max_segments=3)
    told = await _read(first, ask, plan)
    assert (told.text, told.finishes, len(asked)) == ("0 1 2 ", ["length"], 2)


async def test_an_empty_answer_is_not_gone_on_with() -> None:
    first, ask, asked = _scripted(("", "length"), ("never", "stop"))
    told = await _read(first, ask, _plan())
    assert (told.text, told.finishes, asked) == ("", ["length"], [])


@pytest.mark.parametrize("reason", ["stop", "content_filter", "tool_calls"])
async def test_it_ends_as_the_last_segment_did(reason: str) -> None:
    first, ask, _ = _scripted(("one", "length"), (" two", reason))
    assert (await _read(first, ask, _plan())).finishes == [reason]


def _calls(number: int) -> Event:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
    return Event(msgspec.json.encode({"id": f"chat-{number}", "choices": [choice]}), produced=6)


@pytest.mark.parametrize("segment", [1, 2])
async def test_a_call_of_a_tool_ends_it(segment: int) -> None:
    segments = [
        list(chunks("one ", "length", Usage(input=1, output=1), (4,), 1)),
        list(chunks("two ", "length", Usage(input=1, output=1), (4,), 2)),
    ]
    segments[segment - 1].insert(2, _calls(segment))
    asked: list[int] = []

    async def ask(request: Request, number: int) -> Stream:
        asked.append(number)
        return Stream(Events(segments[number - 1]))

    told = await _read(Stream(Events(segments[0])), ask, _plan())
    assert asked == list(range(2, segment + 1))
    assert told.finishes == ["length"]
    [called] = [choice for choice in told.choices if "tool_calls" in choice["delta"]]
    assert called["delta"]["tool_calls"][0]["id"] == "c"
    assert {tree["id"] for tree in told.trees} == {"chat-1"}


async def test_a_stop_sequence_across_a_seam_ends_it_and_closes_the_segment() -> None:
    first, ask, _ = _scripted(("one EN", "length"), ("D two three four", "stop"))
    told = await _read(first, ask, _plan(stop=["END"]))
    assert (told.text, told.finishes) == ("one ", ["stop"])
    [report] = told.reports
    assert report.usage is not None
    assert report.usage.output == 5 + 1  # the segment was closed before it told its usage
    assert report.flags == ("segment_usage_estimated",)


async def test_a_segment_without_usage_is_estimated_and_flagged() -> None:
    silent = [event for event in chunks("two", "length", Usage(), (4,), 2) if not event.bare]
    first, _, _ = _scripted(("one ", "length"))

    async def ask(request: Request, number: int) -> Stream:
        if number == 3:
            raise BudgetExceeded("no")
        return Stream(Events(silent))

    [report] = (await _read(first, ask, _plan(limit=100))).reports
    assert report.usage is not None
    assert report.usage.output == 5 + 100  # it ended at its limit, so it used it up
    assert report.usage.input > 10
    assert report.flags == ("segment_usage_estimated",)


@pytest.mark.parametrize(("left", "segments"), [(48, 1), (49, 2)])
async def test_a_turn_needs_room_for_more_than_the_anchor(left: int, segments: int) -> None:
    teller = Teller(_TEXT)
    await tell_all(teller, _plan(style="turn", total=100 + left))
    assert len(teller.asked) == segments


async def test_half_a_character_at_the_limit_comes_whole() -> None:
    teller = Teller("茶" * 40, token=1)
    told = await tell_all(teller, _plan(limit=10))
    assert told.text == "茶" * 40
    assert "\ufffd" not in json.dumps(teller.asked, ensure_ascii=False)


async def test_thinking_again_in_a_later_segment_is_not_shown() -> None:
    later = list(chunks("two", "stop", Usage(input=1, output=9), (4,), 2))
    delta = {"role": "assistant", "content": "tw", "reasoning_content": "hm"}
    thought = {"index": 0, "delta": delta, "finish_reason": None}
    later[1:2] = list(chunks("o", "stop", Usage(), (4,), 2))[1:2]
    later[0] = Event(msgspec.json.encode({"id": "chat-2", "choices": [thought]}), produced=2)
    first, _, _ = _scripted(("one ", "length"))

    async def ask(request: Request, number: int) -> Stream:
        return Stream(Events(later))

    told = await _read(first, ask, _plan())
    assert told.text == "one two"
    assert not [choice for choice in told.choices if "reasoning_content" in choice["delta"]]
    assert [choice["delta"].get("role") for choice in told.choices].count("assistant") == 1
    assert sum(event.produced for event in told.events) == 4 + 2 + 1


async def test_a_finish_that_carries_text_and_usage_is_taken_apart() -> None:
    def last(text: str, finish: str, number: int) -> list[Event]:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        usage = {"prompt_tokens": 3, "completion_tokens": 2}
        body = msgspec.json.encode({"id": f"chat-{number}", "choices": [choice], "usage": usage})
        return [Event(body, len(text), Usage(input=3, output=2), finish=finish)]

    async def ask(request: Request, number: int) -> Stream:
        return Stream(Events(last("two", "stop", 2)))

    told = await _read(Stream(Events(last("one ", "length", 1))), ask, _plan())
    assert (told.text, told.finishes) == ("one two", ["stop"])
    assert [report.usage for report in told.reports] == [Usage(input=6, output=4)]


@pytest.mark.parametrize("style", ["trailing", "turn"])
async def test_a_json_answer_stays_one_document(style: str) -> None:
    document = json.dumps({"rows": [{"id": number, "name": f"row {number}"} for number in range(80)]})
    teller = Teller(document, behaviour="nothing")
    told = await tell_all(teller, _plan(style=style, response_format={"type": "json_object"}))
    assert json.loads(told.text) == json.loads(document)
    assert "response_format" in teller.asked[0]
    assert all("response_format" not in body for body in teller.asked[1:])


async def test_a_document_is_never_broken_by_a_segment_that_is_none() -> None:
    replies = [('{"a": [1, ', "length"), ("Sorry, no.", "stop"), ("2]} and more", "length")]
    first, ask, _ = _scripted(*replies)
    told = await _read(first, ask, _plan(style="turn", response_format={"type": "json_object"}))
    assert (told.text, told.finishes) == ('{"a": [1, 2]}', ["stop"])


async def test_a_document_that_cannot_be_gone_on_with_ends_for_length() -> None:
    first, ask, asked = _scripted(('{"a": [1, ', "length"), ("No.", "stop"), ("No.", "stop"), ("2]}", "stop"))
    told = await _read(first, ask, _plan(style="turn", response_format={"type": "json_object"}))
    assert (told.text, told.finishes, len(asked)) == ('{"a": [1, ', ["length"], 2)


async def test_closing_the_stream_closes_the_open_segment() -> None:
    teller = Teller(_TEXT)
    stream = continued(teller.tell(limit_output(chat(), 10)), teller.ask, _plan(limit=10))
    while len(teller.streams) < 2:
        await anext(stream.events)
    await stream.events.aclose()
    assert [events.closed for events in teller.streams] == [True, True]


async def test_closing_a_stream_that_was_never_read_closes_the_first_segment() -> None:
    teller = Teller(_TEXT)
    stream = continued(teller.tell(limit_output(chat(), 10)), teller.ask, _plan(limit=10))
    await stream.events.aclose()
    assert teller.streams[0].closed


async def test_a_whole_answer_goes_on_too_and_keeps_its_members() -> None:
    def whole(text: str, finish: str, number: int) -> Whole:
        body = {
            "id": f"chat-{number}",
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "x": 1},
                    "finish_reason": finish,
                }
            ],
            "usage": {"prompt_tokens": 4, "completion_tokens": 3},
            "unknown": {"deep": [number]},
        }
        return Whole(msgspec.json.encode(body), Usage(input=4, output=3), (), len(text))

    async def ask(request: Request, number: int) -> Whole:
        return whole(("", "", "two ", "three")[number], "stop" if number == 3 else "length", number)

    told = await continue_whole(whole("one ", "length", 1), ask, _plan())
    tree = msgspec.json.decode(told.body)
    assert tree["choices"][0]["message"] == {"role": "assistant", "content": "one two three", "x": 1}
    assert (tree["id"], tree["unknown"], tree["choices"][0]["finish_reason"]) == (
        "chat-1",
        {"deep": [1]},
        "stop",
    )
    assert (tree["usage"]["completion_tokens"], tree["usage"]["segments"]) == (9, 3)
    assert (told.usage, told.produced) == (Usage(input=12, output=9), 13)
    alone = whole("one", "stop", 1)
    assert await continue_whole(alone, ask, _plan()) is alone


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, True),
        ({"n": 1, "logprobs": False}, True),
        ({"n": 2}, False),
        ({"logprobs": True}, False),
        ({"modalities": ["text", "audio"], "audio": {"voice": "x"}}, False),
    ],
)
def test_what_cannot_be_put_together_is_not_gone_on_with(members: dict[str, Any], expected: bool) -> None:
    assert can_continue(chat(**members)) is expected


def _messages(request: Request) -> Any:
    return msgspec.json.decode(request.to_bytes())["messages"]


@pytest.mark.parametrize(
    ("style", "last", "members"),
    [
        ("trailing", {"role": "assistant", "content": "so far \n"}, {}),
        (
            "continue_final_message",
            {"role": "assistant", "content": "so far"},
            {"continue_final_message": True, "add_generation_prompt": False},
        ),
        ("prefix", {"role": "assistant", "content": "so far \n", "prefix": True}, {}),
        ("partial", {"role": "assistant", "content": "so far \n", "partial": True}, {}),
    ],
)
def test_each_style_asks_as_its_vendor_documents(
    style: str, last: dict[str, Any], members: dict[str, Any]
) -> None:
    request = next_request(chat(max_tokens=9, top_k=3), "so far \n", 5, STYLES[style])
    body = msgspec.json.decode(request.to_bytes())
    assert body["messages"] == [{"role": "user", "content": "Tell me."}, last]
    assert {name: body[name] for name in members} == members
    assert (body["max_tokens"], body["top_k"]) == (5, 3)
    assert getattr(request.view, "output_limit", None) == 5


def test_a_turn_quotes_the_answers_end() -> None:
    said, turn = _messages(next_request(chat(), "so far", 5, TURN))[1:]
    assert said == {"role": "assistant", "content": "so far"}
    assert turn["role"] == "user"
    assert turn["content"].endswith("<<<so far>>>")


@pytest.mark.parametrize(
    ("content", "merged"),
    [("Dear ", "Dear so far"), ([{"type": "text", "text": "Dear "}], None), (None, "so far")],
)
def test_the_clients_own_prefill_is_gone_on_with(content: Any, merged: str | None) -> None:
    own = {"role": "assistant", "content": content, "unknown": 1}
    request = chat(messages=[{"role": "user", "content": "Go", "x": [1]}, own])
    user, said = _messages(next_request(request, "so far", 5, _PREFILL))
    assert user == {"role": "user", "content": "Go", "x": [1]}
    assert said["unknown"] == 1
    assert said["content"] == (merged or [*content, {"type": "text", "text": "so far"}])


def test_messages_that_the_gateway_edited_are_kept() -> None:
    request = chat().edit({"messages": [{"role": "system", "content": "guarded"}]})
    assert _messages(next_request(request, "so far", 5, _PREFILL))[0]["content"] == "guarded"


def test_a_text_of_nothing_but_white_space_asks_once_more_where_the_vendor_trims() -> None:
    request = next_request(chat(), " \n", 5, STYLES["continue_final_message"])
    assert len(_messages(request)) == 1
    assert "continue_final_message" not in msgspec.json.decode(request.to_bytes())
