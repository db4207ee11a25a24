"""What a chat completions request becomes towards Anthropic: translated, passed over, or refused by name."""

import json
from typing import Any

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from fen.gateway.translation import fates, request_to_anthropic
from fen.wire.errors import InvalidRequest, Unsupported
from tests.unit.gateway.translation.refusal import check_refused

Json = dict[str, Any]
PNG = "data:image/png;base64,iVBORw0KGgo="
PDF = "data:application/pdf;base64,JVBERi0="
HI = [{"role": "user", "content": "hi"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
MADE_TOOL = {"name": "f", "input_schema": SCHEMA}


def translate(**members: Any) -> Json:
    body = {"model": "m", "messages": HI, **members}
    return json.loads(request_to_anthropic(json.dumps(body).encode(), 777))


def translate_turns(*messages: Json) -> Json:
    made = translate(messages=list(messages))
    return {name: made[name] for name in ("system", "messages") if name in made}


def test_least_request_gets_the_limit_that_anthropic_must_have() -> None:
    assert translate() == {"model": "m", "max_tokens": 777, "messages": HI}


MEMBERS: list[tuple[Json, Json]] = [
    ({"max_tokens": 5}, {"max_tokens": 5}),
    ({"max_completion_tokens": 5}, {"max_tokens": 5}),
    ({"max_completion_tokens": 5, "max_tokens": 5}, {"max_tokens": 5}),
    ({"temperature": 0.5, "top_p": 0.9, "top_k": 40}, {"temperature": 0.5, "top_p": 0.9, "top_k": 40}),
    ({"temperature": 1}, {"temperature": 1}),
    ({"stop": "END"}, {"stop_sequences": ["END"]}),
    ({"stop": ["A", "B"]}, {"stop_sequences": ["A", "B"]}),
    ({"stop": []}, {}),
    ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
    ({"user": "u"}, {"metadata": {"user_id": "u"}}),
    ({"safety_identifier": "u"}, {"metadata": {"user_id": "u"}}),
    ({"service_tier": "auto"}, {"service_tier": "auto"}),
    ({"service_tier": "default"}, {"service_tier": "standard_only"}),
    ({"reasoning_effort": "high"}, {"output_config": {"effort": "high"}}),
    ({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    ({"response_format": {"type": "text"}}, {}),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    ({"tools": [TOOL]}, {"tools": [MADE_TOOL]}),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "description": "d", "strict": True}}]},
        {
            "tools": [
                {
                    "name": "f",
                    "description": "d",
                    "input_schema": {"type": "object", "properties": {}},
                    "strict": True,
                }
            ]
        },
    ),
    (
        {"tools": [TOOL | {"cache_control": {"type": "ephemeral"}}]},
        {"tools": [MADE_TOOL | {"cache_control": {"type": "ephemeral"}}]},
    ),
    ({"tools": [TOOL], "tool_choice": "auto"}, {"tools": [MADE_TOOL], "tool_choice": {"type": "auto"}}),
    ({"tools": [TOOL], "tool_choice": "none"}, {"tools": [MADE_TOOL], "tool_choice": {"type": "none"}}),
    ({"tools": [TOOL], "tool_choice": "required"}, {"tools": [MADE_TOOL], "tool_choice": {"type": "any"}}),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"tools": [MADE_TOOL], "tool_choice": {"type": "tool", "name": "f"}},
    ),
    (
        {"tools": [TOOL], "parallel_tool_calls": False},
        {"tools": [MADE_TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        {"tools": [TOOL], "parallel_tool_calls": False, "tool_choice": "required"},
        {"tools": [MADE_TOOL], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    ),
    ({"tools": [TOOL], "parallel_tool_calls": True}, {"tools": [MADE_TOOL]}),
    ({"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, {}),
]


@pytest.mark.parametrize(("members", "made"), MEMBERS)
def test_member_has_a_counterpart(members: Json, made: Json) -> None:
    assert translate(**members) == {"model": "m", "max_tokens": 777, "messages": HI} | made


NEUTRAL: list[Json] = [
    {"n": 1},
    {"frequency_penalty": 0, "presence_penalty": 0.0},
    {"logit_bias": {}},
    {"logprobs": False, "top_logprobs": 0},
    {"modalities": ["text"]},
    {"store": False, "metadata": {}},
    {"prompt_cache_key": "k", "prompt_cache_retention": "24h", "prompt_cache_options": {"mode": "implicit"}},
    {"stream_options": {"include_usage": False, "include_obfuscation": False}},
    {"functions": []},
    dict.fromkeys(CompletionCreateParamsBase.__annotations__) | {"model": "m", "messages": HI},
]


@pytest.mark.parametrize("members", NEUTRAL)
def test_member_that_asks_for_nothing_is_passed_over(members: Json) -> None:
    assert translate(**members) == {"model": "m", "max_tokens": 777, "messages": HI}


REFUSED: list[tuple[Json, str]] = [
    ({"n": 2}, "n"),
    ({"seed": 7}, "seed"),
    ({"seed": 0}, "seed"),
    ({"logprobs": True}, "logprobs"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"logit_bias": {"50256": -100}}, "logit_bias"),
    ({"frequency_penalty": 0.5}, "frequency_penalty"),
    ({"presence_penalty": -1}, "presence_penalty"),
    ({"temperature": 1.5}, "temperature"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"audio": {"voice": "v"}}, "audio"),
    ({"store": True}, "store"),
    ({"metadata": {"a": "b"}}, "metadata"),
    ({"prediction": {"type": "content"}}, "prediction"),
    ({"verbosity": "low"}, "verbosity"),
    ({"web_search_options": {}}, "web_search_options"),
    ({"moderation": {}}, "moderation"),
    ({"functions": [{"name": "f"}]}, "functions"),
    ({"function_call": "auto"}, "function_call"),
    ({"service_tier": "flex"}, "service_tier"),
    ({"reasoning_effort": "minimal"}, "reasoning_effort"),
    ({"user": "a", "safety_identifier": "b"}, "user"),
    ({"response_format": {"type": "json_object"}}, "response_format.type"),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {}, "description": "d"},
            }
        },
        "response_format.json_schema.description",
    ),
    ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
    ({"tools": [{"type": "custom", "custom": {"name": "c"}}]}, "tools[0].type"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": "sometimes"}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools"}}, "tool_choice.type"),
    ({"messages": [{"role": "system", "content": "alone"}]}, "messages"),
    ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "name": "Ann", "content": "x"}]}, "messages[0].name"),
    (
        {"messages": [{"role": "assistant", "content": "x", "reasoning_content": "why"}]},
        "messages[0].reasoning_content",
    ),
    ({"messages": [{"role": "assistant", "content": "x", "audio": {"id": "a"}}]}, "messages[0].audio"),
    (
        {"messages": [{"role": "assistant", "content": "x", "annotations": [{"type": "url_citation"}]}]},
        "messages[0].annotations",
    ),
    (
        {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]},
        "messages[0].function_call",
    ),
]

