"""Multiple choice: questions with lettered options, worked examples before them, one letter as the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any

import msgspec

from fen.evals.nearest import suggest
from fen.evals.sample import Sample
from fen.evals.scorers import Pick
from fen.wire.errors import ConfigError

LETTER_PARAMS: Mapping[str, Any] = {"max_tokens": 16, "temperature": 0}
"""Room for "The answer is (B)."; the letter comes first, so what is cut is judged too."""


class Choice(msgspec.Struct, frozen=True):
    """A question with its options and the letter of the right one."""

    question: str
    options: tuple[str, ...]
    answer: str

    @property
    def letters(self) -> str:
        """The letters of the options."""
        return ascii_uppercase[: len(self.options)]

    def write(self, label: str = "Answer:", *, solved: bool = False) -> str:
        """Return the question with its options, ending in the label, or in the label and the letter."""
        lines = [self.question.strip()]
        lines += [f"{letter}. {option}" for letter, option in zip(self.letters, self.options, strict=True)]
        return "\n".join([*lines, f"{label} {self.answer}" if solved else label])


def ask_choice(
    choice: Choice, shots: Iterable[Choice], head: str, *, label: str = "Answer:", **facts: Any
) -> Sample:
    """Return the sample of a question, all in one message: head, worked examples, the question.

    facts: `id`, `stratum`, `language` of the sample.
    """
    parts = [head, *(shot.write(label, solved=True) for shot in shots), choice.write(label)]
    return Sample(
        messages=({"role": "user", "content": "\n\n".join(parts)},),
        target=msgspec.to_builtins(Pick(choice.answer, choice.letters)),
        params=LETTER_PARAMS,
        **facts,
    )


def read_shots(options: Mapping[str, str], usual: int, most: int) -> int:
    """Return how many worked examples the option `shots` asks for; raises ConfigError."""
    stated = options.get("shots") or str(usual)
    if not stated.isdecimal() or int(stated) > most:
        raise ConfigError(f"found shots={stated}, expected a number from 0 to {most}")
    return int(stated)


def pick_subjects(options: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return the subjects that the option `subjects` names, divided by commas; all where it is empty."""
    known = list(known)
    stated = [name.strip() for name in options.get("subjects", "").split(",") if name.strip()]
    for name in stated:
        if name not in known:
            raise ConfigError(f"found the subject {name!r}; {suggest(name, known)}")
    return stated or known
