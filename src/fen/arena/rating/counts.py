"""Counts: every vote of a board in one small table, which a vote is added to and taken from exactly."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import OUTCOMES, Ballots, Codes, Floats

Table = NDArray[np.int64]

_BLOCK = 1 << 16  # votes whose keys stay in the processor's cache between being made and being counted

LEFT, RIGHT, TIE, BOTH_BAD = range(len(OUTCOMES))


class Counts(msgspec.Struct, frozen=True):
    """How many votes each pair of models got, by outcome: `table` is int64[outcome, left, right].

    Whole numbers, so that a void is the exact opposite of a vote, in whatever order they come.
    """

    models: tuple[str, ...]
    table: Table

    def wins(self, *, both_bad: bool = True) -> Floats:
        """Return what each model (row) won of each other (column), ties as half, shape (n, n).

        both_bad: votes against both count as ties; False leaves them out.
        """
        drawn = self.table[TIE] + self.table[BOTH_BAD] if both_bad else self.table[TIE]
        return self.table[LEFT] + self.table[RIGHT].T + (drawn + drawn.T) / 2

    def decided(self, *, both_bad: bool = True) -> tuple[Floats, Floats]:
        """Return clear wins of row over column, and ties of each pair (symmetric), shape (n, n) each."""
        drawn = self.table[TIE] + self.table[BOTH_BAD] if both_bad else self.table[TIE]
        clear = self.table[LEFT] + self.table[RIGHT].T
        return clear.astype(np.float64), (drawn + drawn.T).astype(np.float64)

    def votes(self) -> Table:
        """Return the number of votes on each model, shape (n,)."""
        met = self.table.sum(axis=0)
        return met.sum(axis=0) + met.sum(axis=1)


def count_votes(ballots: Ballots) -> Counts:
    """Count ballots; linear in their number."""
    n = len(ballots.models)
    table = count_codes(ballots.left, ballots.right, ballots.outcome, n)
    return Counts(ballots.models, table)


def count_codes(left: Codes, right: Codes, outcome: Codes, n: int) -> Table:
    """Return int64[outcome, left, right] of three columns of codes, all of them in range."""
    size = len(OUTCOMES) * n * n
    total = np.zeros(size, np.int64)
    for start in range(0, len(outcome), _BLOCK):
        part = slice(start, start + _BLOCK)
        keys = outcome[part].astype(np.intp)
        keys *= n
        keys += left[part]
        keys *= n
        keys += right[part]
        total += np.bincount(keys, minlength=size)
    return total.reshape(len(OUTCOMES), n, n)


def empty_counts(models: Sequence[str]) -> Counts:
    """Return counts of no vote."""
    n = len(models)
    return Counts(tuple(models), np.zeros((len(OUTCOMES), n, n), np.int64))
