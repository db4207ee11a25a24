"""Probes: prompts that ask a model who it is."""

from __future__ import annotations

from fen.arena.identity.folding import fold
from fen.arena.identity.patterns import read_patterns


def is_probe(prompt: str) -> bool:
    """Whether a prompt asks who the model is, or who made it."""
    return read_patterns().probes.search(fold(prompt)) is not None
