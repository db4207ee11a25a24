"""What a file of votes holds, column by column, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Floats
from fen.storage.parquet import Coded
from fen.wire.errors import InvalidRequest

REQUIRED = ("left", "right", "outcome")
TEXTS = (*REQUIRED, "voter", "category")
NUMBERS = ("time", "left_cost", "right_cost", "propensity")
KNOWN = (*TEXTS, *NUMBERS)
"""Columns that are no style."""


class Columns(msgspec.Struct, frozen=True):
    """Columns of N rows.

    where: the file, as errors name it. row: what a row is called in it. texts: names by column. numbers: by
    column, NaN for none, shape (N,); `time` in seconds since 1970. at: the number of each row in the file,
    from 1 on, shape (N,); None where none is left out. left_out: how many rows are, by why.
    """

    where: str
    row: Literal["row", "line"]
    texts: Mapping[str, Coded]
    numbers: Mapping[str, Floats]
    at: NDArray[np.int64] | None = None
    left_out: Mapping[str, int] = {}

    def refuse(self, row: int, said: str) -> InvalidRequest:
        """Return the error about a row, by its place from 0 on."""
        number = row + 1 if self.at is None else int(self.at[row])
        return InvalidRequest(f"{self.where}: {self.row} {number}: {said}")

    def keep(self, kept: NDArray[np.bool_], why: str) -> Columns:
        """Return the rows that are kept; the others are left out, for the reason that is given."""
        gone = int(len(kept) - kept.sum())
        if not gone:
            return self
        at = np.arange(1, len(kept) + 1) if self.at is None else self.at
        return Columns(
            self.where,
            self.row,
            {name: Coded(one.names, one.codes[kept]) for name, one in self.texts.items()},
            {name: one[kept] for name, one in self.numbers.items()},
            at[kept],
            {**self.left_out, why: gone},
        )
