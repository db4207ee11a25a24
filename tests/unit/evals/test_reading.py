"""What is read of an answer: its text and its reasoning, calls, refusals, figures and times."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fen.evals import Failure, ToolCall
from fen.evals.reading import StreamReading, read_body, read_reply, read_settled
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import make_settlement


def complete(finish: str | None = "stop", usage: dict[str, Any] | None = None, **message: object) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def chunk(finish: str | None = None, **delta: object) -> bytes:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode()


def test_text_and_reasoning_are_told_apart() -> None:
    found = read_body(complete(content="42", reasoning_content="six times seven"))
    assert (found.text, found.reasoning, found.finish_reason) == ("42", "six times seven", "stop")
    assert read_body(complete(content="42", reasoning="so")).reasoning == "so"
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}]
    assert read_body(complete(content=parts)).text == "yes"


def test_a_refusal_is_its_words() -> None:
    found = read_body(complete(content=None, refusal="I can't."))
    assert (found.text, found.refused) == ("I can't.", True)


def test_a_cut_answer_says_so() -> None:
    assert read_body(complete("length", content="and then")).cut
    assert not read_body(complete(content="done")).cut


def test_calls_keep_their_arguments_as_written() -> None:
    calls = [
        {"id": "a", "function": {"name": "f", "arguments": '{ "x": 1 }'}},
        {"id": "b", "function": {"name": "g", "arguments": {"y": 2}}},
        {"id": "c", "function": {"name": "h"}},
    ]
    found = read_body(complete("tool_calls", tool_calls=calls)).calls
    assert found == (
        ToolCall("f", '{ "x": 1 }', "a"),
        ToolCall("g", '{"y":2}', "b"),
        ToolCall("h", "{}", "c"),
    )


@pytest.mark.parametrize("body", [b'{"choices": []}', b'{"choices": [{"index": 0}]}'])
def test_an_answer_without_a_message_is_empty(body: bytes) -> None:
    assert (read_body(body).text, read_body(body).error) == ("", None)


def test_a_settlement_says_what_an_answer_came_to() -> None:
    cost = Money(Decimal("0.001"), "USD")
    settlement = make_settlement(
        id="req_7-2",
        usage=Usage(10, cached_input=5, output=20, reasoning=3),
        cost=cost,
        settled_at=datetime.now(UTC),
    )
    found = read_settled(complete(content="x"), settlement, 1.5)
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens) == (15, 23, 3)
    assert (found.cost, found.request_id, found.attempts, found.seconds) == (cost, "req_7", 2, 1.5)


def test_headers_say_what_an_answer_came_to() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    headers = [("x-fen-cost", "0.00012 USD"), ("x-fen-request-id", "req_9"), ("x-fen-attempts", "3")]
    found = read_reply(complete(content="x", usage=usage), headers, 2.0)
    assert (found.input_tokens, found.output_tokens, found.exact) == (10, 20, True)
    assert (found.cost, found.request_id, found.attempts) == (Money(Decimal("0.00012"), "USD"), "req_9", 3)
    unknown = read_reply(complete(content="x"), [("x-fen-cost", "unknown")], 2.0)
    assert (unknown.cost, unknown.exact) == (None, False)


def test_a_streams_pieces_are_timed() -> None:
    reading = StreamReading()
    reading.feed(chunk(role="assistant"), 0.05)
    reading.feed(chunk(reasoning_content="hm "), 0.1)
    reading.feed(chunk(reasoning_content="yes"), 0.2)
    reading.feed(chunk(content="4"), 0.5)
    reading.feed(chunk(content="2"), 0.6)
    reading.feed(chunk("stop"), 0.7)
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    fen = {"request_id": "req_1", "cost": "0.002", "currency": "USD", "certainty": "exact", "attempts": 1}
    reading.feed(json.dumps({"choices": [], "usage": usage, "fen": fen}).encode(), 0.8)
    reading.feed(b"[DONE]", 0.8)
    found = reading.finish(0.9)
    assert (found.text, found.reasoning, found.finish_reason) == ("42", "hm yes", "stop")
    assert found.timing is not None
    assert (found.timing.first, found.timing.first_content, found.timing.last) == (0.1, 0.5, 0.6)
    assert found.timing.pieces == (0.1, 0.2, 0.5, 0.6)
    assert (found.cost, found.request_id, found.seconds) == (Money(Decimal("0.002"), "USD"), "req_1", 0.9)
    assert (found.input_tokens, found.output_tokens) == (10, 5)


def test_a_streams_calls_are_put_together() -> None:
    reading = StreamReading()
    for index, delta in [
        (0, {"id": "a", "function": {"name": "f", "arguments": ""}}),
        (0, {"function": {"arguments": '{"x"'}}),
        (1, {"id": "b", "function": {"name": "g", "arguments": "{}"}}),
        (0, {"function": {"arguments": ": 1}"}}),
    ]:
        reading.feed(chunk(tool_calls=[{"index": index, **delta}]), 0.1)
    assert reading.finish(1.0).calls == (ToolCall("f", '{"x": 1}', "a"), ToolCall("g", "{}", "b"))


def test_a_stream_that_broke_has_an_error() -> None:
    reading = StreamReading()
    reading.feed(chunk(content="half"), 0.1)
    reading.feed(b'{"error": {"message": "gone", "code": "upstream_failed"}}', 0.2)
    assert reading.finish(0.3).error == Failure(502, "gone", "upstream_failed")
