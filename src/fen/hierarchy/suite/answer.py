"""What a model answered, as the suite judges it."""

from __future__ import annotations

import msgspec


class ToolCall(msgspec.Struct, frozen=True):
    """A call of a tool; arguments: JSON text, as the model wrote it."""

    name: str
    arguments: str = ""


class Answer(msgspec.Struct, frozen=True):
    """An answer's text, without its reasoning, and its calls."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
