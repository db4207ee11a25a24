"""Anthropic's Messages format: requests, answers, stream events, usage and errors as views.

Source: Anthropic's API reference, "Messages", "Streaming Messages" and "Errors"; the names are those of the
types in its Python SDK, 2.13.
"""

from __future__ import annotations

from fen.wire.anthropic.answer import (
    Answer,
    AnswerBlock,
    BlockDelta,
    StreamEvent,
    count_written,
    frame_event,
    read_finish,
)
from fen.wire.anthropic.errors import AnthropicError, AnthropicErrorBody, to_error, type_of
from fen.wire.anthropic.request import Block, CountRequest, MessagesRequest, Source, Turn, walk_blocks
from fen.wire.anthropic.usage import AnthropicUsage, merge_usage, read_anthropic_usage

__all__ = [
    "Answer",
    "AnswerBlock",
    "AnthropicError",
    "AnthropicErrorBody",
    "AnthropicUsage",
    "Block",
    "BlockDelta",
    "CountRequest",
    "MessagesRequest",
    "Source",
    "StreamEvent",
    "Turn",
    "count_written",
    "frame_event",
    "merge_usage",
    "read_anthropic_usage",
    "read_finish",
    "to_error",
    "type_of",
    "walk_blocks",
]
