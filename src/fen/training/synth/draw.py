"""One draw of a family: what it has been given, and how it chooses."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec

from fen.training.item import Language, Position


class Draw(msgspec.Struct, frozen=True):
    """What one draw of a family varies.

    number: which draw it is. wording: which wording of its phrasing. random: its own, seeded by purpose,
    seed, family and number.
    """

    number: int
    language: Language
    phrasing: str
    wording: int
    position: Position
    marked: bool
    random: Random

    def say(self, english: str, chinese: str) -> str:
        """Return the text in the draw's language."""
        return chinese if self.language == "zh" else english

    def choose(self, english: Sequence[str], chinese: Sequence[str]) -> str:
        """Return one of the texts in the draw's language."""
        return self.random.choice(chinese if self.language == "zh" else english)