PARTS: list[tuple[Json, str]] = [
    ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, "type"),
    ({"type": "refusal", "refusal": "no"}, "type"),
    ({"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}, "image_url.detail"),
    ({"type": "image_url", "image_url": {"url": "data:image/png,x"}}, "image_url.url"),
    ({"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AA"}}, "image_url.url"),
    ({"type": "file", "file": {"file_id": "file-1"}}, "file.file_id"),
    ({"type": "file", "file": {"file_data": "data:text/csv;base64,AA"}}, "file.file_data"),
    ({"type": "file", "file": {"file_data": "JVBERi0="}}, "file.file_data"),
]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        *REFUSED,
        *[
            ({"messages": [{"role": "user", "content": [part]}]}, f"messages[0].content[0].{path}")
            for part, path in PARTS
        ],
    ],
)
def test_member_without_a_counterpart_is_refused_by_its_name(members: Json, param: str) -> None:
    check_refused(lambda: translate(**members), param, "anthropic.messages")


def test_every_member_of_openais_sdk_is_decided() -> None:
    """A member that OpenAI adds is refused; this test asks whether that is what we want."""
    tried = {name for members, _ in MEMBERS for name in members} | {"model", "messages"}
    refused = {path for _, path in REFUSED}
    known = set(CompletionCreateParamsBase.__annotations__)
    assert known <= tried | set(fates.OPENAI_REQUEST)
    never = {name for name, fate in fates.OPENAI_REQUEST.items() if not fate.harmless}
    assert never <= refused, "each of them is tried above"
    assert set(fates.OPENAI_REQUEST) <= known, "nothing is decided that does not exist"


