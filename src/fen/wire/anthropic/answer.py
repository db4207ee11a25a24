"""Answers and stream events of the Messages format, as views beside their original bytes."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.wire.anthropic.usage import AnthropicUsage


def _no_input() -> msgspec.Raw:  # no plain default: msgspec writes no schema of one
    return msgspec.Raw(b"{}")


class AnswerBlock(msgspec.Struct, frozen=True):
    """One block of an answer; server tools' blocks have members that are not declared."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.field(default_factory=_no_input)


class Answer(msgspec.Struct, frozen=True):
    """A whole answer, or what `message_start` says of it; `error` where it is an error object."""

    type: str | None = None
    id: str | None = None
    model: str | None = None
    role: str | None = None
    content: list[AnswerBlock] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: AnthropicUsage | None = None
    error: Any = None


class BlockDelta(msgspec.Struct, frozen=True):
    """What an event adds: to a block (with a type), or to the message (`stop_reason`)."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class StreamEvent(msgspec.Struct, frozen=True):
    """Any event of a stream.

    type: `message_start` (message), `content_block_start` (index, content_block), `content_block_delta`
    (index, delta), `content_block_stop` (index), `message_delta` (delta, usage), `message_stop`, `ping`,
    `error` (error), or one that is not known: Anthropic adds some without a new version.
    """

    type: str
    message: Answer | None = None
    index: int | None = None
    content_block: AnswerBlock | None = None
    delta: BlockDelta | None = None
    usage: AnthropicUsage | None = None
    error: Any = None


_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def read_finish(stop_reason: str | None) -> str | None:
    """Return a stop reason in OpenAI's words, in which Fen knows why answers end; an unknown one as it is."""
    return None if stop_reason is None else _FINISHES.get(stop_reason, stop_reason)


def count_written(piece: AnswerBlock | BlockDelta) -> int:
    """Count the UTF-8 bytes of text, thinking and tool arguments in a block or a delta."""
    size = _bytes(piece.text) + _bytes(piece.thinking)
    if isinstance(piece, BlockDelta):
        return size + _bytes(piece.partial_json)
    given = bytes(piece.input)
    return size + _bytes(piece.name) + (0 if given == b"{}" else len(given))


def _bytes(text: str | None) -> int:
    if not text:
        return 0
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class _Typed(msgspec.Struct, frozen=True):
    type: str


_read_type = msgspec.json.Decoder(_Typed).decode


def frame_event(data: bytes) -> bytes:
    """Return one server-sent event whose name is the payload's own `type`, as Anthropic's clients need it.

    `data` is an event's JSON text. Raises msgspec.DecodeError where it has no type.
    """
    name = _read_type(data).type
    if b"\n" in data or b"\r" in data:
        data = b" ".join(data.splitlines())  # between tokens: JSON text has no line break within one
    head = f"event: {name}\n".encode() if name.isidentifier() else b""  # a line break would end the event
    return head + b"data: " + data + b"\n\n"
