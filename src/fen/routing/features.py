"""Requests as rows of numbers: counts of hashed words, and statistics; nothing is learned here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.statistics import STATISTICS, measure
from fen.routing.words import MOST_GRAMS, clip, count_grams

FEWEST, MOST = 8, 22
"""Bounds of `bits`."""

# By how often a column occurs in a request, its tag counted too.
_VALUES = (1 + np.log(np.maximum(np.arange(MOST_GRAMS + 2), 1))).astype(np.float32)
_ZERO = np.zeros(1, np.intp)
_NO_COLUMNS, _NO_VALUES = np.zeros(0, np.int32), np.zeros(0, np.float32)


class Rows(msgspec.Struct, frozen=True):
    """Requests as sparse rows (compressed sparse rows) and dense statistics.

    starts: where each row begins in the next two, shape (n + 1,). columns: ascending within a row, shape
    (nnz,). values: 1 + log(count), shape (nnz,). statistics: as `STATISTICS` names them, shape (n, k).
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    statistics: NDArray[np.float32]

    def __len__(self) -> int:
        """How many requests there are."""
        return len(self.starts) - 1

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> Rows:
        """Return the rows of these numbers, in this order; one may come twice."""
        chosen = np.asarray(indices, np.intp)
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        entries: NDArray[np.int64] = np.arange(int(starts[-1])) + np.repeat(
            self.starts[:-1][chosen] - starts[:-1], lengths
        )
        return Rows(starts, self.columns[entries], self.values[entries], self.statistics[chosen])


def featurize(asked: Sequence[Asked], bits: int = 22) -> Rows:
    """Return the rows of requests; a row is the same whatever stands beside it.

    bits: there are 2**bits columns. Of a long text the beginning and the end are read (`words.HEAD`, `TAIL`).
    Raises ValueError for bits outside `FEWEST` to `MOST`.
    """
    if not FEWEST <= bits <= MOST:
        raise ValueError(f"found {bits} bits, expected {FEWEST} to {MOST}")
    starts, columns, values = np.zeros(len(asked) + 1, np.int64), [_NO_COLUMNS], [_NO_VALUES]
    statistics = np.zeros((len(asked), len(STATISTICS)), np.float32)
    for row, one in enumerate(asked):
        grams = count_grams(clip(one.text), one.tag, bits)
        found, counts = _count(grams.columns)
        starts[row + 1] = starts[row] + len(found)
        columns.append(found.astype(np.int32))
        values.append(_VALUES.take(counts))
        statistics[row] = measure(one, grams, len(found))
    return Rows(starts, np.concatenate(columns), np.concatenate(values), statistics)


def _count(columns: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Return the different ones of ascending columns, and how often each occurs."""
    if not len(columns):
        return columns, np.zeros(0, np.intp)
    ends = np.flatnonzero(columns[1:] != columns[:-1])
    first = np.concatenate([_ZERO, ends + 1, [len(columns)]])
    return columns.take(first[:-1]), first[1:] - first[:-1]
