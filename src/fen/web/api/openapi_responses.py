"""The body of `POST /v1/responses`, which Fen reads member by member and not into a type.

Source: OpenAI API reference, "Responses", "Create a model response"; only what Fen takes
(fen.gateway.responses.ask).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_OBJECT = {"type": ["object", "null"]}
_FUNCTION = {
    "type": "object",
    "properties": {
        "type": {"const": "function"},
        "name": _TEXT,
        "description": _MAYBE_TEXT,
        "parameters": _MAYBE_OBJECT,
        "strict": {"type": ["boolean", "null"]},
    },
    "required": ["type", "name"],
}
_ITEM = {
    "type": "object",
    "properties": {
        "type": {"enum": ["message", "function_call", "function_call_output", "reasoning"]},
        "role": {"enum": ["user", "assistant", "system", "developer"]},
        "content": {"anyOf": [_TEXT, {"type": "array", "items": {"type": "object"}}]},
        "call_id": _TEXT,
        "name": _TEXT,
        "arguments": _TEXT,
        "output": {"anyOf": [_TEXT, {"type": "array", "items": {"type": "object"}}]},
    },
}

PROPERTIES: Mapping[str, Any] = MappingProxyType(
    {
        "model": _TEXT,
        "input": {"anyOf": [_TEXT, {"type": "array", "items": _ITEM, "minItems": 1}]},
        "instructions": _MAYBE_TEXT,
        "include": {
            "type": ["array", "null"],
            "items": {"enum": ["message.output_text.logprobs", "reasoning.encrypted_content"]},
        },
        "max_output_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31 - 1},
        "metadata": {"type": ["object", "null"], "additionalProperties": _TEXT},
        "parallel_tool_calls": {"type": ["boolean", "null"]},
        "reasoning": {"type": ["object", "null"], "properties": {"effort": _MAYBE_TEXT}},
        "service_tier": _MAYBE_TEXT,
        "stream": {"type": ["boolean", "null"]},
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "text": {
            "type": ["object", "null"],
            "properties": {"format": _MAYBE_OBJECT, "verbosity": _MAYBE_TEXT},
        },
        "tool_choice": {"anyOf": [{"enum": ["auto", "none", "required", None]}, {"type": "object"}]},
        "tools": {"type": ["array", "null"], "items": _FUNCTION},
        "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 20},
        "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "user": _MAYBE_TEXT,
    }
)

REQUEST: dict[str, Any] = {
    "title": "ResponsesRequest",
    "type": "object",
    "properties": dict(PROPERTIES),
    "required": ["model", "input"],
}
