"""What happened with similar requests: a mean over all that are remembered, near ones counting most.

Requests are compared by the cosine of their first latent dimensions (Deerwester et al. 1990, "Indexing by
latent semantic analysis"), found by random projections (Halko, Martinsson, Tropp 2011, algorithm 4.4).
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.sparse import csr_array

from fen.routing.quality.design import Inputs, Single
from fen.routing.quality.heads import Evidence

DIMENSIONS = 64
MOST = 10_000
"""Requests that are remembered; of more, evenly some."""

_SHARPNESS = 20.0  # a request at cosine 0.9 counts exp(-2) of one at cosine 1
_PRIOR = 1.0  # requests that knowing nothing is worth
_EXTRA, _ROUNDS = 8, 2


class Memory(msgspec.Struct, frozen=True):
    """Requests and what came of them.

    projection: shape (vocabulary, d). places: rows of length 1, shape (r, d). left: score less the model's
    mean, 0 where there is none, shape (r, m). told: 1 where there is one, shape (r, m), or (r, 1) where all
    are.
    """

    projection: Single
    places: Single
    left: Single
    told: Single


def fit_projection(words: csr_array, dimensions: int, seed: int) -> Single:
    """Return the first right singular vectors of a matrix, shape (columns, at most `dimensions`)."""
    size = min(dimensions, *words.shape)
    width = min(size + _EXTRA, *words.shape)
    back = words.T.tocsr()
    found = words @ np.random.default_rng(seed).standard_normal((words.shape[1], width)).astype(np.float32)
    for _ in range(_ROUNDS):
        found = words @ np.linalg.qr(back @ np.linalg.qr(found)[0])[0]
    small = back @ np.linalg.qr(found)[0]
    # The decomposition of a tall matrix by that of its small square takes a third of the time.
    squares, turn = np.linalg.eigh((small.T @ small).astype(np.float64))
    leading = np.flatnonzero(squares > 1e-6 * squares.max(initial=0))[::-1][:size]
    return (small @ (turn[:, leading] / np.sqrt(squares[leading]))).astype(np.float32)


def place_requests(inputs: Inputs, projection: Single) -> tuple[Single, Single]:
    """Return where requests are in the latent space, rows of length 1 or 0; and their lengths there, (n,).

    A length is at most 1, and small where the space knows little of a request's words.
    """
    places = inputs.words @ projection
    length: Single = np.sqrt((places**2).sum(axis=1))
    return (places / np.where(length > 1e-6, length, 1.0)[:, None]).astype(np.float32), length


def remember(projection: Single, places: Single, evidence: Evidence) -> Memory:
    """Return the memory of some requests."""
    kept = np.arange(len(places))
    if len(kept) > MOST:
        kept = np.linspace(0, len(places) - 1, MOST).astype(np.intp)
    told = evidence.told[kept]
    left = (evidence.scores[kept] - evidence.means) * told
    return Memory(projection, places[kept], left, told[:, :1] if (told == 1).all() else told)


def recall(memory: Memory, place: Single) -> tuple[Single, float]:
    """Return the shrunk means of what is left near a place, shape (m,), and the weight of what is near.

    One request at a time, since the sums of matrix products differ with the number of rows.
    """
    weight: Single = memory.places @ place
    weight -= 1
    weight *= np.float32(_SHARPNESS)
    np.exp(weight, out=weight)
    near = weight.sum()
    told = near if memory.told.shape[1] == 1 else weight @ memory.told
    found: Single = weight @ memory.left
    found /= told + np.float32(_PRIOR)
    return found, float(near)


def recall_many(memory: Memory, places: Single) -> tuple[Single, Single]:
    """Return the same for many at once, quickly and to rounding alone; for fits, not for predictions."""
    found, near = list[Single](), list[Single]()
    for begin in range(0, len(places), 1_024):
        weight = np.exp(np.float32(_SHARPNESS) * (places[begin : begin + 1_024] @ memory.places.T - 1))
        near.append(weight.sum(axis=1))
        shrunk = (weight @ memory.left) / (weight @ memory.told + np.float32(_PRIOR))
        found.append(shrunk.astype(np.float32))
    return np.concatenate(found), np.concatenate(near)
