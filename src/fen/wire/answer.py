"""Answers, chunks and stream events, as views beside their original bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from fen.wire.money import CURRENCIES, Money
from fen.wire.usage import OpenAIUsage, Usage

Text = str | list[Any]
"""Text, or parts of it: Mistral's reasoning models answer in parts."""


class CalledFunction(msgspec.Struct, frozen=True):
    """A function's name and its arguments: JSON text, or a piece of it; some servers send a tree."""

    name: str | None = None
    arguments: Any = None


class CalledTool(msgspec.Struct, frozen=True):
    """A call of a tool, or a piece of one."""

    index: int | None = None
    id: str | None = None
    function: CalledFunction | None = None


class Delta(msgspec.Struct, frozen=True):
    """What one chunk adds to a choice."""

    role: str | None = None
    content: Text | None = None
    reasoning_content: Text | None = None
    reasoning: Text | None = None
    refusal: str | None = None
    tool_calls: list[CalledTool] | None = None


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
    content: Text | None = None
    reasoning_content: Text | None = None
    reasoning: Text | None = None
    refusal: str | None = None
    tool_calls: list[CalledTool] | None = None


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


class Figures(msgspec.Struct, frozen=True):
    """What Fen adds to a stream's usage chunk, as its member `fen`."""

    request_id: str = ""
    model: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    certainty: str = "exact"
    attempts: int = 1
    segments: int = 1

    @property
    def money(self) -> Money | None:
        """The cost; None where it is not known."""
        if self.cost is None or self.currency not in CURRENCIES:
            return None
        return Money(self.cost, self.currency)


class FenChunk(Chunk, frozen=True):
    """A chunk as Fen's clients get it."""

    fen: Figures | None = None


def join_text(content: Text | None) -> str:
    """Return the text of a message or delta; of parts, that of those which are the answer's own."""
    if content is None or isinstance(content, str):
        return content or ""
    parts: list[dict[str, Any]] = [part for part in content if isinstance(part, dict)]
    return "".join(str(part.get("text") or "") for part in parts if part.get("type") == "text")


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


class Events(Protocol):
    """A stream's events as they come."""

    def __aiter__(self) -> AsyncIterator[Event]:
        """Return itself."""
        ...

    def __anext__(self) -> Awaitable[Event]:
        """Return the next event; raises UpstreamFailed, or StopAsyncIteration after the last one."""
        ...

    def aclose(self) -> Awaitable[None]:
        """Abort the call, whether or not an event was read; nothing happens after the last one."""
        ...


class Stream(msgspec.Struct, frozen=True):
    """A stream that has begun."""

    events: Events
