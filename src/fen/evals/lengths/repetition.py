"""Whether an answer repeats itself, as models do that have nothing more to write."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.evals.lengths.count import find_units

GRAM = 12
"""Units of a passage that counts as said before: longer than phrases that good texts use twice."""

TAIL = 200
"""Units at the end that are looked at alone: a loop there is a small share of a long text."""

MOST = 0.3
"""The share of repeated text from which a whole answer, of `GRAM` units at least, counts as repetition."""

MOST_OF_TAIL = 0.7
"""The same share of its end."""


class Repetition(msgspec.Struct, frozen=True):
    """How much of a text was said before in it, 0 to 1: of the whole, and of its last `TAIL` units."""

    share: float
    tail: float

    @property
    def loops(self) -> bool:
        """Whether the text counts as repetition."""
        return self.share >= MOST or self.tail >= MOST_OF_TAIL


def find_repetition(text: str) -> Repetition:
    """Return how much of a text only repeats passages of `GRAM` units that came before; case is no matter."""
    units = [unit.lower() for unit in find_units(text)]
    repeated = _mark(units)
    tail = repeated[-TAIL:]
    return Repetition(_share(repeated), _share(tail) if len(repeated) >= TAIL else 0.0)


def _mark(units: Sequence[str]) -> list[bool]:
    """Return for each unit whether it is in a passage that was there before."""
    repeated = [False] * len(units)
    seen: set[tuple[str, ...]] = set()
    marked = 0  # up to which unit it is marked, so that each is marked once
    for start in range(len(units) - GRAM + 1):
        gram = tuple(units[start : start + GRAM])
        if gram in seen:
            for place in range(max(start, marked), start + GRAM):
                repeated[place] = True
            marked = start + GRAM
        seen.add(gram)
    return repeated


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0
