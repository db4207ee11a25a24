"""A guard that is suspicious of one word, so that tests depend on no weights."""

from __future__ import annotations

from typing import cast

from fen.hierarchy.detect import Guard, Score
from fen.hierarchy.detector.features import Context

WORD = "OBEYME"
"""What it takes for an instruction; also in Chinese: 服从我."""

_WORDS = (WORD, "服从我")


class _KeywordGuard:
    """Scores 0.9 where the word stands, at the word, and 0.1 elsewhere."""

    def __init__(self, *, calibrated: bool = True) -> None:
        self.calibrated = calibrated
        self.asked: list[tuple[str, Context]] = []

    def score(self, text: str, context: Context) -> Score:
        self.asked.append((text, context))
        for word in _WORDS:
            at = text.find(word)
            if at >= 0:
                return Score(0.9, "400_en", self.calibrated, at, at + len(word))
        return Score(0.1, "400_en", self.calibrated, 0, min(len(text), 64))


class BrokenGuard:
    """Fails; its message has the text, as messages of libraries may."""

    def score(self, text: str, context: Context) -> Score:
        raise RuntimeError(f"cannot score {text!r}")


def keyword_guard(*, calibrated: bool = True) -> Guard:
    """Return the fake as what it stands for; `asked` has what it was asked."""
    return cast(Guard, _KeywordGuard(calibrated=calibrated))


def broken_guard() -> Guard:
    """Return a guard that fails."""
    return cast(Guard, BrokenGuard())
