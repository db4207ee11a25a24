"""What a Messages request becomes towards OpenAI: translated, passed over, or refused by name."""

import json
from typing import Any

import pytest

from fen.gateway.translation import fates, request_to_openai
from fen.wire.errors import InvalidRequest, Unsupported
from tests.unit.gateway.translation.refusal import check_refused

Json = dict[str, Any]
HI = [{"role": "user", "content": "hi"}]
LEAST = {"model": "m", "max_tokens": 9, "messages": HI}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"name": "f", "input_schema": SCHEMA}
MADE_TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
EPHEMERAL = {"type": "ephemeral", "ttl": "1h"}

# The body's members in Anthropic's Python SDK 2.13, `MessageCreateParamsBase` and `stream`, with the three
# that API version 2023-06-01 has and 2026-10-21 has not.
SDK = {
    "max_tokens", "messages", "model", "cache_control", "container", "diagnostics", "inference_geo",
    "metadata", "output_config", "service_tier", "speed", "stop_sequences", "system", "thinking",
    "tool_choice", "tools", "stream", "temperature", "top_k", "top_p",
}  # fmt: skip


def translate(**members: Any) -> Json:
    return json.loads(request_to_openai(json.dumps(LEAST | members).encode()))


MEMBERS: list[tuple[Json, Json]] = [
    ({}, {}),
    ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
    ({"stop_sequences": ["A", "B"]}, {"stop": ["A", "B"]}),
    ({"stop_sequences": []}, {}),
    ({"stream": True}, {"stream": True}),
    ({"metadata": {"user_id": "u"}}, {"user": "u"}),
    ({"metadata": {"user_id": None}}, {}),
    ({"service_tier": "auto"}, {"service_tier": "auto"}),
    ({"service_tier": "standard_only"}, {"service_tier": "default"}),
    ({"output_config": {"effort": "max"}}, {"reasoning_effort": "max"}),
    ({"thinking": {"type": "disabled"}}, {"reasoning_effort": "none"}),
    ({"thinking": {"type": "adaptive", "display": "summarized"}}, {}),
    (
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
            }
        },
    ),
    ({"tools": [TOOL]}, {"tools": [MADE_TOOL]}),
    (
        {
            "tools": [
                TOOL
                | {
                    "type": "custom",
                    "description": "d",
                    "strict": True,
                    "cache_control": EPHEMERAL,
                    "eager_input_streaming": True,
                    "defer_loading": False,
                    "allowed_callers": ["direct"],
                }
            ]
        },
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
                }
            ]
        },
    ),
    ({"tools": [TOOL], "tool_choice": {"type": "auto"}}, {"tools": [MADE_TOOL], "tool_choice": "auto"}),
    ({"tools": [TOOL], "tool_choice": {"type": "any"}}, {"tools": [MADE_TOOL], "tool_choice": "required"}),
    ({"tools": [TOOL], "tool_choice": {"type": "none"}}, {"tools": [MADE_TOOL], "tool_choice": "none"}),
    (
        {
            "tools": [TOOL],
            "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
        },
        {
            "tools": [MADE_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "parallel_tool_calls": False,
        },
    ),
    ({"cache_control": EPHEMERAL, "speed": "standard", "top_k": None}, {}),
]


@pytest.mark.parametrize(("members", "made"), MEMBERS)
def test_member_has_a_counterpart_or_asks_for_nothing(members: Json, made: Json) -> None:
    assert translate(**members) == LEAST | made


REFUSED: list[tuple[Json, str]] = [
    ({"max_tokens": 0}, "max_tokens"),
    ({"top_k": 5}, "top_k"),
    ({"container": "c"}, "container"),
    ({"context_management": {"edits": []}}, "context_management"),
    ({"diagnostics": {"previous_message_id": "m"}}, "diagnostics"),
    ({"inference_geo": "eu"}, "inference_geo"),
    ({"mcp_servers": [{"url": "u"}]}, "mcp_servers"),
    ({"speed": "fast"}, "speed"),
    ({"metadata": {"tenant": "t"}}, "metadata.tenant"),
    ({"service_tier": "priority"}, "service_tier"),
    ({"output_config": {"effort": "extreme"}}, "output_config.effort"),
    ({"output_config": {"format": {"type": "regex"}}}, "output_config.format.type"),
    ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, "thinking.type"),
    ({"thinking": {"type": "between_tools"}}, "thinking.type"),
    ({"thinking": {"type": "adaptive", "display": "omitted"}}, "thinking.display"),
    ({"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}, "thinking.type"),
    ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
    ({"tools": [TOOL | {"defer_loading": True}]}, "tools[0].defer_loading"),
    ({"tools": [TOOL | {"allowed_callers": ["code_execution_20260120"]}]}, "tools[0].allowed_callers"),
    ({"tools": [TOOL | {"input_examples": [{}]}]}, "tools[0].input_examples"),
    ({"tool_choice": {"type": "perhaps"}}, "tool_choice.type"),
    ({"system": [{"type": "image"}]}, "system[0].type"),
    ({"system": [{"type": "text", "text": "x", "citations": [{}]}]}, "system[0].citations"),
]

USER_BLOCKS: list[tuple[Json, str]] = [
    ({"type": "image", "source": {"type": "file", "file_id": "f"}}, "source.type"),
    (
        {"type": "image", "source": {"type": "url", "url": "u"}, "transformations": {"a": 1}},
        "transformations",
    ),
    ({"type": "document", "source": {"type": "url", "url": "u"}}, "source.type"),
    (
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
        "source.type",
    ),
    (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": ""},
            "citations": {"enabled": True},
        },
        "citations",
    ),
    (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": ""},
            "context": "c",
        },
        "context",
    ),
    ({"type": "search_result", "source": "s", "title": "t", "content": []}, "type"),
    ({"type": "container_upload", "file_id": "f"}, "type"),
    (
        {
            "type": "tool_result",
            "tool_use_id": "a",
            "content": [{"type": "image", "source": {"type": "url", "url": "u"}}],
        },
        "content[0].type",
    ),
    ({"type": "tool_result", "tool_use_id": "a", "toolset_name": "t"}, "toolset_name"),
]

