"""Whole answers in the other format."""

import json
from typing import Any

import pytest

from fen.gateway.translation import answer_to_anthropic, answer_to_openai
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage

Json = dict[str, Any]
MESSAGE: Json = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "hi"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
COMPLETION: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 5,
    "model": "gpt",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hi", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


def to_openai(**members: Any) -> Json:
    return json.loads(answer_to_openai(json.dumps(MESSAGE | members).encode(), 1234))


def to_anthropic(message: Json, finish: str | None = "stop", **members: Any) -> Json:
    choice = COMPLETION["choices"][0] | {"message": message, "finish_reason": finish}
    body = COMPLETION | {"choices": [choice]} | members
    return json.loads(answer_to_anthropic(json.dumps(body).encode(), Usage(input=7, output=8)))


def test_message_becomes_a_completion() -> None:
    assert to_openai() == {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 1234,
        "model": "claude",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hi", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 2,
            "total_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def test_completion_becomes_a_message() -> None:
    made = to_anthropic(COMPLETION["choices"][0]["message"])
    assert made == MESSAGE | {
        "id": "chatcmpl-1",
        "model": "gpt",
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 2,
        },
    }


def test_thinking_and_calls_become_openais() -> None:
    blocks = [
        {"type": "thinking", "thinking": "why", "signature": "s"},
        {"type": "redacted_thinking", "data": "r"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": [1, {"y": None}]}},
        {"type": "tool_use", "id": "u", "name": "g", "input": {}},
    ]
    [choice] = to_openai(content=blocks, stop_reason="tool_use")["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant",
        "content": "ab",
        "refusal": None,
        "reasoning_content": "why",
        "thinking_blocks": blocks[:2],
        "tool_calls": [
            {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"x":[1,{"y":null}]}'}},
            {"id": "u", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        ],
    }
    assert to_openai(content=blocks[4:])["choices"][0]["message"]["content"] is None


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_and_calls_become_anthropics(name: str) -> None:
    made = to_anthropic(
        {
            "role": "assistant",
            "content": None,
            name: "why",
            "tool_calls": [
                {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
                {"type": "function", "function": {"name": "g", "arguments": {"tree": True}}},
            ],
        },
        "tool_calls",
    )
    assert made["stop_reason"] == "tool_use"
    assert made["content"] == [
        {"type": "thinking", "thinking": "why", "signature": ""},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}},
        {"type": "tool_use", "id": "call_1", "name": "g", "input": {"tree": True}},
    ]


@pytest.mark.parametrize(
    ("reason", "finish", "beside"),
    [
        ("end_turn", "stop", None),
        ("max_tokens", "length", None),
        ("tool_use", "tool_calls", None),
        ("refusal", "content_filter", None),
        ("stop_sequence", "stop", "stop_sequence"),
        ("model_context_window_exceeded", "length", "model_context_window_exceeded"),
        ("pause_turn", "pause_turn", "pause_turn"),
    ],
)
def test_stop_reason_becomes_a_finish_reason_and_is_told_where_that_says_less(
    reason: str, finish: str, beside: str | None
) -> None:
    made = to_openai(stop_reason=reason)
    assert made["choices"][0]["finish_reason"] == finish
    assert made.get("anthropic", {}).get("stop_reason") == beside


@pytest.mark.parametrize(
    ("finish", "message", "reason"),
    [
        ("stop", {"content": "x"}, "end_turn"),
        ("length", {"content": "x"}, "max_tokens"),
        ("content_filter", {"content": "x"}, "refusal"),
        ("stop", {"content": None, "refusal": "no"}, "refusal"),
        ("stop", {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": ""}}]}, "tool_use"),
        ("insufficient_system_resource", {"content": "x"}, "insufficient_system_resource"),
        (None, {"content": "x"}, None),
    ],
)
def test_finish_reason_becomes_the_stop_reason_that_fits_the_content(
    finish: str | None, message: Json, reason: str | None
) -> None:
    assert to_anthropic(message, finish)["stop_reason"] == reason


def test_refusal_and_parts_become_text() -> None:
    assert to_anthropic({"content": "", "refusal": "no"})["content"] == [{"type": "text", "text": "no"}]
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert to_anthropic({"content": parts})["content"] == [{"type": "text", "text": "ab"}]
    assert to_anthropic({"content": ""})["content"] == []


def test_usage_is_counted_in_the_other_formats_way() -> None:
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 30,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
    }
    made = to_openai(usage=usage)["usage"]
    assert made == {
        "prompt_tokens": 100,
        "completion_tokens": 9,
        "total_tokens": 109,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    assert to_anthropic({"content": "x"}, usage=made)["usage"] == usage


def test_usage_that_never_came() -> None:
    assert "usage" not in to_openai(usage=None)
    estimated = to_anthropic({"content": "x"}, usage=None)["usage"]
    assert (estimated["input_tokens"], estimated["output_tokens"]) == (7, 8)


def test_what_openai_has_no_place_for_rides_along() -> None:
    made = to_openai(
        stop_reason="stop_sequence",
        stop_sequence="END",
        container={"id": "c"},
        content=[{"type": "text", "text": "x", "citations": [{"type": "char_location"}]}],
        usage={"input_tokens": 1, "output_tokens": 1, "service_tier": "standard"},
    )
    assert made["anthropic"] == {
        "stop_reason": "stop_sequence",
        "stop_sequence": "END",
        "container": {"id": "c"},
        "content": [{"index": 0, "citations": [{"type": "char_location"}]}],
        "usage": {"service_tier": "standard"},
    }


def test_what_anthropic_has_no_place_for_rides_along() -> None:
    message = {"content": "x", "annotations": [{"type": "url_citation"}]}
    body = COMPLETION | {
        "system_fingerprint": "fp",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "stop",
                "logprobs": {"content": [{"token": "x"}]},
            }
        ],
        "usage": COMPLETION["usage"] | {"queue_time": 0.1},
    }
    assert json.loads(answer_to_anthropic(json.dumps(body).encode(), Usage()))["openai"] == {
        "system_fingerprint": "fp",
        "choice": {"logprobs": {"content": [{"token": "x"}]}},
        "message": {"annotations": [{"type": "url_citation"}]},
        "usage": {"queue_time": 0.1},
    }


@pytest.mark.parametrize(
    "members",
    [
        {"type": "error"},
        {"content": [{"type": "server_tool_use", "id": "a", "name": "n", "input": {}}]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "tool_use", "id": "a", "name": "n", "input": "{}"}]},
        {"usage": {"input_tokens": "three"}},
        {"model": None},
    ],
)
def test_message_that_cannot_be_translated_is_the_upstreams_fault(members: Json) -> None:
    with pytest.raises(UpstreamFailed, match=r"found .* expected"):
        to_openai(**members)


@pytest.mark.parametrize(
    ("message", "members"),
    [
        ({"content": [{"type": "image_url", "image_url": {"url": "u"}}]}, {}),
        ({"content": 5}, {}),
        ({"tool_calls": [{"id": "a", "type": "custom", "custom": {}, "function": {"name": "f"}}]}, {}),
        ({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": '{"cut": '}}]}, {}),
        ({"content": "x"}, {"choices": []}),
        ({"content": "x"}, {"usage": {"prompt_tokens": "three"}}),
    ],
)
def test_completion_that_cannot_be_translated_is_the_upstreams_fault(message: Json, members: Json) -> None:
    with pytest.raises(UpstreamFailed, match=r"found .* expected"):
        to_anthropic(message, **members)


def test_answer_that_is_not_json_is_the_upstreams_fault() -> None:
    with pytest.raises(UpstreamFailed, match="not JSON"):
        answer_to_openai(b"{", 1)
    with pytest.raises(UpstreamFailed, match="not JSON"):
        answer_to_anthropic(b"{", Usage())
