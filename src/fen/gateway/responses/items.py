"""A Responses request's input, as a chat completion's messages."""

from __future__ import annotations

from typing import Any, cast

from fen.gateway.responses import fates
from fen.gateway.responses.parts import ASSISTANT, PROMPT, USER, write_content
from fen.gateway.responses.thoughts import unseal
from fen.gateway.translation.members import Json, Members

_KINDS = "message, function_call, function_call_output or reasoning"


def write_messages(request: Members) -> list[Json]:
    """Translate `instructions` and `input`.

    Raises Unsupported for an item without a counterpart, InvalidRequest for one that is malformed.
    """
    writer = _Writer()
    instructions = request.take("instructions", str)
    if instructions:
        writer.messages.append({"role": "system", "content": instructions})
    value = request.take_any("input")
    if isinstance(value, str):
        writer.messages.append({"role": "user", "content": value})
        return writer.messages
    if not isinstance(value, list) or not value:
        raise request.wrong("input", value, "text or a list of items")
    for index, item in enumerate(cast("list[Any]", value)):
        writer.add(request.at(f"input[{index}]", item))
    writer.close()
    return writer.messages


class _Writer:
    """Joins what one turn of the assistant said: its reasoning, its text, its calls.

    Responses has them as items one behind the other, a chat completion in one message.
    """

    def __init__(self) -> None:
        self.messages: list[Json] = []
        self._thought: Json = {}
        self._thinker: Members | None = None
        self._turn: Json | None = None

    def add(self, item: Members) -> None:
        kind = item.take("type", str) or "message"
        if kind == "message":
            self._message(item)
        elif kind == "function_call":
            self._call(item)
        elif kind == "function_call_output":
            self._output(item)
        elif kind == "reasoning":
            self._reason(item)
        else:
            why = "Fen keeps no items" if kind == "item_reference" else ""
            raise item.untranslatable("type", kind, _KINDS, why)

    def close(self) -> None:
        """Refuse reasoning that led to nothing: no message could carry it."""
        if self._thinker is not None:
            raise self._thinker.untranslatable(
                "type", "reasoning", "the message or function_call that it led to behind it"
            )

    def _message(self, item: Members) -> None:
        role = item.need("role", str)
        if role == "assistant":
            if self._turn is not None and "tool_calls" in self._turn:
                where = "no message between a function_call and its output"
                raise item.untranslatable("role", role, where, "its place would be lost")
            content = write_content(item, "content", ASSISTANT)
            self._turn = {"role": role, "content": content} | self._take_thought()
            self.messages.append(self._turn)
        elif role in ("user", "system", "developer"):
            self.close()
            self._turn = None
            content = write_content(item, "content", USER if role == "user" else PROMPT)
            self.messages.append({"role": role, "content": content})
        else:
            raise item.untranslatable("role", role, "user, assistant, system or developer")
        item.close(fates.ITEM)

    def _call(self, item: Members) -> None:
        function = {"name": item.need("name", str), "arguments": item.need("arguments", str)}
        call = {"id": item.need("call_id", str), "type": "function", "function": function}
        item.close(fates.ITEM)
        if self._turn is None or self._thought:
            self._turn = {"role": "assistant", "content": None} | self._take_thought()
            self.messages.append(self._turn)
        self._turn.setdefault("tool_calls", []).append(call)

    def _output(self, item: Members) -> None:
        self.close()
        self._turn = None
        content = write_content(item, "output", PROMPT)
        call_id = item.need("call_id", str)
        item.take("name", str)  # the call has said it already
        item.close(fates.ITEM)
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": content})

    def _reason(self, item: Members) -> None:
        said = "".join(_read_reasoning(part) for part in item.each("content"))
        blocks = unseal(item)
        item.close(fates.REASONING_ITEM)
        if said:
            self._thought["reasoning_content"] = self._thought.get("reasoning_content", "") + said
        if blocks:
            self._thought.setdefault("thinking_blocks", []).extend(blocks)
        if self._thought:
            self._thinker = item

    def _take_thought(self) -> Json:
        thought, self._thought, self._thinker = self._thought, {}, None
        return thought


def _read_reasoning(part: Members) -> str:
    kind = part.need("type", str)
    if kind not in ("reasoning_text", "text"):
        raise part.untranslatable("type", kind, "reasoning_text")
    text = part.need("text", str)
    part.close()
    return text
