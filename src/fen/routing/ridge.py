"""Linear fits with a penalty on the squares of the weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

from fen.routing.features import Rows
from fen.routing.pivot import Floats

_OFTEN = 2  # requests in which a column must be for its weight to be fitted
_STEPS = 40  # of LSQR; further ones change no third digit of an expected length


def fit_ridge(inputs: Floats, wanted: Floats, penalty: float) -> Floats:
    """Return the weights of a ridge regression without an intercept; zeros where there is no row."""
    square = inputs.T @ inputs + penalty * np.eye(inputs.shape[1])
    return np.linalg.solve(square, inputs.T @ wanted).astype(np.float64, copy=False)


def fit_words(rows: Rows, wanted: Floats, penalty: float, bits: int) -> NDArray[np.float32]:
    """Return a weight for each hashed column, each row having length 1; rare columns have none.

    By LSQR (Paige and Saunders 1982) on the columns that occur.
    """
    weights = np.zeros(1 << bits, np.float32)
    often = np.bincount(rows.columns, minlength=1 << bits) >= _OFTEN
    kept = np.flatnonzero(often)
    if not len(kept):
        return weights
    place = np.cumsum(often) - 1
    entries = often[rows.columns]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(entries)])[rows.starts]
    values = rows.values.astype(np.float64) / np.repeat(measure_rows(rows), np.diff(rows.starts))
    shape = (len(rows), len(kept))
    matrix = csr_array((values[entries], place[rows.columns[entries]], ends), shape=shape)
    weights[kept] = lsqr(matrix, wanted, damp=penalty**0.5, atol=1e-4, btol=1e-4, iter_lim=_STEPS)[0]
    return weights


def weigh_words(rows: Rows, weights: NDArray[np.float32]) -> Floats:
    """Return the weighted sum of each row's words, each row having length 1, shape (n,)."""
    summed = _sum_rows(rows, rows.values.astype(np.float64) * weights[rows.columns])
    return summed / measure_rows(rows)


def measure_rows(rows: Rows) -> Floats:
    """Return the Euclidean length of each row's words; 1 for a row without any."""
    squares = _sum_rows(rows, rows.values.astype(np.float64) ** 2)
    return np.sqrt(np.where(squares > 0, squares, 1.0))


def _sum_rows(rows: Rows, values: Floats) -> Floats:
    """Sum within each row alone, so that a row's sum never depends on another's."""
    full = np.flatnonzero(np.diff(rows.starts))
    summed = np.zeros(len(rows))
    if len(full):
        summed[full] = np.add.reduceat(values, rows.starts[full])
    return summed