TURNS: list[tuple[list[Json], Json]] = [
    (
        [{"role": "system", "content": "S"}, *HI],
        {"system": "S", "messages": HI},
    ),
    (
        [
            {"role": "system", "content": "S"},
            {"role": "developer", "content": [{"type": "text", "text": "D"}]},
            *HI,
        ],
        {"system": [{"type": "text", "text": "S"}, {"type": "text", "text": "D"}], "messages": HI},
    ),
    (
        [*HI, {"role": "developer", "content": "later"}],
        {"messages": [*HI, {"role": "system", "content": "later"}]},
    ),
    (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                    {"type": "image_url", "image_url": {"url": PNG, "detail": "auto"}},
                    {"type": "image_url", "image_url": {"url": "DATA:image/jpg;base64,AA"}},
                    {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                    {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
                    {"type": "text", "text": "b", "prompt_cache_breakpoint": {"mode": "explicit"}},
                ],
            }
        ],
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
                        },
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/jpeg", "data": "AA"},
                        },
                        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                        {
                            "type": "document",
                            "source": {
                                "type": "base64",
                                "media_type": "application/pdf",
                                "data": "JVBERi0=",
                            },
                            "title": "a.pdf",
                        },
                        {"type": "text", "text": "b"},
                    ],
                }
            ]
        },
    ),
    (
        [
            *HI,
            {
                "role": "assistant",
                "content": "",
                "refusal": None,
                "annotations": [],
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
                    {"id": "b", "type": "function", "function": {"name": "g", "arguments": ""}},
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "A"},
            {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "B"}]},
            {"role": "user", "content": "and?"},
        ],
        {
            "messages": [
                *HI,
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
                        {"type": "tool_use", "id": "b", "name": "g", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "a", "content": "A"},
                        {
                            "type": "tool_result",
                            "tool_use_id": "b",
                            "content": [{"type": "text", "text": "B"}],
                        },
                    ],
                },
                {"role": "user", "content": "and?"},
            ]
        },
    ),
    (
        [
            *HI,
            {
                "role": "assistant",
                "content": "so",
                "reasoning_content": "think",
                "thinking_blocks": [
                    {"type": "thinking", "thinking": "think", "signature": "s"},
                    {"type": "redacted_thinking", "data": "r"},
                ],
            },
            {"role": "assistant", "content": None, "refusal": "no"},
        ],
        {
            "messages": [
                *HI,
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "think", "signature": "s"},
                        {"type": "redacted_thinking", "data": "r"},
                        {"type": "text", "text": "so"},
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "text": "no"}]},
            ]
        },
    ),
]


@pytest.mark.parametrize(("messages", "made"), TURNS)
def test_messages_become_turns(messages: list[Json], made: Json) -> None:
    assert translate_turns(*messages) == made


MALFORMED: list[tuple[Json, str]] = [
    ({"model": None}, "model"),
    ({"temperature": "hot"}, "temperature"),
    ({"stream": 1}, "stream"),
    ({"tools": {}}, "tools"),
    ({"tools": ["f"]}, "tools[0]"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
    (
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "[1]"}}],
                }
            ]
        },
        "messages[0].tool_calls[0].function.arguments",
    ),
]


@pytest.mark.parametrize(("members", "param"), MALFORMED)
def test_malformed_member_is_named(members: Json, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        translate(**members)
    assert not isinstance(caught.value, Unsupported)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"model":1e999}'])
def test_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="found"):
        request_to_anthropic(body, 1)
