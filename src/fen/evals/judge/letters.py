"""Letter grades: A to D by cut-offs that are data; two letters where the interval does not decide."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from fen.wire.errors import ConfigError


class CutOff(msgspec.Struct, frozen=True):
    """A grade and the least value, 0 to 1, that earns it."""

    letter: str
    least: float


USUAL: tuple[CutOff, ...] = (
    CutOff("A", 0.85),
    CutOff("B", 0.70),
    CutOff("C", 0.55),
    CutOff("D", 0.0),
)
"""Cut-offs where none are given. On the scale of 1 to 5, an A begins at 4.4, a B at 3.8, a C at 3.2."""


def read_cutoffs(text: str) -> tuple[CutOff, ...]:
    """Read `A=0.85,B=0.7,C=0.55,D=0`: from the best grade down, the last one from 0 on.

    Raises ConfigError where it is not like that.
    """
    expected = "expected grades from the best down, such as A=0.85,B=0.7,C=0"
    found: list[CutOff] = []
    for part in text.split(","):
        letter, sign, least = part.partition("=")
        try:
            found.append(CutOff(letter.strip(), float(least)))
        except ValueError:
            raise ConfigError(f"found the grade {part!r}, {expected}") from None
        if not sign or not letter.strip():
            raise ConfigError(f"found the grade {part!r}, {expected}")
    values = [one.least for one in found]
    falling = all(high > low for high, low in pairwise(values))
    if not falling or values[-1] != 0 or values[0] > 1 or len({one.letter for one in found}) < len(found):
        raise ConfigError(f"found the grades {text!r}, {expected}, the last one from 0 on")
    return tuple(found)


def grade_letters(low: float, high: float, cutoffs: Sequence[CutOff] = USUAL) -> str:
    """Return the grade of a value that lies between low and high, 0 to 1: `A`; `A/B` where they straddle.

    Raises ValueError where low is above high.
    """
    if not low <= high:
        raise ValueError(f"found an interval from {low} to {high}, expected one that does not fall")
    best, worst = _find_letter(high, cutoffs), _find_letter(low, cutoffs)
    return best if best == worst else f"{best}/{worst}"


def _find_letter(value: float, cutoffs: Sequence[CutOff]) -> str:
    return next((one.letter for one in cutoffs if value >= one.least), cutoffs[-1].letter)
