"""A log line is one line, says what happened to which request, and holds no secret and nobody's text."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from fen.telemetry import configure_logging
from fen.telemetry.access import AccessLog
from fen.telemetry.redaction import redact
from fen.wire.errors import ConfigError, UpstreamFailed
from tests.unit.telemetry.calls import call

Reader = Callable[[], list[str]]
log = logging.getLogger("fen.test")


def start(level: str = "info", style: Any = "json") -> Reader:
    stream = io.StringIO()
    configure_logging(level, style, stream)
    return lambda: stream.getvalue().splitlines()


def test_an_event_is_one_json_object() -> None:
    lines = start()
    log.warning("found %d\nof %s", 3, "two", extra={"request_id": "req_9", "pid": 12})
    [line] = lines()
    event = json.loads(line)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "warning",
        "logger": "fen.test",
        "message": "found 3\nof two",
        "request_id": "req_9",
        "pid": 12,
    }


def test_text_keeps_to_one_line_whatever_is_in_it() -> None:
    lines = start(style="text")
    log.info("a\r\nforged line", extra={"request_id": "req_9"})
    [line] = lines()
    assert line.endswith(r"info    fen.test: a\r\nforged line request_id=req_9")


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_failure_tells_where_and_not_what_it_was_given(style: str) -> None:
    lines = start(style=style)
    prompt = "my diagnosis is"
    try:
        try:
            {}[prompt]
        except KeyError:
            int(prompt)
    except ValueError:
        log.exception("request failed")
    text = "\n".join(lines())
    assert "builtins.ValueError" in text
    assert "caused by builtins.KeyError" in text
    assert "test_logs.py" in text
    assert prompt not in text


def test_a_failure_of_ours_or_of_the_system_tells_its_message() -> None:
    lines = start()
    try:
        raise UpstreamFailed("found nobody there") from ConnectionRefusedError(111, "Connection refused")
    except UpstreamFailed:
        log.exception("call failed")
    assert json.loads(lines()[0])["failure"][0] == "fen.wire.errors.UpstreamFailed: found nobody there"
    assert "Connection refused" in lines()[0]


def test_a_call_has_one_line() -> None:
    lines = start()
    AccessLog().finish(call())
    [line] = lines()
    event = json.loads(line)
    assert event.pop("time")
    assert event == {
        "level": "info",
        "logger": "fen.access",
        "message": "call",
        "request_id": "req_1",
        "format": "openai.chat",
        "status": 200,
        "duration_ms": 300,
        "model": "fake/gpt-4o-mini",
        "upstream": "fake",
        "stream": True,
        "first_ms": 40,
        "input_tokens": 10,
        "output_tokens": 25,
        "cost": "0.000015",
        "currency": "USD",
        "key_id": "key_1",
    }


def test_a_call_in_text_says_the_same() -> None:
    lines = start(style="text")
    AccessLog().finish(call(error="overloaded", status=503))
    [line] = lines()
    assert "info    fen.access: call request_id=req_1" in line
    assert "status=503" in line
    assert line.endswith("error=overloaded")


def test_an_upstreams_words_are_no_error_code() -> None:
    lines = start()
    AccessLog().finish(call(error="you said: my diagnosis is", status=400))
    assert json.loads(lines()[0])["error"] == "other"


def test_other_handlers_can_format_a_call_too(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, "fen"):
        AccessLog().finish(call())
    assert caplog.messages == ["call"]
    assert "fen.access" in caplog.text


def test_warning_leaves_the_calls_out() -> None:
    lines = start("warning")
    AccessLog().finish(call())
    log.info("not this")
    log.warning("this")
    assert len(lines()) == 1


def test_libraries_are_heard_from_warning_on() -> None:
    lines = start("info")
    logging.getLogger("uvicorn.error").info("chatter")
    logging.getLogger("uvicorn.error").warning("trouble")
    assert [json.loads(line)["message"] for line in lines()] == ["trouble"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ConfigError, match="FEN_LOG: found 'loud', expected one of debug, info"):
        configure_logging("loud", "json")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"),
        ('{"authorization":"bearer abc"}', '{"authorization":"bearer [redacted]"}'),
        ("key sk-proj-0123456789abcdef", "key [redacted]"),
        ("found fen-" + "x_-Y" * 11, "found [redacted]"),
        ("postgresql://fen:hunter2@db/fen", "postgresql://fen:[redacted]@db/fen"),
        ("OPENAI_API_KEY=abcdef", "OPENAI_API_KEY=[redacted]"),
        ('{"api_key": "abcdef"}', '{"api_key": "[redacted]"}'),
        ("x-api-key: abcdef", "x-api-key: [redacted]"),
        ("fen/smollm2-135m on http://127.0.0.1:8000/v1", "fen/smollm2-135m on http://127.0.0.1:8000/v1"),
        ("ask-me, a task-force", "ask-me, a task-force"),
    ],
)
def test_what_looks_like_a_secret_is_struck_out(line: str, expected: str) -> None:
    assert redact(line) == expected


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_way_into_a_line_goes_round_the_redaction(style: str) -> None:
    lines = start(style=style)
    secret = "fen-" + "s3cr3t" * 7 + "x"
    log.error("found %s", secret, extra={"request_id": secret, "deep": {"headers": [f"Bearer {secret}"]}})
    try:
        raise OSError(secret)
    except OSError:
        log.exception("failed")
    assert len(lines()) >= 2
    assert secret not in "\n".join(lines())
