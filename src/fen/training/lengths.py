"""How long items are in tokens, by any tokenizer, or by an estimate where none is at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from fen.training.item import Item

Count = Callable[[str], int]
"""Returns how many tokens a text has."""

_PIECE = re.compile(r"\d|[a-zA-Z]+|[\u2e80-\u9fff\uff00-\uffef]|\n+|[^\sa-zA-Z\d]")
_TURN = 5  # tokens that a template puts around a turn: its marks and role
_SYSTEM = 21  # tokens of the system message that SmolLM2's template puts where there is none


def estimate_tokens(text: str) -> int:
    """Return about how many tokens SmolLM2's tokenizer makes of a text."""
    total = 0.0
    for piece in _PIECE.findall(text):
        if piece.isascii():
            total += 1 if len(piece) <= 7 else 1 + (len(piece) - 4) / 5
        else:
            total += 1.6
    return round(total)


def count_item(item: Item, count: Count = estimate_tokens) -> int:
    """Return how many tokens an item has in training, its answer and the template's marks too."""
    asked = sum(count(message.content) + _TURN for message in item.messages)
    system = 0 if item.messages[0].role == "system" else _SYSTEM
    return system + asked + count(item.target) + _TURN


def count_items(items: Iterable[Item], count: Count = estimate_tokens) -> int:
    """Return how many tokens the items have together."""
    return sum(count_item(item, count) for item in items)
