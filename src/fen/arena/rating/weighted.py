"""Weighted boards: votes counted by the inverse of the chance with which their pair was drawn.

A rule that draws pairs by what it learnt shows some pairs more often. Weighted by the inverse of that chance,
the board is the one of pairs drawn evenly (Horvitz and Thompson 1952), at the price of a wider interval.
"""

from __future__ import annotations

import msgspec
import numpy as np

from fen.arena.ballots import OUTCOMES, Ballots, Floats
from fen.arena.rating.counts import BOTH_BAD, LEFT, RIGHT, TIE
from fen.arena.rating.fit import Fit, find_main_component, fit_wins, invert_information


class Weighted(msgspec.Struct, frozen=True):
    """Sums over votes by [outcome, left, right]: of their weights, and of these squared."""

    weights: Floats
    squares: Floats


def weigh_votes(ballots: Ballots) -> Weighted:
    """Weigh votes by the inverse of their propensity, so that the weights' mean is 1.

    Raises ValueError for ballots without propensities, or with one that is not above 0.
    """
    chances = ballots.propensity
    if chances is None or not bool((chances > 0).all()):
        raise ValueError("propensity: found none, or one that is not above 0, expected one for each vote")
    weight = 1.0 / chances
    weight *= len(weight) / max(weight.sum(), 1e-300)
    n = len(ballots.models)
    keys = (ballots.outcome.astype(np.intp) * n + ballots.left) * n + ballots.right
    size, shape = len(OUTCOMES) * n * n, (len(OUTCOMES), n, n)
    sums: Floats = np.bincount(keys, weight, size).astype(np.float64)
    squares: Floats = np.bincount(keys, weight * weight, size).astype(np.float64)
    return Weighted(sums.reshape(shape), squares.reshape(shape))


def fit_weighted(weighted: Weighted, *, both_bad: bool = True) -> tuple[Fit, Floats]:
    """Return the fit of weighted votes, and the covariance that goes with it, shape (m, m)."""
    clear, drawn = _decide(weighted.weights, both_bad=both_bad)
    wins = clear + drawn / 2
    rated = find_main_component(wins)
    inside = np.ix_(rated, rated)
    fit = fit_wins(rated, wins[inside])
    clear, drawn = (table[inside] for table in _decide(weighted.squares, both_bad=both_bad))
    chance = fit.chances()
    spread = clear * (1.0 - chance) ** 2
    spread = spread + spread.T + drawn * (0.5 - chance) ** 2
    bread = invert_information(fit.information)
    return fit, bread @ (np.diag(spread.sum(axis=1)) - spread) @ bread


def _decide(table: Floats, *, both_bad: bool) -> tuple[Floats, Floats]:
    drawn = table[TIE] + table[BOTH_BAD] if both_bad else table[TIE]
    return table[LEFT] + table[RIGHT].T, drawn + drawn.T
