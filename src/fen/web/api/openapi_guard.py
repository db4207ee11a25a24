"""The body of `POST /v1/guard` and its answer; the body is that of two other routes with less required."""

from __future__ import annotations

from typing import Any

from fen.hierarchy.policy import ORDER
from fen.hierarchy.privilege import Privilege

_TEXT = {"type": "string"}
_PLACE = {"type": "integer", "minimum": 0}

GUARD_REQUEST: dict[str, Any] = {
    "type": "object",
    "description": "OpenAI's chat completions, or Anthropic's Messages; the model may be left out.",
    "properties": {
        "messages": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        "system": {"anyOf": [_TEXT, {"type": "array", "items": {"type": "object"}}]},
        "tools": {"type": "array", "items": {"type": "object"}},
        "model": _TEXT,
        "fen": {"type": "object"},
    },
    "required": ["messages"],
}

GUARD_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"enum": list(ORDER)},
        "reason": _TEXT,
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "kind": _TEXT,
                    "where": _TEXT,
                    "privilege": {"enum": [privilege.word for privilege in Privilege]},
                    "start": _PLACE,
                    "end": _PLACE,
                    "text": _TEXT,
                },
                "required": ["kind", "where", "privilege", "start", "end"],
            },
        },
    },
    "required": ["verdict", "reason", "findings"],
}