CALL = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
ASSISTANT_BLOCKS: list[tuple[list[Json], str]] = [
    ([{"type": "redacted_thinking", "data": "r"}], "content[0].type"),
    ([{"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}}], "content[0].type"),
    ([CALL | {"caller": {"type": "code_execution_20260120", "tool_id": "t"}}], "content[0].caller"),
    ([CALL, {"type": "text", "text": "after"}], "content[1].type"),
]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        *REFUSED,
        *[
            ({"messages": [{"role": "user", "content": [block]}]}, f"messages[0].content[0].{path}")
            for block, path in USER_BLOCKS
        ],
        *[
            ({"messages": [*HI, {"role": "assistant", "content": blocks}]}, f"messages[1].{path}")
            for blocks, path in ASSISTANT_BLOCKS
        ],
    ],
)
def test_member_without_a_counterpart_is_refused_by_its_name(members: Json, param: str) -> None:
    check_refused(lambda: translate(**members), param, "openai.chat")


def test_every_member_of_anthropics_sdk_is_decided() -> None:
    tried = {name for members, _ in MEMBERS for name in members} | set(LEAST) | {"system"}
    assert tried | set(fates.ANTHROPIC_REQUEST) >= SDK
    never = {name for name, fate in fates.ANTHROPIC_REQUEST.items() if not fate.harmless}
    assert never <= {path for _, path in REFUSED}


TURNS: list[tuple[Json, list[Json]]] = [
    ({"system": "S", "messages": HI}, [{"role": "system", "content": "S"}, *HI]),
    (
        {"system": [{"type": "text", "text": "S", "cache_control": EPHEMERAL}], "messages": HI},
        [{"role": "system", "content": [{"type": "text", "text": "S"}]}, *HI],
    ),
    (
        {"messages": [*HI, {"role": "system", "content": "later"}]},
        [*HI, {"role": "system", "content": "later"}],
    ),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "look", "citations": None},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "AA"},
                            "cache_control": EPHEMERAL,
                        },
                        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                        {
                            "type": "document",
                            "source": {"type": "base64", "media_type": "application/pdf", "data": "AA"},
                            "title": "a.pdf",
                            "citations": {"enabled": False},
                        },
                    ],
                }
            ]
        },
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                    {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                    {
                        "type": "file",
                        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"},
                    },
                ],
            }
        ],
    ),
    (
        {
            "messages": [
                *HI,
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "why", "signature": "s"},
                        {"type": "text", "text": "so"},
                        CALL | {"input": {"x": 1.5}, "caller": {"type": "direct"}},
                        CALL | {"id": "b"},
                        CALL | {"id": "c"},
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
                            "is_error": True,
                        },
                        {"type": "tool_result", "tool_use_id": "c", "is_error": True},
                        {"type": "text", "text": "and?"},
                    ],
                },
            ]
        },
        [
            *HI,
            {
                "role": "assistant",
                "content": "so",
                "reasoning_content": "why",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1.5}'}},
                    {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "A"},
            {
                "role": "tool",
                "tool_call_id": "b",
                "content": [{"type": "text", "text": "Error: "}, {"type": "text", "text": "B"}],
            },
            {"role": "tool", "tool_call_id": "c", "content": "Error: "},
            {"role": "user", "content": [{"type": "text", "text": "and?"}]},
        ],
    ),
]


@pytest.mark.parametrize(("members", "messages"), TURNS)
def test_turns_become_messages(members: Json, messages: list[Json]) -> None:
    assert translate(**members)["messages"] == messages


MALFORMED: list[tuple[Json, str]] = [
    ({"max_tokens": None}, "max_tokens"),
    ({"max_tokens": "9"}, "max_tokens"),
    ({"system": 5}, "system"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
    ({"tools": [{"name": "f"}]}, "tools[0].input_schema"),
    (
        {"messages": [{"role": "assistant", "content": [CALL | {"input": "{}"}]}]},
        "messages[0].content[0].input",
    ),
]


@pytest.mark.parametrize(("members", "param"), MALFORMED)
def test_malformed_member_is_named(members: Json, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        translate(**members)
    assert not isinstance(caught.value, Unsupported)
    assert caught.value.param == param
