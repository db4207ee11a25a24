"""A line's way in and out."""

import json
from typing import Any

import msgspec
import pytest

from fen.batch.line import MESSAGES, EndedLine, LineState, fail, measure_line, read_request, write_line
from fen.wire.errors import InvalidRequest, RateLimited


def line(body: dict[str, Any], name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "method": "POST", "url": "/x", "body": body}).encode()


def ended(state: LineState, **more: Any) -> EndedLine:
    empty = {"status": None, "request_id": None, "answer": None, "code": None}
    return EndedLine(**{"number": 7, "request": line({}, "mine"), "state": state, **empty, **more})


CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def test_a_request_is_the_lines_own_text() -> None:
    body = b'{"model":"m", "messages":[{"role":"user","content":"1.50"}], "x":1.50}'
    text = b'{"custom_id":"a","method":"POST","url":"/x","body":' + body + b"}"
    assert read_request(text, "openai.chat").to_bytes() == body


def test_a_stream_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="stream: found true, expected a whole answer") as caught:
        read_request(line(CHAT | {"stream": True}), "openai.chat")
    assert caught.value.param == "stream"
    read_request(line(CHAT | {"stream": False}), "openai.chat")


def test_a_plan_is_told_the_model_and_the_likely_tokens() -> None:
    measured = measure_line(3, line(CHAT | {"max_tokens": 40, "n": 2}), "openai.chat")
    assert (measured.number, measured.model, measured.output_tokens) == (3, "m", 80)
    assert 0 < measured.input_tokens < len(measured.request)
    assert measure_line(1, line(CHAT), "openai.chat").output_tokens > 0
    assert measure_line(1, line({"model": "m", "input": "Hi"}), "openai.embeddings").output_tokens == 0


@pytest.mark.parametrize("body", [{}, {"model": "m"}, CHAT | {"model": "a\x00b"}, CHAT | {"stream": True}])
def test_what_cannot_be_planned_is_stored_all_the_same(body: dict[str, Any]) -> None:
    measured = measure_line(1, line(body), "openai.chat")
    assert measured.model == ""
    assert measured.request == line(body)


def test_an_answer_goes_out_as_the_upstream_wrote_it() -> None:
    written = write_line("batch_1", ended("done", status=200, request_id="req_1", answer=b'{"n":1.50}'))
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    assert b'"body":{"n":1.50}' in written
    assert json.loads(written) == {
        "id": "batch_1_7",
        "custom_id": "mine",
        "response": {"status_code": 200, "request_id": "req_1", "body": {"n": 1.5}},
        "error": None,
    }


def test_an_error_goes_out_with_its_status() -> None:
    outcome = fail(RateLimited("found much, expected less", retry_after=1))
    written = json.loads(
        write_line("batch_1", ended("failed", status=outcome.status, answer=outcome.body, request_id="req_1"))
    )
    assert written["response"]["status_code"] == 429
    assert written["response"]["body"]["error"]["code"] == "rate_limit_exceeded"
    assert written["error"] is None


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_a_line_without_an_answer_says_why(code: str) -> None:
    written = msgspec.json.decode(write_line("batch_1", ended("failed", code=code)))
    assert written["response"] is None
    assert written["error"]["code"] == code
    assert "found" in written["error"]["message"]
    assert "expected" in written["error"]["message"]
