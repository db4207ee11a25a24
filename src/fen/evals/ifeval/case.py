"""Instructions about capital and small letters."""

from __future__ import annotations

from fen.evals.ifeval.instruction import Instruction, Reader, Relation, holds


class CapitalWordFrequency(Instruction, frozen=True):
    """So many words in capital letters; a word with hyphens is one."""

    needs_punkt = True

    capital_frequency: int
    capital_relation: Relation

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many as asked."""
        found = sum(word.isupper() for word in reader.split_words(text))
        return holds(self.capital_relation, found, self.capital_frequency)


class EnglishCapital(Instruction, frozen=True):
    """English in capital letters alone."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether no letter is small, and the language is English or cannot be told."""
        return text.isupper() and reader.detect_language(text) in {"en", None}


class EnglishLowercase(Instruction, frozen=True):
    """English in small letters alone."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether no letter is capital, and the language is English or cannot be told."""
        return text.islower() and reader.detect_language(text) in {"en", None}
