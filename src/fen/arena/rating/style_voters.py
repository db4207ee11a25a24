"""How sure strengths and coefficients of style are where votes of one voter may go together."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from fen.arena.ballots import Ballots, Codes, Floats
from fen.arena.rating.counts import BOTH_BAD
from fen.arena.rating.style import SIDE, StyleFit

_SCORED = np.array([1.0, 0.0, 0.5, 0.5])
_DENSE = 1 << 24  # numbers in one block of voters' scores


def style_voter_covariance(fit: StyleFit, ballots: Ballots, *, both_bad: bool = True) -> Floats:
    """Return the covariance of strengths, then coefficients, by voters (Liang and Zeger 1986).

    Of shape (m + k, m + k), with the factor G/(G-1) of G voters. Raises ValueError for ballots without
    voters.
    """
    if ballots.voter is None:
        raise ValueError("found ballots without voters, expected them")
    m = len(fit.rated)
    place = np.full(len(ballots.models), -1, np.intp)
    place[fit.rated] = np.arange(m)
    left, right = place[ballots.left], place[ballots.right]
    kept = (left >= 0) & (right >= 0)
    if not both_bad:
        kept &= ballots.outcome != BOTH_BAD
    voter = np.unique(ballots.voter[kept], return_inverse=True)[1]
    order = np.argsort(voter, kind="stable")
    voter, left, right = voter[order], left[kept][order], right[kept][order]
    columns = [
        np.ones(len(voter)) if name == SIDE else np.asarray(ballots.style[name])[kept][order]
        for name in fit.names
    ]
    ahead = fit.strength[left] - fit.strength[right]
    for coefficient, column in zip(fit.coefficient, columns, strict=True):
        ahead = ahead + coefficient * column
    surprise = _SCORED[ballots.outcome[kept][order]] - expit(ahead)
    meat = _add_up(m, (voter, left, right), surprise, columns)
    return fit.inverse @ meat @ fit.inverse


def _add_up(m: int, votes: tuple[Codes, Codes, Codes], surprise: Floats, columns: list[Floats]) -> Floats:
    """Return the sum of voters' squared scores; votes: voter, in order, left and right."""
    voter, left, right = votes
    size = m + len(columns)
    groups = int(voter[-1]) + 1 if len(voter) else 0
    meat = np.zeros((size, size))
    at_once = max(1, _DENSE // max(1, size))
    for first in range(0, groups, at_once):
        begins, ends = np.searchsorted(voter, (first, first + at_once))
        part, rows = slice(begins, ends), min(at_once, groups - first)
        mine, gone = voter[part] - first, surprise[part]
        strengths = np.bincount(mine * m + left[part], gone, rows * m)
        strengths -= np.bincount(mine * m + right[part], gone, rows * m)
        styles = [np.bincount(mine, gone * column[part], rows) for column in columns]
        scores = np.column_stack([strengths.reshape(rows, m), *styles])
        meat += scores.T @ scores
    return meat * groups / (groups - 1) if groups > 1 else meat
