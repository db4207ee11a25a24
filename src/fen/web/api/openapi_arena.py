"""The arena's paths in the OpenAPI document."""

from __future__ import annotations

from typing import Any

_Tree = dict[str, Any]

_TEXT = {"type": "string"}
_VOTER = {"name": "x-fen-voter", "in": "header", "schema": _TEXT}
_BATTLE = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_PART = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"type": {"const": "text"}, "text": _TEXT},
            "required": ["type", "text"],
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "image_url"},
                "image_url": {
                    "type": "object",
                    "properties": {"url": {"type": "string", "pattern": "^data:image/"}},
                    "required": ["url"],
                },
            },
            "required": ["type", "image_url"],
        },
    ]
}
_PROMPT: _Tree = {
    "type": "object",
    "properties": {"prompt": {"anyOf": [_TEXT, {"type": "array", "items": _PART, "minItems": 1}]}},
    "required": ["prompt"],
    "additionalProperties": False,
}
_OUTCOME = {"enum": ["left", "right", "tie", "both_bad"]}
_VOTE: _Tree = {
    "type": "object",
    "properties": {"outcome": _OUTCOME},
    "required": ["outcome"],
    "additionalProperties": False,
}
_REASONS = {
    "type": "array",
    "items": {"enum": ["identity_leak", "identity_probe", "too_many", "too_soon", "outlier", "withdrawn"]},
}
_CAST: _Tree = {
    "battle": _TEXT,
    "at": _TEXT,
    "outcome": _OUTCOME,
    "counted": {"type": "boolean"},
    "reasons": _REASONS,
}
_SIDE: _Tree = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "cost": {
            "type": ["object", "null"],
            "properties": {"amount": _TEXT, "currency": _TEXT},
        },
        "output_tokens": {"type": "integer"},
        "seconds": {"type": "number"},
    },
    "required": ["name", "cost", "output_tokens", "seconds"],
}
_REVEAL: _Tree = {
    "type": "object",
    "properties": _CAST | {"accepted": {"type": "boolean"}, "left": _SIDE, "right": _SIDE},
    "required": [*_CAST, "accepted", "left", "right"],
}
_VOTES = {"type": "object", "properties": _CAST | {"left": _TEXT, "right": _TEXT}}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_ENTRY: _Tree = {
    "type": "object",
    "properties": {
        "codename": _TEXT,
        "status": {"enum": ["testing", "revealed", "retired"]},
        "model": {"type": ["string", "null"]},
        "added": _MOMENT,
        "revealed": _MOMENT,
        "retired": _MOMENT,
        "why": _TEXT,
        "battles": {"type": "integer"},
        "votes": {"type": "integer"},
        "first_battle": _MOMENT,
        "last_battle": _MOMENT,
    },
}
_STREAM = (
    "Events: `battle` with its id, `start`, `text` with a piece of both sides, then `done`, or `failed` and"
    " whether the battle is still `open`. Both sides have one rhythm, and nothing says which model is which."
)


def describe_arena(failures: _Tree) -> _Tree:
    """Return the paths; failures: the responses of every route that refuse."""

    def post(summary: str, body: _Tree, answer: _Tree, *parameters: _Tree) -> _Tree:
        content = {"application/json": {"schema": body}}
        return {
            "post": {
                "summary": summary,
                "parameters": [*parameters, _VOTER],
                "requestBody": {"required": True, "content": content},
                "responses": {"200": answer, **failures},
            }
        }

    def get(summary: str, item: _Tree, *parameters: _Tree) -> _Tree:
        listed = {"type": "object", "properties": {"data": {"type": "array", "items": item}}}
        answer = {"description": "OK", "content": {"application/json": {"schema": listed}}}
        return {
            "get": {
                "summary": summary,
                "parameters": list(parameters),
                "responses": {"200": answer, **failures},
            }
        }

    def show(summary: str, kind: str, schema: _Tree) -> _Tree:
        answer = {"description": "OK", "content": {kind: {"schema": schema}}}
        parameters = [
            {"name": "category", "in": "query", "schema": _TEXT},
            {"name": "style", "in": "query", "schema": {"type": "boolean"}},
        ]
        responses = {"200": answer, **failures}
        return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}

    stream = {"description": _STREAM, "content": {"text/event-stream": {"schema": _TEXT}}}
    reveal = {"description": "The reveal", "content": {"application/json": {"schema": _REVEAL}}}
    return {
        "/api/arena/battles": post("Begin a blind battle of two models", _PROMPT, stream),
        "/api/arena/battles/{id}/turns": post("Go on with a battle", _PROMPT, stream, _BATTLE),
        "/api/arena/battles/{id}/vote": post("Vote, and see who it was", _VOTE, reveal, _BATTLE),
        "/api/arena/votes": get("List the voter's own votes", _VOTES, _VOTER),
        "/api/arena/board": show("Show a board", "application/json", {"type": "object"}),
        "/api/arena/board/live": show("Follow a board as votes land", "text/event-stream", _TEXT),
        "/api/arena/register": get("List every variant that was ever tested", _ENTRY),
    }
