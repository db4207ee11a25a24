"""Draws items from families: the same seed draws the same ones, each variant as often, none twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Literal, TypeVar

from fen.training.grading import grade
from fen.training.item import Item, Message, Position
from fen.training.synth.draw import Draw
from fen.training.synth.family import Family
from fen.training.synth.phrasings import count_wordings
from fen.wire.errors import InvalidRequest

Purpose = Literal["train", "base", "pair", "seen", "unseen"]
"""What draws are for: items of both arms, the baseline's own, pairs for DPO, and the two that measure."""

Drawn = tuple[Item, Item, Item]
"""A draw's conflict, aligned twin and reference."""

T = TypeVar("T")

_POSITIONS: tuple[Position, ...] = ("start", "middle", "end")
_MARKED = 16  # one of so many draws with data has the guard's marks
_TRIES = 200
_ORDERLESS = ("open_domain", "extraction")  # their lower text is the user's own, which the guard never marks


class Taken:
    """The messages that have been drawn, of all purposes, so that no prompt is drawn twice."""

    def __init__(self) -> None:
        self._seen: set[tuple[Message, ...]] = set()

    def take(self, items: Drawn) -> bool:
        """Note a draw's prompts; false, and nothing noted, where one of them was there before."""
        prompts = {item.messages for item in items}
        if len(prompts) < len(items) or not prompts.isdisjoint(self._seen):
            return False
        self._seen |= prompts
        return True


class Source:
    """The draws of one family for one purpose, one after the other."""

    def __init__(self, family: Family, purpose: Purpose, seed: int, taken: Taken) -> None:
        self._family = family
        self._stem = f"{purpose}-{seed}-{family.name}"
        self._taken = taken
        deal = Random(self._stem)  # noqa: S311  tasks, no secrets
        cells = [(name, at) for name in family.phrasings for at in range(count_wordings(name))]
        self._cells = _deal(cells, deal)
        self._positions = _deal(_POSITIONS, Random(deal.random()))  # noqa: S311
        self._turns = _deal(range(10), Random(deal.random()))  # noqa: S311
        may_mark = purpose in ("train", "base", "pair") and family.kind not in _ORDERLESS
        marks = [may_mark and at == 0 for at in range(_MARKED)]
        self._marks = _deal(marks, Random(deal.random()))  # noqa: S311
        self._number = 0

    def draw(self) -> Drawn:
        """Return the next draw; raises InvalidRequest where the family has no new ones left."""
        phrasing, wording = next(self._cells)
        position, turn, marked = next(self._positions), next(self._turns), next(self._marks)
        for attempt in range(_TRIES):
            stem = f"{self._stem}-{self._number}"
            random = Random(f"{stem}-{attempt}")  # noqa: S311  tasks, no secrets
            drawn = Draw(turn, self._family.language, phrasing, wording, position, marked, random)
            items = self._family.draw(drawn, stem)
            if all(map(_is_sound, items)) and self._taken.take(items):
                self._number += 1
                return items
        raise InvalidRequest(
            f"family {self._family.name}: found {self._number} different draws, expected more; ask for fewer"
        )


def draw_family(family: Family, purpose: Purpose, count: int, seed: int, taken: Taken) -> tuple[Drawn, ...]:
    """Return so many draws of a family that are not in `taken` yet; raises InvalidRequest."""
    source = Source(family, purpose, seed, taken)
    return tuple(source.draw() for _ in range(count))


def _is_sound(item: Item) -> bool:
    """Whether the target passes and the rejected answer does not.

    A made-up word can be part of a right answer by chance, as "rite" is of "I can't write that".
    """
    if not grade(item, item.target).passed:
        return False
    return item.rejected is None or not grade(item, item.rejected).passed


def _deal(values: Sequence[T], random: Random) -> Iterator[T]:
    """Yield the values without end, all of them in each round, in an order that changes."""
    while True:
        yield from random.sample(values, len(values))
