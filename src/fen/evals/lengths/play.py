"""Ask for a length, through Fen's continuation or without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.suite import Ask

TOKENS_PER_UNIT = 2
"""Tokens that are allowed for each word or character: enough for current vocabularies, so that a cut is the
model's own limit."""

_ROOM = 512  # for a title, and a word before the text


def allow(length: int) -> int:
    """Return `max_tokens` for an answer of so many words or characters."""
    return TOKENS_PER_UNIT * length + _ROOM


async def ask_for_length(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Play a sample whose target says whether it is `continued`."""
    target: dict[str, Any] = sample.target
    return (await ask(sample.to_body(), continued=target.get("continued", False)),)
