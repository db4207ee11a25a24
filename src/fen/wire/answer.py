"""Answers, chunks and stream events, as views beside their original bytes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from fen.wire.message import ToolCall
from fen.wire.usage import OpenAIUsage, Usage


class Delta(msgspec.Struct, frozen=True):
    """What one chunk adds to a choice."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class ChunkChoice(msgspec.Struct, frozen=True):
    """One choice of a chunk."""

    index: int = 0
    delta: Delta | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct, frozen=True):
    """OpenAI's `chat.completion.chunk`, or an error event in its place."""

    id: str | None = None
    model: str | None = None
    choices: list[ChunkChoice] | None = None
    usage: OpenAIUsage | None = None
    error: Any = None


class AnswerMessage(msgspec.Struct, frozen=True):
    """The assistant's message of a whole answer."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct, frozen=True):
    """One choice of a whole answer."""

    index: int = 0
    message: AnswerMessage | None = None
    finish_reason: str | None = None


class Completion(msgspec.Struct, frozen=True):
    """OpenAI's `chat.completion`, or an embeddings answer (no choices)."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: OpenAIUsage | None = None
    error: Any = None


class Event(msgspec.Struct, frozen=True):
    """One server-sent event of an upstream's stream.

    data: the event's JSON text, untouched.
    produced: UTF-8 bytes of text, reasoning and tool arguments that it adds.
    usage, flags: normalised, on the event that reports them.
    bare: it has no choices, so it exists for its usage alone.
    """

    data: bytes
    produced: int = 0
    usage: Usage | None = None
    flags: tuple[str, ...] = ()
    finish: str | None = None
    bare: bool = False


class Whole(msgspec.Struct, frozen=True):
    """A whole answer: the upstream's bytes, untouched, with what was read of them."""

    body: bytes
    usage: Usage | None = None
    flags: tuple[str, ...] = ()
    produced: int = 0


class Stream(msgspec.Struct, frozen=True):
    """A stream that has begun; `events` ends after the upstream's last event, closing it aborts the call."""

    events: AsyncGenerator[Event, None]
