"""The tally: the live counts of every board, made of the log alone, in whatever order it is read.

A database that several processes write gives out numbers before it commits: a vote may become visible after
one with a higher number. Numbers that were skipped are therefore asked for again for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from fen.arena.ballots import OUTCOMES
from fen.arena.rating.counts import Counts, Table
from fen.arena.store import KeptVote, read_votes
from fen.arena.store.log import Ruling, read_chosen, read_chosen_rulings, read_rulings

ALL = "all"
"""The board that every vote counts on."""

PATIENCE = 120.0
"""Seconds for which a skipped number is asked for; longer than a writer waits for its database."""

_MOST_GAPS = 2_000
_PAGE = 10_000
_CODES = {name: code for code, name in enumerate(OUTCOMES)}


class Following:
    """Which numbers of a log have been read: all up to `mark`, but for those that were skipped."""

    def __init__(self) -> None:
        self.mark = 0
        self._skipped: dict[int, float] = {}

    def list_skipped(self, now: float) -> tuple[int, ...]:
        """Return the numbers that may still come; those of long ago are given up. now: in seconds."""
        self._skipped = {number: at for number, at in self._skipped.items() if now - at < PATIENCE}
        return tuple(sorted(self._skipped))

    def has(self, number: int) -> bool:
        """Whether a number has been read."""
        return number <= self.mark and number not in self._skipped

    def take(self, numbers: Iterable[int], now: float) -> set[int]:
        """Note numbers as read, and return those that had not been."""
        fresh: set[int] = set()
        for number in sorted(numbers):
            if number > self.mark:
                first = max(self.mark + 1, number - _MOST_GAPS)
                self._skipped |= dict.fromkeys(range(first, number), now)
                self.mark = number
                fresh.add(number)
            elif self._skipped.pop(number, None) is not None:
                fresh.add(number)
        for number in list(self._skipped)[:-_MOST_GAPS]:
            del self._skipped[number]
        return fresh


class Place(msgspec.Struct, frozen=True):
    """From where on a tally reads: behind two numbers, and the ones before that were skipped."""

    vote: int
    ruling: int
    votes_skipped: tuple[int, ...]
    rulings_skipped: tuple[int, ...]


class News(msgspec.Struct, frozen=True):
    """What a reading brought. votes: new ones. changed: those that verdicts are on. more: there is more."""

    votes: list[KeptVote]
    rulings: list[Ruling]
    changed: list[KeptVote]
    more: bool


class Tally:
    """Counts by board, and how much of the log they hold."""

    def __init__(self) -> None:
        self._votes = Following()
        self._rulings = Following()
        self._void: set[int] = set()
        self._grids: dict[str, _Grid] = {ALL: _Grid()}

    def place(self, now: float) -> Place:
        """Return from where on to read."""
        votes, rulings = self._votes, self._rulings
        return Place(votes.mark, rulings.mark, votes.list_skipped(now), rulings.list_skipped(now))

    @property
    def marks(self) -> tuple[int, int]:
        """The highest numbers that were read, of votes and of verdicts."""
        return self._votes.mark, self._rulings.mark

    def take(self, news: News, now: float) -> bool:
        """Count what a reading brought; whether any board changed."""
        fresh = self._votes.take([kept.id for kept in news.votes], now)
        self._rulings.take([ruling.id for ruling in news.rulings], now)
        changed = False
        for kept in news.votes:
            if kept.id not in fresh:
                continue
            fresh.discard(kept.id)
            if kept.vote.counts:
                self._add(kept, 1)
                changed = True
            else:
                self._void.add(kept.id)
        for kept in news.changed:
            # A vote that is not counted yet will be read with its verdict.
            if self._votes.has(kept.id) and kept.vote.counts == (kept.id in self._void):
                self._turn(kept)
                changed = True
        return changed

    def counts(self, category: str = ALL) -> Counts:
        """Return a board's counts, models by name; none for a board without votes."""
        grid = self._grids.get(category)
        return _Grid().counts() if grid is None else grid.counts()

    @property
    def categories(self) -> tuple[str, ...]:
        """The boards that have had a vote, `all` first."""
        return (ALL, *sorted(name for name in self._grids if name != ALL))

    def _turn(self, kept: KeptVote) -> None:
        if kept.vote.counts:
            self._void.discard(kept.id)
            self._add(kept, 1)
        else:
            self._void.add(kept.id)
            self._add(kept, -1)

    def _add(self, kept: KeptVote, votes: int) -> None:
        outcome = _CODES[kept.vote.outcome]
        for category in (ALL, *kept.vote.categories):
            grid = self._grids.setdefault(category, _Grid())
            grid.add(outcome, kept.left, kept.right, votes)


class _Grid:
    """A board's table, which grows with its models."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._table: Table = np.zeros((len(OUTCOMES), 8, 8), np.int64)

    def add(self, outcome: int, left: str, right: str, votes: int) -> None:
        places = self._find(left), self._find(right)  # before the table is looked at, which may grow for them
        self._table[(outcome, *places)] += votes

    def counts(self) -> Counts:
        models = tuple(sorted(self._number))
        order = [self._number[name] for name in models]
        return Counts(models, self._table[np.ix_(range(len(OUTCOMES)), order, order)])

    def _find(self, name: str) -> int:
        number = self._number.setdefault(name, len(self._number))
        size = self._table.shape[1]
        if number >= size:
            grown = np.zeros((len(OUTCOMES), 2 * size, 2 * size), np.int64)
            grown[:, :size, :size] = self._table
            self._table = grown
        return number


def read_news(connection: Any, place: Place) -> News:
    """Read what is new behind a place, and what had been skipped before it; in a reading thread."""
    votes = read_votes(connection, place.vote, _PAGE)
    rulings = read_rulings(connection, place.ruling, _PAGE)
    more = len(votes) == _PAGE or len(rulings) == _PAGE
    if place.votes_skipped:
        votes += read_chosen(connection, place.votes_skipped)
    if place.rulings_skipped:
        rulings += read_chosen_rulings(connection, place.rulings_skipped)
    changed = read_chosen(connection, [ruling.vote for ruling in rulings]) if rulings else []
    return News(votes, rulings, changed, more)


def compare_counts(one: Mapping[str, Counts], other: Mapping[str, Counts]) -> tuple[str, ...]:
    """Return in words where two sets of boards differ; a model or a board without votes is none."""
    said: list[str] = []
    for category in sorted(set(one) | set(other)):
        cells = [list_cells(boards[category]) if category in boards else {} for boards in (one, other)]
        for key in sorted(set(cells[0]) | set(cells[1])):
            found, expected = (side.get(key, 0) for side in cells)
            if found != expected:
                outcome, left, right = key
                said.append(f"{category}: {left} / {right} {outcome}: found {found}, expected {expected}")
    return tuple(said)


def list_cells(counts: Counts) -> dict[tuple[str, str, str], int]:
    """Return the votes by outcome, left and right, of those pairs that have any."""
    found: dict[tuple[str, str, str], int] = {}
    for cell in np.argwhere(counts.table):
        outcome, left, right = (int(place) for place in cell)
        key = (OUTCOMES[outcome], counts.models[left], counts.models[right])
        found[key] = int(counts.table[outcome, left, right])
    return found
