"""The API's OpenAPI document, made from the same types that read the requests."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from fen.batch import BatchRequest
from fen.web.api.feedback import FEEDBACK, GIVEN
from fen.web.api.openapi_arena import describe_arena
from fen.web.api.openapi_guard import GUARD_ANSWER, GUARD_REQUEST
from fen.web.api.openapi_responses import REQUEST
from fen.wire.answer import Completion
from fen.wire.anthropic import Answer, AnthropicError, CountRequest, MessagesRequest
from fen.wire.errors import ErrorObject
from fen.wire.request import ChatRequest, EmbeddingsRequest

_Tree = dict[str, Any]

_ERRORS = {
    400: "The request is malformed, or the model cannot serve it",
    401: "No valid key",
    402: "The budget leaves too little",
    403: "The key or the peer may not do this",
    404: "No such model",
    408: "The request was not finished in time",
    410: "The vendor serves the model no more",
    413: "The body is too large",
    429: "Too much at once",
    502: "The upstream failed",
    503: "Too many requests in flight",
    504: "The upstream was too slow",
}


@cache
def make_document() -> _Tree:
    """Return the OpenAPI 3.1 document.

    Source: OpenAPI Specification 3.1.0; the schemas follow OpenAI's API reference.
    """
    kinds = (ChatRequest, EmbeddingsRequest, Completion, ErrorObject, BatchRequest)
    schemas, components = _describe(kinds)
    chat, embeddings, completion, error, batch = schemas
    messages, anthropic_components = _messages()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fen",
            "version": version("fen"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/chat/completions": _post("Answer a conversation", chat, completion, error, stream=True),
            "/v1/embeddings": _post("Embed text", embeddings, completion, error),
            "/v1/responses": _post("Answer in the Responses format", REQUEST, {}, error, stream=True),
            **messages,
            "/v1/guard": _post("Say what the guard finds in messages", GUARD_REQUEST, GUARD_ANSWER, error),
            "/v1/feedback": _post("Say how good an answer was", FEEDBACK, GIVEN, error),
            "/v1/models": _get("List the models that can answer", error),
            "/v1/models/{id}": _get("Describe one model", error, "id"),
            "/v1/requests/{id}": _get("Show what a request used and cost", error, "id"),
            **_deferred(batch, error),
            **describe_arena(_failures(error)),
            "/healthz": _get("Tell that the process lives", error),
            "/readyz": _get("Tell whether requests can be served", error),
            "/metrics": _get("Prometheus metrics", error, kind="text/plain"),
        },
        "components": {
            "schemas": components | anthropic_components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
        "security": [{"key": []}, {"x-api-key": []}],
    }


def _describe(kinds: tuple[type, ...], prefix: str = "") -> tuple[tuple[_Tree, ...], dict[str, Any]]:
    """Return the types' schemas and those that they refer to, whose names get a prefix."""
    template = f"#/components/schemas/{prefix}{{name}}"
    schemas, components = msgspec.json.schema_components(kinds, ref_template=template)
    return schemas, {prefix + name: schema for name, schema in components.items()}


def _messages() -> tuple[_Tree, _Tree]:
    """Return the paths of Anthropic's format and their schemas; the names of some are OpenAI's too."""
    kinds = (MessagesRequest, CountRequest, Answer, AnthropicError)
    (request, count, answer, error), components = _describe(kinds, "Anthropic")
    counted: _Tree = {
        "type": "object",
        "properties": {"input_tokens": {"type": "integer", "minimum": 0}, "fen": {"type": "object"}},
        "required": ["input_tokens"],
    }
    paths: _Tree = {
        "/v1/messages": _post("Answer in Anthropic's format", request, answer, error, stream=True),
        "/v1/messages/count_tokens": _post("Count a request's tokens", count, counted, error),
    }
    for path in paths.values():
        path["post"]["parameters"] = [
            {"name": name, "in": "header", "schema": {"type": "string"}}
            for name in ("anthropic-version", "anthropic-beta")
        ]
    return paths, components


def _deferred(batch: _Tree, error: _Tree) -> _Tree:
    """Return the paths of files and batches."""
    form: _Tree = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "purpose": {"type": "string", "enum": ["batch"]},
            "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
            "expires_after[seconds]": {"type": "integer"},
        },
        "required": ["file", "purpose"],
    }
    upload = _post("Upload a file of requests", form, {}, error)
    upload["post"]["requestBody"]["content"] = {"multipart/form-data": {"schema": form}}
    content = _get("Read a file", error, "id", kind="application/octet-stream")
    cancel = _post("Cancel a batch", {}, {}, error)
    del cancel["post"]["requestBody"]
    limit: _Tree = {"limit": {"type": "integer", "minimum": 1}, "after": {"type": "string"}}
    order: _Tree = {"order": {"type": "string", "enum": ["asc", "desc"]}, "purpose": {"type": "string"}}
    files, batches = _get("List files", error), _get("List batches", error)
    files["get"]["parameters"] = _query(limit | order)
    batches["get"]["parameters"] = _query(limit)
    describe = _get("Describe a file", error, "id")
    delete = {**describe["get"], "summary": "Delete a file"}
    return {
        "/v1/files": {**files, **upload},
        "/v1/files/{id}": {**describe, "delete": delete},
        "/v1/files/{id}/content": content,
        "/v1/batches": {**batches, **_post("Make a batch", batch, {}, error)},
        "/v1/batches/{id}": _get("Describe a batch", error, "id"),
        "/v1/batches/{id}/cancel": {"post": {**cancel["post"], "parameters": describe["get"]["parameters"]}},
    }


def _post(summary: str, body: _Tree, answer: _Tree, error: _Tree, *, stream: bool = False) -> _Tree:
    content: _Tree = {"application/json": {"schema": answer}}
    if stream:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"200": {"description": "The answer", "content": content}, **_failures(error)},
        }
    }


def _get(
    summary: str, error: _Tree, parameter: str | None = None, *, kind: str = "application/json"
) -> _Tree:
    operation: _Tree = {
        "summary": summary,
        "responses": {"200": {"description": "OK", "content": {kind: {"schema": {}}}}, **_failures(error)},
    }
    if parameter:
        operation["parameters"] = [
            {"name": parameter, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        ]
    return {"get": operation}


def _query(schemas: _Tree) -> list[_Tree]:
    return [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]


def _failures(error: _Tree) -> _Tree:
    return {
        str(status): {"description": text, "content": {"application/json": {"schema": error}}}
        for status, text in _ERRORS.items()
    }
