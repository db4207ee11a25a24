"""From the features of requests to the inputs of linear models: weighted words, scaled statistics, tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fen.routing.features import Rows
from fen.routing.words import place_tag

Single = NDArray[np.float32]

_OFTEN = 2  # requests in which a column must be to count as known
_FARTHEST = 4.0  # standard deviations at which a statistic is cut
_SCALE = 0.07  # of a statistic beside a row of words whose length is 1
_TAG = 1.0  # of a tag: fitted almost freely


class Inputs(msgspec.Struct, frozen=True):
    """What linear models are given.

    words: rows of length 1, or 0 where no word is known, shape (n, vocabulary). dense: statistics and tags,
    shape (n, k). known: the share of each row's n-grams that are in the vocabulary, shape (n,).
    """

    words: csr_array
    dense: Single
    known: Single

    def take(self, at: NDArray[np.intp]) -> Inputs:
        """Return some rows."""
        return Inputs(csr_array(self.words[at]), self.dense[at], self.known[at])

    def multiply(self, weights: Single) -> Single:
        """Return the products with weights, shape (vocabulary + k + 1, m), the last row being the intercept.

        Each row's sums are made in the same order whatever stands beside it, so that no BLAS is used.
        """
        size, width = self.words.shape[1], self.dense.shape[1]
        product = self.words @ weights[:size] + weights[-1]
        for column in range(width):
            product += self.dense[:, column : column + 1] * weights[size + column]
        return product


class Read(NamedTuple):
    """What `Inputs` has of one request: columns of known words, their values, and what is dense."""

    columns: NDArray[np.int32]
    values: Single
    dense: Single
    known: float


class Design(msgspec.Struct, frozen=True):
    """How features are weighed, by the rarity of words and the spread of statistics in training.

    place: of each hashed column in the vocabulary, -1 where it is not in it, shape (2**bits,). rarity:
    inverse document frequencies, shape (vocabulary,). centre, scale: of the statistics. tags:
    hashed columns of the tags seen, ascending.
    """

    place: NDArray[np.int32]
    rarity: Single
    centre: Single
    scale: Single
    tags: NDArray[np.int32]

    def weigh(self, rows: Rows) -> Inputs:
        """Return the inputs of rows."""
        place = self.place[rows.columns]
        kept = place >= 0
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])[rows.starts]
        columns = place[kept]
        values = rows.values[kept] * self.rarity[columns]
        counts = np.diff(ends)
        owner = np.repeat(np.arange(len(rows)), counts)
        squares = np.bincount(owner, values.astype(np.float64) ** 2, minlength=len(rows))
        values = (values / np.sqrt(squares)[owner]).astype(np.float32)
        words = csr_array((values, columns, ends), shape=(len(rows), len(self.rarity)))
        known = (counts / np.maximum(np.diff(rows.starts), 1)).astype(np.float32)
        return Inputs(words, np.concatenate([self._scale(rows.statistics), self._mark(rows)], axis=1), known)

    def read(self, rows: Rows, row: int) -> Read:
        """Return the inputs of one row."""
        begin, end = rows.starts[row : row + 2].tolist()
        hashed = rows.columns[begin:end]
        place = self.place[hashed]
        kept = place >= 0
        columns = place[kept]
        values = rows.values[begin:end][kept] * self.rarity[columns]
        if len(columns):
            values /= np.sqrt(values @ values)
        dense = self._scale(rows.statistics[row])
        if len(self.tags):
            marks = np.isin(self.tags, hashed, assume_unique=True) * np.float32(_TAG)
            dense = np.concatenate([dense, marks])
        return Read(columns, values, dense, len(columns) / max(end - begin, 1))

    def _scale(self, statistics: Single) -> Single:
        apart = (statistics - self.centre) / self.scale
        return (np.minimum(np.maximum(apart, -_FARTHEST), _FARTHEST) * _SCALE).astype(np.float32)

    def _mark(self, rows: Rows) -> Single:
        """Return which tags rows have."""
        marks = np.zeros((len(rows), len(self.tags)), np.float32)
        if len(self.tags):
            found = np.minimum(np.searchsorted(self.tags, rows.columns), len(self.tags) - 1)
            hits = np.flatnonzero(self.tags[found] == rows.columns)
            owner = np.searchsorted(rows.starts, hits, side="right") - 1
            marks[owner, found[hits]] = _TAG
        return marks


def fit_design(rows: Rows, tags: Sequence[str | None], bits: int) -> Design:
    """Return the weights of rows' features; a column counts as known where two rows have it."""
    size = 1 << bits
    frequency = np.bincount(rows.columns, minlength=size)
    marked = sorted({place_tag(tag, bits) for tag in tags if tag})
    frequency[marked] = 0
    kept = np.flatnonzero(frequency >= _OFTEN)
    place = np.full(size, -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    rarity = np.log((1 + len(rows)) / (1 + frequency[kept])) + 1
    spread = rows.statistics.std(axis=0, dtype=np.float64)
    return Design(
        place,
        rarity.astype(np.float32),
        rows.statistics.mean(axis=0, dtype=np.float64).astype(np.float32),
        np.where(spread > 1e-6, spread, np.inf).astype(np.float32),
        np.array(marked, np.int32),
    )
