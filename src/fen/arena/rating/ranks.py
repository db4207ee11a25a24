"""Ranks that can be stood by: which models are told apart, with all pairs looked at together.

Whoever compares every pair finds differences by chance. The largest of all studentised differences is held
to its own distribution under equal strengths (max-|t|, Hothorn, Bretz and Westfall 2008), so that the chance
of even one false separation is at most 1 less the level.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Floats

_DRAWS = 4000
_NUMBERS = 1 << 22  # numbers in one block of draws


class Ranks(msgspec.Struct, frozen=True):
    """What is known of the order of m models.

    low, high: the best and the worst rank that each may have, from 1 on, shape (m,). group: from 1 on; a
    group begins at the best model that is told apart from the one at the head of the group before. critical:
    how many standard errors two models must be apart.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    group: NDArray[np.int64]
    critical: float


def rank_models(strength: Floats, *covariances: Floats, level: float = 0.95, seed: int = 0) -> Ranks:
    """Rank models by their strengths, shape (m,), and one or several covariances of these, shape (m, m).

    Of several, two models are told apart only where each of them tells them apart.
    """
    m = len(strength)
    critical = max(find_critical(covariance, level, seed) for covariance in covariances)
    errors = np.maximum.reduce([difference_errors(covariance) for covariance in covariances])
    better = told_apart(strength, errors, critical)
    return Ranks(1 + better.sum(axis=0), m - better.sum(axis=1), _group(strength, better), critical)


def told_apart(strength: Floats, errors: Floats, critical: float) -> NDArray[np.bool_]:
    """Return whether each model (row) is better than each other (column), shape (m, m).

    errors: as `difference_errors` returns them.
    """
    return (strength[:, None] - strength[None, :]) > critical * errors


def difference_errors(covariance: Floats) -> Floats:
    """Return the standard errors of all differences of strengths; infinite on the diagonal, shape (m, m)."""
    own = np.diag(covariance)
    errors = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0))
    np.fill_diagonal(errors, np.inf)
    return errors


def find_critical(covariance: Floats, level: float = 0.95, seed: int = 0) -> float:
    """Return the level's quantile of the largest studentised difference under equal strengths, by drawing."""
    m = len(covariance)
    if m < 2:
        return float("inf")
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    first, second = np.triu_indices(m, 1)
    errors = difference_errors(covariance)[first, second]
    seen = errors > 0
    first, second, errors = first[seen], second[seen], errors[seen]
    random = np.random.default_rng(seed)
    at_once = max(1, _NUMBERS // max(1, len(errors)))
    largest = np.empty(_DRAWS)
    for start in range(0, _DRAWS, at_once):
        drawn = random.standard_normal((min(at_once, _DRAWS - start), m)) @ root.T
        apart = np.abs(drawn[:, first] - drawn[:, second])
        apart /= errors
        largest[start : start + len(drawn)] = apart.max(axis=1, initial=0.0)
    return float(np.quantile(largest, level))


def _group(strength: Floats, better: NDArray[np.bool_]) -> NDArray[np.int64]:
    group = np.zeros(len(strength), np.int64)
    head, number = -1, 0
    for place in np.argsort(-strength, kind="stable"):
        if head < 0 or better[head, place]:
            head, number = int(place), number + 1
        group[place] = number
    return group
