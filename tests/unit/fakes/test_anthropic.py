"""The fake of Anthropic's API says the same whole and streamed, and refuses what the API refuses."""

import json
from typing import Any

import msgspec
import pytest

from tests.fakes.anthropic import events, plan, read_ask, whole
from tests.fakes.assembling import assemble_events
from tests.fakes.script import parse_script

TOOL = {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


def body(model: str, **members: Any) -> dict[str, Any]:
    return {"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}], **members}


@pytest.mark.parametrize("model", ["fake/tokens-4", "fake/tokens-3-reasoning-2-zh-prompt-9-cached-4"])
@pytest.mark.parametrize(
    "members", [{}, {"max_tokens": 4}, {"tools": [TOOL], "tool_choice": {"type": "any"}}]
)
def test_stream_says_what_the_whole_answer_says(model: str, members: dict[str, Any]) -> None:
    asked = body(model, **members)
    ask, script = read_ask(asked), parse_script(model)
    streamed = [msgspec.json.encode(event) for event, _ in events(ask, script) if event["type"] != "ping"]
    assert assemble_events(streamed) == whole(ask, script)
    assert sum(tokens for _, tokens in events(ask, script)) == whole(ask, script)["usage"]["output_tokens"]


def test_request_without_a_limit_or_with_a_misspelt_script_is_refused() -> None:
    for wrong in ({"model": "m", "messages": []}, body("fake/tokens-3-odd")):
        written = b"".join(step.data for step in plan(json.dumps(wrong).encode()))
        assert written.startswith(b"HTTP/1.1 400")
        assert b'"type":"invalid_request_error"' in written
