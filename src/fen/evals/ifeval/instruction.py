"""What an instruction is: something asked of an answer's form that a program can check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

Relation = Literal["at least", "less than"]


class Reader(Protocol):
    """Reads what takes a model of a language: sentences, words, and which language it is."""

    def split_sentences(self, text: str) -> Sequence[str]:
        """Return the sentences; raises ConfigError where Punkt's data is not there."""
        ...

    def split_words(self, text: str) -> Sequence[str]:
        """Return the words and punctuation marks; raises ConfigError where Punkt's data is not there."""
        ...

    def detect_language(self, text: str) -> str | None:
        """Return the likeliest language's code; None of a text without a letter to tell it by."""
        ...


class Instruction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One instruction with its arguments, named as in the published data."""

    needs_punkt = False
    """Whether its check splits sentences or words, for which Punkt's data has to be there."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether an answer that is not blank does as it says."""
        raise NotImplementedError


def holds(relation: Relation, found: int, asked: int) -> bool:
    """Whether so many were found as were asked for."""
    return found >= asked if relation == "at least" else found < asked
