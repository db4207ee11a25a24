"""Output items under way in a stream, and the events by which they grow."""

from __future__ import annotations

from collections.abc import Callable

from fen.gateway.responses import shape
from fen.gateway.translation.answer_to_anthropic import make_call_id
from fen.gateway.translation.calls import Call
from fen.gateway.translation.members import Json

Emit = Callable[[Json], None]

_MEMBERS = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text"}


class _Part:
    """A part that grows."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.said: list[str] = []
        self.logprobs: list[Json] = []

    @property
    def whole(self) -> Json:
        text = "".join(self.said)
        if self.kind == "output_text":
            return shape.text_part(text, self.logprobs)
        return shape.refusal_part(text) if self.kind == "refusal" else shape.reasoning_part(text)


class TextItem:
    """A message, or the reasoning: parts of text, one open at a time."""

    def __init__(self, kind: str, item_id: str, index: int, emit: Emit) -> None:
        self.kind = kind
        self.ended = False
        self.thinking: list[Json] = []
        self._id = item_id
        self._index = index
        self._emit = emit
        self._parts: list[_Part] = []
        self._status = "in_progress"
        emit({"type": "response.output_item.added", "output_index": index, "item": self.whole})

    @property
    def whole(self) -> Json:
        """The item so far."""
        parts = [part.whole for part in self._parts]
        if self.kind == "message":
            return shape.message(self._id, parts, self._status)
        return shape.reasoning(self._id, "", self.thinking, self._status) | {"content": parts}

    def say(self, kind: str, text: str, logprobs: list[Json]) -> None:
        """Add text to a part of a kind; another kind begins another part."""
        part = self._parts[-1] if self._parts else None
        if part is None or part.kind != kind:
            self._end_part()
            part = _Part(kind)
            self._parts.append(part)
            self._emit(self._where("response.content_part.added") | {"part": part.whole})
        if not text and not logprobs:
            return
        part.said.append(text)
        part.logprobs += logprobs
        event = self._where(f"response.{kind}.delta") | {"delta": text}
        self._emit(event | ({"logprobs": logprobs} if kind == "output_text" else {}))

    def end(self, status: str) -> None:
        """Close the item."""
        self._end_part()
        self.ended = True
        self._status = status
        self._emit({"type": "response.output_item.done", "output_index": self._index, "item": self.whole})

    def _end_part(self) -> None:
        if not self._parts:
            return
        part = self._parts[-1].whole
        kind: str = part["type"]
        member = _MEMBERS[kind]
        done = self._where(f"response.{kind}.done") | {member: part[member]}
        self._emit(done | ({"logprobs": part["logprobs"]} if kind == "output_text" else {}))
        self._emit(self._where("response.content_part.done") | {"part": part})

    def _where(self, kind: str) -> Json:
        place = {"output_index": self._index, "content_index": len(self._parts) - 1}
        return {"type": kind, "item_id": self._id} | place


class CallItem:
    """A call of a function."""

    def __init__(self, call: Call, item_id: str, index: int, emit: Emit) -> None:
        self.ended = False
        self._call = call
        self._call_id = call.id or make_call_id(call.number)
        self._id = item_id
        self._index = index
        self._emit = emit
        self._status = "in_progress"
        begun = shape.call(item_id, self._call_id, call.name, "", self._status)
        emit({"type": "response.output_item.added", "output_index": index, "item": begun})

    @property
    def whole(self) -> Json:
        """The item so far."""
        return shape.call(self._id, self._call_id, self._call.name, "".join(self._call.said), self._status)

    def say(self, text: str) -> None:
        """Add a piece of the arguments, which the call has kept already."""
        if text:
            self._emit(self._where("response.function_call_arguments.delta") | {"delta": text})

    def end(self, status: str) -> None:
        """Close the item."""
        self.ended = True
        self._status = status
        whole = self.whole
        done = self._where("response.function_call_arguments.done")
        self._emit(done | {"arguments": whole["arguments"]})
        self._emit({"type": "response.output_item.done", "output_index": self._index, "item": whole})

    def _where(self, kind: str) -> Json:
        return {"type": kind, "item_id": self._id, "output_index": self._index}
