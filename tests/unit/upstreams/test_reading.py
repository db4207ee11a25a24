"""Answers as vendors really write them: what is read, what is an error."""

import json
from typing import Any

import msgspec
import pytest

from fen.upstreams._reading import read_error, read_event, read_whole
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage


def body(message: dict[str, Any]) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


@pytest.mark.parametrize(
    ("message", "produced"),
    [
        ({"content": "abc"}, 3),
        ({"content": "分厘"}, 6),
        ({"content": None, "reasoning_content": "abcd"}, 4),
        ({"content": "a", "reasoning": "bc", "refusal": "d"}, 4),
        ({"content": None, "tool_calls": [{"function": {"name": "fn", "arguments": '{"a":1}'}}]}, 9),
        ({"content": None, "tool_calls": [{"function": {"name": "fn", "arguments": {"a": "xyz"}}}]}, 5),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "abc"}]}]}, 3),
        ({}, 0),
    ],
)
def test_what_was_written_is_counted_wherever_it_stands(message: dict[str, Any], produced: int) -> None:
    assert read_whole("openai.chat", body(message)).produced == produced


def test_answer_keeps_its_bytes() -> None:
    text = body({"content": "a", "x": 1.10})
    assert read_whole("openai.chat", text).body is text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"<html>", "not OpenAI's"),
        (b"[]", "not OpenAI's"),
        (b"\xff", "not OpenAI's"),
        (b'{"error":{"message":"busy"}}', "busy"),
        (b'{"error":"busy"}', "busy"),
        (b'{"choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}', "balance"),
        (b'{"code":10013,"message":"not allowed"}', "not allowed"),
        (b"{}", "without|HTTP 200"),
    ],
)
def test_error_under_status_200_is_no_answer(text: bytes, words: str) -> None:
    with pytest.raises(UpstreamFailed, match=words):
        read_whole("openai.chat", text)


def test_embeddings_have_no_choices_and_write_nothing() -> None:
    answer = read_whole("openai.embeddings", b'{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}')
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.flags) == (3, ())


@pytest.mark.parametrize(
    ("text", "message", "code"),
    [
        (b'{"error":{"message":"m","type":"t","param":"p","code":"c"}}', "m", "c"),
        (b'{"error":{"message":"m","code":1301}}', "m", "1301"),
        (b'{"message":"m"}', "m", None),
        (b"nothing", "HTTP 400 without an error object", None),
        (b"[1]", "HTTP 400 without an error object", None),
        (b'{"error":{"message":"' + b"x" * 5000 + b'"}}', "x" * 2000, None),
    ],
)
def test_error_is_read_in_its_usual_places(text: bytes, message: str, code: str | None) -> None:
    error = read_error(text, 400)
    assert (error.message, error.code) == (message, code)


def test_a_report_that_cannot_be_true_is_told_as_the_books_have_it() -> None:
    told = b'{"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": -7}, "x_unknown": [1.5]}'
    event = read_event(told)
    assert event.usage == Usage(input=30)
    assert event.flags
    chunk = msgspec.json.decode(event.data)
    assert chunk["x_unknown"] == [1.5]
    totals = {name: chunk["usage"][name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    assert totals == {"prompt_tokens": 30, "completion_tokens": 0, "total_tokens": 30}
    again = read_event(event.data)
    assert (again.usage, again.flags, again.data) == (event.usage, (), event.data)
