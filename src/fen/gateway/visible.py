"""What a router may see of a call: the words that the guard let go, and the request's shape."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from fen.gateway.call import Call
from fen.routing.asked import Asked
from fen.wire.anthropic import Block, CountRequest, walk_blocks
from fen.wire.message import ImagePart, texts
from fen.wire.request import ChatRequest, Json, Request


class _Told(NamedTuple):
    """text: of the user's last turn that has any. total: characters of all texts."""

    text: str
    total: int
    turns: int
    images: int
    tools: int


def read_asked(call: Call) -> Asked:
    """Return what may be seen of a chat request, in either wire format; its size must have been measured."""
    view, size = call.request.view, call.size
    assert size is not None
    assert isinstance(view, ChatRequest | CountRequest)
    told = _read_chat(view) if isinstance(view, ChatRequest) else _read_turns(view)
    return Asked(
        text=told.text,
        before=told.total - len(told.text),
        tag=call.tag,
        turns=told.turns,
        tools=told.tools,
        schema="json_schema" in size.needs,
        images=told.images,
        input_tokens=size.estimate,
        output_limit=getattr(view, "output_limit", None),
    )


def _read_chat(view: ChatRequest) -> _Told:
    last, total, turns, images = "", 0, 0, 0
    for message in view.messages:
        content = message.content
        if isinstance(content, list):
            images += sum(isinstance(part, ImagePart) for part in content)
            content = "\n".join(texts(message))
        content = content or ""
        total += len(content)
        if message.role == "user":
            turns += 1
            last = content or last
    return _Told(last, total, turns, images, len(view.tools or ()))


def _read_turns(view: CountRequest) -> _Told:
    last, total, turns, images = "", 0, 0, 0
    for block in walk_blocks(view):
        total += len(block.text or "")
        images += block.type == "image"
    for turn in view.messages:
        if turn.role == "user" and (said := _say(turn.content)) is not None:
            turns += 1
            last = said or last
    return _Told(last, total, turns, images, len(view.tools or ()))


def _say(content: str | list[Block]) -> str | None:
    """Return what the user says in a turn; None where it only hands over what tools returned."""
    if isinstance(content, str):
        return content
    if content and all(block.type == "tool_result" for block in content):
        return None
    return "\n".join(block.text for block in content if block.text)


def find_schema(request: Request) -> Json | None:
    """Return the JSON schema of the answer that a request wants; None where it wants none."""
    view = request.view
    told: Json | None = None
    if isinstance(view, ChatRequest):
        wanted = view.response_format
        if wanted is not None and wanted.type in ("json_object", "json_schema"):
            told = wanted.json_schema or {}
    elif isinstance(view, CountRequest) and view.output_config is not None:
        told = view.output_config.format
    if told is None:
        return None
    schema: Any = told.get("schema")
    return cast("Json", schema) if isinstance(schema, dict) else {"type": "object"}


def find_tools(request: Request) -> dict[str, Json | None]:
    """Return the tools that an answer may call, by name, each with the JSON schema of its arguments."""
    view = request.view
    if isinstance(view, ChatRequest):
        functions = (tool.function for tool in view.tools or ())
        return {function.name: function.parameters for function in functions if function is not None}
    if not isinstance(view, CountRequest):
        return {}
    return {tool.name: tool.input_schema for tool in view.tools or () if tool.name is not None}
