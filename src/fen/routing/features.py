"""Requests as rows of numbers: counts of hashed words, and statistics; nothing is learned here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.statistics import STATISTICS, measure
from fen.routing.words import clip, count_grams, place_tag, read_passage

FEWEST, MOST = 8, 22
"""Bounds of `bits`."""

_TOGETHER = 1 << 18  # characters that are read at once: few calls, and arrays that still fit in a cache


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


def featurize(asked: Sequence[Asked], bits: int = 18) -> Rows:
    """Return the rows of requests; a row is the same whatever stands beside it.

    bits: there are 2**bits columns. Of a long text the beginning and the end are read (`words.HEAD`, `TAIL`).
    Raises ValueError for bits outside `FEWEST` to `MOST`.
    """
    if not FEWEST <= bits <= MOST:
        raise ValueError(f"found {bits} bits, expected {FEWEST} to {MOST}")
    parts = [_featurize(part, texts, bits) for part, texts in _part(asked, 1 << (31 - bits))]
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = [part.starts[1:] + end for part, end in zip(parts, ends, strict=False)]
    return Rows(
        np.concatenate([np.zeros(1, np.int64), *starts]),
        np.concatenate([np.zeros(0, np.int32), *(part.columns for part in parts)]),
        np.concatenate([np.zeros(0, np.float32), *(part.values for part in parts)]),
        np.concatenate([np.zeros((0, len(STATISTICS)), np.float32), *(part.statistics for part in parts)]),
    )


def _part(asked: Sequence[Asked], most: int) -> Iterator[tuple[Sequence[Asked], list[str]]]:
    """Cut requests into pieces that are read at once, of at most `most` rows."""
    texts: list[str] = []
    begin = size = 0
    for place, one in enumerate(asked):
        text = clip(one.text)
        if texts and (size + len(text) > _TOGETHER or len(texts) == most):
            yield asked[begin:place], texts
            texts, begin, size = [], place, 0
        texts.append(text)
        size += len(text)
    if texts:
        yield asked[begin:], texts


def _featurize(asked: Sequence[Asked], texts: Sequence[str], bits: int) -> Rows:
    passage = read_passage(texts)
    grams = count_grams(passage, len(texts), bits)
    # A row and a column in one number of 32 bits, so that one sort counts all.
    tags = [(place << bits) | place_tag(one.tag, bits) for place, one in enumerate(asked) if one.tag]
    keys = (grams.rows.astype(np.uint32) << np.uint32(bits)) | grams.columns
    keys = np.sort(np.concatenate([keys, np.asarray(tags, np.uint32)]))
    first = np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1]]))
    counts = np.diff(first, append=len(keys))
    keys = keys[first]
    lengths = np.bincount(keys >> np.uint32(bits), minlength=len(texts))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    columns = (keys & np.uint32((1 << bits) - 1)).astype(np.int32)
    values = (1 + np.log(counts)).astype(np.float32)
    return Rows(starts, columns, values, measure(asked, passage, grams, lengths))
