"""The Bradley-Terry fit: a strength for each model, by Newton's method on the counted votes.

P(i beats j) = 1 / (1 + exp(s_j - s_i)), a tie as half a win of each (Bradley and Terry 1952; Hunter 2004 for
when the maximum exists). Strengths add up to 0 over the models that are rated; only differences mean
anything.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from fen.arena.ballots import Floats
from fen.arena.rating.counts import Counts
from fen.arena.rating.newton import Look, climb

_SETTLED = 1e-12  # of the log-likelihood, by which a further step would raise it, for each vote


class Fit(msgspec.Struct, frozen=True):
    """Strengths in natural log-odds.

    rated: numbers of the models in the main component, shape (m,). strength: theirs, shape (m,), adding up to
    0. information: minus the second derivative there, shape (m, m). wins: what it was fitted to, of that
    shape.
    """

    rated: NDArray[np.intp]
    strength: Floats
    information: Floats
    wins: Floats

    def chances(self) -> Floats:
        """Return the probability that each rated model (row) beats each other (column), shape (m, m)."""
        return expit(self.strength[:, None] - self.strength[None, :])


def fit_counts(
    counts: Counts, *, both_bad: bool = True, prior: float = 0.0, start: Floats | None = None
) -> Fit:
    """Fit the main component of a board.

    prior: votes of each model against one of average strength, half of them won: it keeps thin boards near
    the middle, and never grows with the number of votes. start: strengths of all models, to begin at.
    """
    wins = counts.wins(both_bad=both_bad)
    rated = find_main_component(wins)
    inside = wins[np.ix_(rated, rated)]
    return fit_wins(rated, inside, prior, None if start is None else start[rated])


def find_main_component(wins: Floats) -> NDArray[np.intp]:
    """Return the models that are tied together by wins in both directions: the component with most votes.

    Outside of it, a model has only won, only lost, or never met the others, and no strength is the most
    likely one (Ford 1957). A draw counts in both directions.
    """
    _, label = connected_components(wins > 0, directed=True, connection="strong")
    votes = np.bincount(label, weights=(wins + wins.T).sum(axis=1))
    sizes = np.bincount(label)
    if not votes.any():
        return np.zeros(0, np.intp)
    inside = np.array([votes[one] if sizes[one] > 1 else -1.0 for one in range(len(sizes))])
    if inside.max() < 0:
        return np.zeros(0, np.intp)
    return np.flatnonzero(label == int(inside.argmax()))


def fit_wins(rated: NDArray[np.intp], wins: Floats, prior: float = 0.0, start: Floats | None = None) -> Fit:
    """Fit strengths to wins of row over column, shape (m, m), of models that are all connected."""
    if not len(rated):
        return Fit(rated, np.zeros(0), np.zeros((0, 0)), wins)
    met = wins + wins.T
    begin = np.zeros(len(rated)) if start is None else start - start.mean()
    settled = _SETTLED * max(1.0, met.sum() / 2)
    strength, seen = climb(lambda place: _look(place, wins, met, prior), _solve, begin, settled)
    return Fit(rated, strength - strength.mean(), seen.information, wins)


def _look(strength: Floats, wins: Floats, met: Floats, prior: float) -> Look:
    ahead = strength[:, None] - strength[None, :]
    chance = expit(ahead)
    # log(expit(x)) without overflow; the diagonal has no votes.
    value = float(-(wins * np.logaddexp(0.0, -ahead)).sum())
    gradient = (wins - met * chance).sum(axis=1)
    weight = met * chance * (1.0 - chance)
    information = np.diag(weight.sum(axis=1)) - weight
    if prior:
        mine = expit(strength)
        value -= prior / 2 * float((np.logaddexp(0.0, -strength) + np.logaddexp(0.0, strength)).sum())
        gradient = gradient + prior * (0.5 - mine)
        information = information + np.diag(prior * mine * (1.0 - mine))
    return Look(value, gradient, information)


def _solve(seen: Look) -> Floats:
    """Solve for the step among those that add up to 0; without a prior the others change nothing."""
    m = len(seen.gradient)
    level = seen.information.trace() / (m * m)
    free, even = _solve_positive(seen.information + level, np.stack([seen.gradient, np.ones(m)], axis=1)).T
    return free - even * (free.sum() / even.sum())


def invert_information(information: Floats) -> Floats:
    """Return the pseudo-inverse for strengths that add up to 0, shape (m, m)."""
    m = len(information)
    if m == 0:
        return information
    level = information.trace() / (m * m)
    return _solve_positive(information + level, np.eye(m)) - 1.0 / (level * m * m)


def _solve_positive(matrix: Floats, known: Floats) -> Floats:
    return cho_solve(cho_factor(matrix, check_finite=False), known, check_finite=False)
