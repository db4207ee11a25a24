"""Instructions about words and letters: which have to be there, which must not, and how often.

Case does not count. A keyword is found inside longer words too (`art` in `start`), a forbidden word is not:
that is how the published checkers have it.
"""

from __future__ import annotations

import re

from fen.evals.ifeval.instruction import Instruction, Reader, Relation, holds


class Existence(Instruction, frozen=True):
    """All keywords are there."""

    keywords: tuple[str, ...]

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether each is found at least once."""
        return all(_count(keyword, text) for keyword in self.keywords)


class Frequency(Instruction, frozen=True):
    """A keyword is there so many times."""

    keyword: str
    frequency: int
    relation: Relation

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether it is found as often as asked."""
        return holds(self.relation, _count(self.keyword.strip(), text), self.frequency)


class ForbiddenWords(Instruction, frozen=True):
    """None of some words is there."""

    forbidden_words: tuple[str, ...]

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether none is found between two word boundaries."""
        return not any(
            re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in self.forbidden_words
        )


class LetterFrequency(Instruction, frozen=True):
    """A letter is there so many times.

    Two published prompts ask for a sign that is no letter (`#`, `!`). The published checker then draws a
    letter at random; this one counts the sign that was asked for.
    """

    letter: str
    let_frequency: int
    let_relation: Relation

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether it is found as often as asked, small and capital together."""
        return holds(self.let_relation, text.lower().count(self.letter.lower()), self.let_frequency)


def _count(keyword: str, text: str) -> int:
    # Not by lower(): the two differ for letters such as the long s, and the published checkers search so.
    return len(re.findall(re.escape(keyword), text, re.IGNORECASE))
