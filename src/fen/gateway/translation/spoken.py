"""What an OpenAI-compatible server's message or delta says, whichever member it says it in."""

from __future__ import annotations

from typing import Any, cast

from fen.gateway.translation.members import Members


def take_reasoning(message: Members) -> str:
    """Take the reasoning: `reasoning_content` (DeepSeek's name), else `reasoning` (OpenRouter's, vLLM's).

    Servers that send both say the same in both.
    """
    first = _take_text(message, "reasoning_content")
    second = _take_text(message, "reasoning")
    return first or second


def take_content(message: Members) -> str:
    """Take the text, which Mistral's models send in parts.

    Raises UpstreamFailed for a part that is no text.
    """
    return _take_text(message, "content")


def _take_text(message: Members, name: str) -> str:
    value = message.take_any(name)
    if value is None or isinstance(value, str):
        return value or ""
    if not isinstance(value, list):
        raise message.wrong(name, value, "text or a list of parts")
    said = ""
    for index, item in enumerate(cast("list[Any]", value)):
        part = message.at(f"{name}[{index}]", item)
        kind = part.need("type", str)
        if kind != "text":
            raise part.untranslatable("type", kind, "text")
        said += part.need("text", str)
    return said
