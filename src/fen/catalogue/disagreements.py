"""Where sources say different things of a model's limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from fen.catalogue.card import Card, Fact, weigh

Limit = Literal["context_window", "max_output_tokens"]

LIMITS: tuple[Limit, ...] = ("context_window", "max_output_tokens")

LearntFacts = Mapping[tuple[str, str, str], Fact[int]]
"""By upstream, its name for the model, and limit."""


class Disagreement(msgspec.Struct, frozen=True):
    """A limit of a model of which sources disagree: what counts, and what was said beside it."""

    model: str
    limit: Limit
    counts: Fact[int]
    others: tuple[Fact[int], ...]


def list_disagreements(cards: Iterable[Card], learnt: LearntFacts | None = None) -> list[Disagreement]:
    """Return the limits of which sources say different things, by model.

    learnt: what upstreams' complaints taught; of a version that has no card of its own it is left out.
    """
    found: list[Disagreement] = []
    for card in sorted(cards, key=lambda card: card.id):
        stated = (
            (card.context_window, card.other_context_windows),
            (card.max_output_tokens, card.other_max_outputs),
        )
        for limit, (counts, others) in zip(LIMITS, stated, strict=True):
            taught = (learnt or {}).get((card.upstream, card.upstream_model, limit))
            found += _compare(card.id, limit, *_add(counts, others, taught))
    return found


def _add(
    counts: Fact[int] | None, others: tuple[Fact[int], ...], taught: Fact[int] | None
) -> tuple[Fact[int] | None, tuple[Fact[int], ...]]:
    """Put a complaint's limit in its place: it counts where it is smaller, whoever said otherwise."""
    if taught is None:
        return counts, others
    counts, beside = weigh([*([counts] if counts is not None else []), taught])
    return counts, (*beside, *others)


def _compare(
    model: str, limit: Limit, counts: Fact[int] | None, others: tuple[Fact[int], ...]
) -> list[Disagreement]:
    if counts is None or all(other.value == counts.value for other in others):
        return []
    return [Disagreement(model, limit, counts, others)]
