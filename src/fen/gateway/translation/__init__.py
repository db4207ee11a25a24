"""Requests, answers and streams of one wire format as those of the other.

Nothing is dropped silently. A request's member without a counterpart is refused by its name, at any depth;
`fen.gateway.translation.fates` lists those that are let pass, and why that loses nothing. An answer is paid
for, so what its format says beyond the other's rides along in a member named after the format (`anthropic`,
`openai`), and only content without a counterpart fails.
"""

from __future__ import annotations

from fen.gateway.translation.answer_to_anthropic import answer_to_anthropic
from fen.gateway.translation.answer_to_openai import answer_to_openai
from fen.gateway.translation.chunks_to_events import EventWriter
from fen.gateway.translation.events_to_chunks import ChunkWriter
from fen.gateway.translation.pieces import Piece, Translator
from fen.gateway.translation.request_to_anthropic import request_to_anthropic
from fen.gateway.translation.request_to_openai import request_to_openai
from fen.gateway.translation.stream import TranslatedEvents

__all__ = [
    "ChunkWriter",
    "EventWriter",
    "Piece",
    "TranslatedEvents",
    "Translator",
    "answer_to_anthropic",
    "answer_to_openai",
    "request_to_anthropic",
    "request_to_openai",
]
