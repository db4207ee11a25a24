"""What mutants are made of: numbers at a border, words in any case, pieces of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Given = Mapping[str, Any]
Mutate = Callable[[str, Given, Random, bool], str]
"""Changes an answer's text by an instruction's published arguments, well or ill."""


def choose_number(number: int, relation: str, well: bool, chance: Random) -> int:
    """Return a number at the border or near it, on the side that is wanted."""
    above = (relation == "at least") == well
    return number + chance.choice((0, 0, 1, 3)) if above else max(0, number - chance.choice((1, 1, 2, 4)))


def choose_exactly(number: int, well: bool, chance: Random) -> int:
    return number if well else max(0, number + chance.choice((-1, 1, 2)))


def put_in_any_case(word: str, chance: Random) -> str:
    return chance.choice((word, word.upper(), word.capitalize(), word.lower()))


def remove_word(word: str, text: str) -> str:
    return re.sub(re.escape(word), "", text, flags=re.IGNORECASE)


def _split_pieces(text: str) -> list[str]:
    return [piece for piece in re.split(r"\n+|(?<=[.!?])\s+", text) if piece.strip(" *\"'#-")] or [
        "So be it."
    ]


def take_pieces(number: int, text: str) -> list[str]:
    found = [piece.replace("*", "") for piece in _split_pieces(text)]
    return [found[place % len(found)] for place in range(number)]
