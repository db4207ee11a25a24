"""A Messages request's system prompt and turns, as a chat completion's messages."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from fen.gateway.translation import fates
from fen.gateway.translation.members import Json, Members

_encode = msgspec.json.Encoder().encode

_FAILED = "Error: "
"""What stands before the result of a tool that failed: OpenAI's results have no `is_error`."""


def write_messages(request: Members) -> list[Json]:
    """Translate the system prompt and the turns.

    Raises Unsupported for a block without a counterpart.
    """
    messages: list[Json] = []
    system = _read_content(request, "system")
    if system:
        messages.append({"role": "system", "content": _text_only(system)})
    for turn in request.each("messages"):
        role = turn.need("role", str)
        blocks = _read_content(turn, "content")
        if role == "user":
            messages += _user_messages(blocks)
        elif role == "assistant":
            messages.append(_assistant(blocks))
        elif role == "system":
            messages.append({"role": "system", "content": _text_only(blocks)})
        else:
            raise turn.wrong("role", role, "user, assistant or system")
        turn.close()
    return messages


def _read_content(where: Members, name: str) -> str | list[Members]:
    value = where.take_any(name)
    if value is None and name == "system":
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise where.wrong(name, value, "text or a list of blocks")
    blocks = cast("list[Any]", value)
    return [where.at(f"{name}[{i}]", block) for i, block in enumerate(blocks)]


def _text_only(blocks: str | list[Members]) -> str | list[Json]:
    return blocks if isinstance(blocks, str) else [_part(block, ("text",)) for block in blocks]


def _part(block: Members, kinds: tuple[str, ...], kind: str | None = None) -> Json:
    kind = kind or block.need("type", str)
    if kind not in kinds:
        raise block.untranslatable("type", kind, " or ".join(kinds))
    if kind == "text":
        made: Json = {"type": "text", "text": block.need("text", str)}
    elif kind == "image":
        made = {"type": "image_url", "image_url": {"url": _image_url(block.need_inside("source"))}}
    else:
        title = block.take("title", str) or "document.pdf"
        made = {"type": "file", "file": {"filename": title, "file_data": _pdf(block.need_inside("source"))}}
    block.close(fates.ANTHROPIC_BLOCK)
    return made


def _image_url(source: Members) -> str:
    kind = source.need("type", str)
    if kind == "url":
        url = source.need("url", str)
    elif kind == "base64":
        url = f"data:{source.need('media_type', str)};base64,{source.need('data', str)}"
    else:
        raise source.untranslatable("type", kind, "base64 or url")
    source.close()
    return url


def _pdf(source: Members) -> str:
    kind = source.need("type", str)
    if kind != "base64":
        raise source.untranslatable("type", kind, "base64")
    url = f"data:{source.need('media_type', str)};base64,{source.need('data', str)}"
    source.close()
    return url


def _user_messages(blocks: str | list[Members]) -> list[Json]:
    """Make a tool message of each result, and user messages of what stands between them."""
    if isinstance(blocks, str):
        return [{"role": "user", "content": blocks}]
    messages: list[Json] = []
    parts: list[Json] = []
    for block in blocks:
        kind = block.need("type", str)
        if kind == "tool_result":
            if parts:
                messages.append({"role": "user", "content": parts})
                parts = []
            messages.append(_result(block))
        else:
            parts.append(_part(block, ("text", "image", "document"), kind))
    if parts or not messages:
        messages.append({"role": "user", "content": parts})
    return messages


def _result(block: Members) -> Json:
    value = block.take_any("content")
    content: str | list[Json] = ""
    if isinstance(value, list):
        blocks = cast("list[Any]", value)
        content = _text_only([block.at(f"content[{i}]", item) for i, item in enumerate(blocks)])
    elif isinstance(value, str):
        content = value
    elif value is not None:
        raise block.wrong("content", value, "text or a list of blocks")
    if block.take("is_error", bool):
        if isinstance(content, str):
            content = _FAILED + content
        else:
            content = [{"type": "text", "text": _FAILED}, *content]
    message = {"role": "tool", "tool_call_id": block.need("tool_use_id", str), "content": content}
    block.close(fates.ANTHROPIC_BLOCK)
    return message


def _assistant(blocks: str | list[Members]) -> Json:
    message: Json = {"role": "assistant"}
    if isinstance(blocks, str):
        return message | {"content": blocks}
    parts: list[Json] = []
    calls: list[Json] = []
    thinking: list[str] = []
    for block in blocks:
        kind = block.need("type", str)
        if kind == "thinking":
            thinking.append(block.need("thinking", str))
            block.close(fates.ANTHROPIC_THINKING)
        elif kind == "tool_use":
            calls.append(_call(block))
        elif calls:
            raise block.untranslatable("type", kind, "no block behind a tool_use", "its place would be lost")
        else:
            parts.append(_part(block, ("text",), kind))
    message["content"] = parts or (None if calls else "")
    if len(parts) == 1:
        message["content"] = parts[0]["text"]
    if thinking:
        message["reasoning_content"] = "".join(thinking)
    if calls:
        message["tool_calls"] = calls
    return message


def _call(block: Members) -> Json:
    arguments = _encode(block.need_tree("input")).decode()
    function = {"name": block.need("name", str), "arguments": arguments}
    call = {"id": block.need("id", str), "type": "function", "function": function}
    block.close(fates.ANTHROPIC_BLOCK)
    return call
