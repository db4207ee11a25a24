"""What an upstream's complaint tells of a model's limits; `data/limit-errors.toml` has the words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fen.catalogue.disagreements import Limit
from fen.catalogue.vendors import DATA

SMALLEST = 16
"""Tokens; a smaller limit than this is believed of no model: something else was meant."""


class LimitError(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words in which some upstream names a limit; the data file says what each member means."""

    limit: Limit
    text: str
    source: str
    exclusive: bool = False


class Lesson(msgspec.Struct, frozen=True):
    """A limit that an upstream named, in tokens, and the words in which it did; the rest is not kept."""

    limit: Limit
    value: int
    words: str


class LessonReader:
    """Finds limits in complaints."""

    def __init__(self, errors: Sequence[LimitError]) -> None:
        self._errors = [(re.compile(error.text), error) for error in errors]

    def read(self, complaint: str) -> Lesson | None:
        """Return the limit that a complaint names; None where it names none."""
        for pattern, error in self._errors:
            found = pattern.search(complaint)
            if found is not None:
                value = int(found["value"]) - error.exclusive
                return Lesson(error.limit, value, found[0]) if value >= SMALLEST else None
        return None


def read_limit_errors(path: Path = DATA / "limit-errors.toml") -> list[LimitError]:
    """Return the known words."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8"))["error"], list[LimitError])
