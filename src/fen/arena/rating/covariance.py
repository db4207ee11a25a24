"""How sure strengths are: sandwich covariances, by votes and by voters, and the intervals from them.

The sandwich stays right where a tie is scored as half a win, which no coin of the model's would give
(White 1982). By voters, votes of one person may go together (Liang and Zeger 1986).
"""

from __future__ import annotations

import numpy as np

from fen.arena.ballots import Ballots, Codes, Floats
from fen.arena.rating.counts import BOTH_BAD, Counts
from fen.arena.rating.fit import Fit, invert_information

_MOST_LEVERAGE = 0.9
_DENSE = 1 << 24  # numbers in one block of voters' scores


def vote_covariance(fit: Fit, counts: Counts, *, both_bad: bool = True) -> Floats:
    """Return the covariance of the strengths as if all votes were independent, shape (m, m).

    Each vote's surprise is divided by one less its leverage (HC3, MacKinnon and White 1985): a model with few
    votes bends the fit towards them, and would look surer than it is. One part in the votes of a model is the
    variance that the fit itself expects: three ties are no proof that all further votes are ties.
    """
    clear, drawn = counts.decided(both_bad=both_bad)
    inside = np.ix_(fit.rated, fit.rated)
    clear, drawn, chance = clear[inside], drawn[inside], fit.chances()
    # Of a pair's votes, the squared distance of each result from what was expected.
    spread = clear * (1.0 - chance) ** 2
    spread = spread + spread.T + drawn * (0.5 - chance) ** 2
    met = clear + clear.T + drawn
    votes = met.sum(axis=1)
    expected = 1.0 / np.minimum(1.0 + votes[:, None], 1.0 + votes[None, :])
    spread = spread * (1.0 - expected) + met * chance * (1.0 - chance) * expected
    spread /= (1.0 - leverage(fit)) ** 2
    meat = np.diag(spread.sum(axis=1)) - spread
    bread = invert_information(fit.information)
    return bread @ meat @ bread


def leverage(fit: Fit) -> Floats:
    """Return how much one vote on each pair decides about its own expectation, 0 to 0.9, shape (m, m)."""
    spread, chance = invert_information(fit.information), fit.chances()
    own = np.diag(spread)
    apart = own[:, None] + own[None, :] - 2 * spread
    return np.clip(chance * (1.0 - chance) * apart, 0.0, _MOST_LEVERAGE)


def voter_covariance(fit: Fit, ballots: Ballots, *, both_bad: bool = True) -> Floats:
    """Return the covariance where votes of one voter may go together, shape (m, m).

    With the factor G/(G-1) of G voters, and surprises as in `vote_covariance`. Raises ValueError for ballots
    without voters.
    """
    if ballots.voter is None:
        raise ValueError("found ballots without voters, expected them")
    place = np.full(len(ballots.models), -1, np.intp)
    place[fit.rated] = np.arange(len(fit.rated))
    left, right = place[ballots.left], place[ballots.right]
    outcome = ballots.outcome
    kept = (left >= 0) & (right >= 0)
    if not both_bad:
        kept &= outcome != BOTH_BAD
    left, right, outcome = left[kept], right[kept], outcome[kept]
    scored = np.array([1.0, 0.0, 0.5, 0.5])[outcome]
    surprise = (scored - fit.chances()[left, right]) / (1.0 - leverage(fit)[left, right])
    _, voter = np.unique(ballots.voter[kept], return_inverse=True)
    return _sandwich(fit, left, right, surprise, voter)


def _sandwich(fit: Fit, left: Codes, right: Codes, surprise: Floats, voter: Codes) -> Floats:
    m, groups = len(fit.rated), int(voter.max()) + 1 if len(voter) else 0
    meat = np.zeros((m, m))
    order = np.argsort(voter, kind="stable")
    left, right, surprise, voter = left[order], right[order], surprise[order], voter[order]
    at_once = max(1, _DENSE // max(1, m))
    for first in range(0, groups, at_once):
        begins, ends = np.searchsorted(voter, (first, first + at_once))
        part = slice(begins, ends)
        rows = min(at_once, groups - first)
        base = (voter[part] - first) * m
        sums = np.bincount(base + left[part], surprise[part], rows * m)
        sums -= np.bincount(base + right[part], surprise[part], rows * m)
        scores = sums.reshape(rows, m)
        meat += scores.T @ scores
    if groups > 1:
        meat *= groups / (groups - 1)
    bread = invert_information(fit.information)
    return bread @ meat @ bread
