"""Where sources say different things of a model's limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from fen.catalogue.card import Card, Fact

Limit = Literal["context_window", "max_output_tokens"]


class Disagreement(msgspec.Struct, frozen=True):
    """A limit of a model of which sources disagree: what counts, and what was said beside it."""

    model: str
    limit: Limit
    counts: Fact[int]
    others: tuple[Fact[int], ...]


def list_disagreements(cards: Iterable[Card]) -> list[Disagreement]:
    """Return the limits of which sources say different things, by model."""
    found: list[Disagreement] = []
    for card in sorted(cards, key=lambda card: card.id):
        found += _compare(card.id, "context_window", card.context_window, card.other_context_windows)
        found += _compare(card.id, "max_output_tokens", card.max_output_tokens, card.other_max_outputs)
    return found


def _compare(
    model: str, limit: Limit, counts: Fact[int] | None, others: tuple[Fact[int], ...]
) -> list[Disagreement]:
    if counts is None or all(other.value == counts.value for other in others):
        return []
    return [Disagreement(model, limit, counts, others)]
