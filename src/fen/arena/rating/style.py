"""Style control: strengths with what an answer looks like taken out of them.

The log-odds of a vote are s_left - s_right + x b: x is how much more of each kind of style the left answer
has (length, headers, lists, bold), and what belongs to the side and not to the model. Fitted by Newton's
method over the votes, without a penalty: a penalty on b would leave a part of the style in the strengths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating.counts import BOTH_BAD, Counts, count_codes
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.newton import Look, climb

SIDE = "side"
"""The covariate that is 1 for every vote: how much the left side is preferred for being there."""

_BLOCK = 1 << 15
_SETTLED = 1e-10  # of the log-likelihood, for each vote
_SCORED = np.array([1.0, 0.0, 0.5, 0.5])


class StyleFit(msgspec.Struct, frozen=True):
    """Strengths beside coefficients, all in natural log-odds.

    rated, strength: as of `Fit`. names, coefficient: of the covariates, shape (k,). covariance: of strengths,
    then coefficients, by votes (sandwich), shape (m + k, m + k). inverse: of the information, the same shape.
    votes: so many were fitted.
    """

    rated: NDArray[np.intp]
    strength: Floats
    names: tuple[str, ...]
    coefficient: Floats
    covariance: Floats
    inverse: Floats
    votes: int


class _Votes(msgspec.Struct, frozen=True):
    """The votes on rated models; style of shape (N, k)."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    scored: Floats
    style: Floats
    models: int

    @property
    def size(self) -> int:
        return self.models + self.style.shape[1]


def fit_style(
    ballots: Ballots, names: Sequence[str] | None = None, *, side: bool = True, both_bad: bool = True
) -> StyleFit:
    """Fit strengths and the coefficients of the named covariates, or of all that the ballots have.

    Raises ValueError where covariates say the same as each other, so that no coefficients are the best.
    """
    chosen = tuple(ballots.style if names is None else names)
    table = count_codes(ballots.left, ballots.right, ballots.outcome, len(ballots.models))
    plain = fit_counts(Counts(ballots.models, table), both_bad=both_bad)
    votes = _take(ballots, plain.rated, chosen, side=side, both_bad=both_bad)
    m = len(plain.rated)
    found = np.concatenate([plain.strength, np.zeros(votes.size - m)])
    found, seen = climb(
        lambda place: _look(votes, place),
        lambda seen: _invert(seen.information, m) @ seen.gradient,
        found,
        _SETTLED * max(1, len(votes.scored)),
    )
    inverse = _invert(seen.information, m)
    return StyleFit(
        plain.rated,
        found[:m],
        (*chosen, SIDE) if side else chosen,
        found[m:],
        inverse @ _square_scores(votes, found) @ inverse,
        inverse,
        len(votes.scored),
    )


def add_vote(fit: StyleFit, left: int, right: int, scored: float, style: Floats) -> StyleFit:
    """Return the fit after one more vote, by one step of Newton's and a rank-1 update of the inverse.

    left, right: places among the rated. scored: 1 for the left, 0 for the right, 0.5 for none. style: its
    covariates, shape (k,). Good between refits: what it leaves out is of second order in one vote.
    """
    m = len(fit.strength)
    row = np.zeros(m + len(fit.coefficient))
    row[left], row[right], row[m:] = 1.0, -1.0, style
    theta = np.concatenate([fit.strength, fit.coefficient])
    chance = float(expit(row @ theta))
    along = fit.inverse @ row
    weight = chance * (1.0 - chance)
    inverse = fit.inverse - np.outer(along, along) * (weight / (1.0 + weight * float(row @ along)))
    theta = theta + (inverse @ row) * (scored - chance)
    return msgspec.structs.replace(
        fit, strength=theta[:m], coefficient=theta[m:], inverse=inverse, votes=fit.votes + 1
    )


def _take(
    ballots: Ballots, rated: NDArray[np.intp], names: Sequence[str], *, side: bool, both_bad: bool
) -> _Votes:
    place = np.full(len(ballots.models), -1, np.intp)
    place[rated] = np.arange(len(rated))
    left, right = place[ballots.left], place[ballots.right]
    kept = (left >= 0) & (right >= 0)
    if not both_bad:
        kept &= ballots.outcome != BOTH_BAD
    columns = [np.asarray(ballots.style[name], np.float64)[kept] for name in names]
    if side:
        columns.append(np.ones(int(kept.sum())))
    style = np.stack(columns, axis=1) if columns else np.zeros((int(kept.sum()), 0))
    return _Votes(left[kept], right[kept], _SCORED[ballots.outcome[kept]], style, len(rated))


def _look(votes: _Votes, found: Floats) -> Look:
    m = votes.models
    value, gradient, information = 0.0, np.zeros(votes.size), _Squares(m, votes.size)
    for block, ahead in _look_ahead(votes, found):
        chance = expit(ahead)
        value += float((block.scored * ahead).sum() - np.logaddexp(0.0, ahead).sum())
        surprise = block.scored - chance
        gradient[:m] += np.bincount(block.left, surprise, m) - np.bincount(block.right, surprise, m)
        gradient[m:] += block.style.T @ surprise
        information.add(block, chance * (1.0 - chance))
    return Look(value, gradient, information.finish())


def _square_scores(votes: _Votes, found: Floats) -> Floats:
    """Return the sum over votes of the score times itself, shape (m + k, m + k)."""
    squares = _Squares(votes.models, votes.size)
    for block, ahead in _look_ahead(votes, found):
        squares.add(block, (block.scored - expit(ahead)) ** 2)
    return squares.finish()


def _look_ahead(votes: _Votes, found: Floats) -> Iterator[tuple[_Votes, Floats]]:
    """Yield the votes block by block, with the log-odds of the left answer in each vote."""
    for start in range(0, len(votes.scored), _BLOCK):
        part = slice(start, start + _BLOCK)
        left, right, style = votes.left[part], votes.right[part], votes.style[part]
        ahead = found[left] - found[right] + style @ found[votes.models :]
        yield _Votes(left, right, votes.scored[part], style, votes.models), ahead


class _Squares:
    """Adds up w z z' over votes: z is +1 at the left model, -1 at the right one, then the covariates."""

    def __init__(self, models: int, size: int) -> None:
        self._pairs = np.zeros(models * models)
        self._models, self._size = models, size
        self._cross = np.zeros((models, size - models))
        self._style = np.zeros((size - models, size - models))

    def add(self, block: _Votes, weight: Floats) -> None:
        m = self._models
        self._pairs += np.bincount(block.left * m + block.right, weight, m * m)
        weighted = block.style * weight[:, None]
        for column in range(weighted.shape[1]):
            values = weighted[:, column]
            self._cross[:, column] += np.bincount(block.left, values, m) - np.bincount(block.right, values, m)
        self._style += block.style.T @ weighted

    def finish(self) -> Floats:
        m = self._models
        pairs = self._pairs.reshape(m, m)
        met = pairs + pairs.T
        whole = np.zeros((self._size, self._size))
        whole[:m, :m] = np.diag(met.sum(axis=1)) - met
        whole[:m, m:], whole[m:, :m], whole[m:, m:] = self._cross, self._cross.T, self._style
        return whole


def _invert(information: Floats, models: int) -> Floats:
    """Return the pseudo-inverse for strengths that add up to 0."""
    level = information[:models, :models].trace() / max(1, models * models)
    held = information.copy()
    held[:models, :models] += level
    try:
        inverse = cho_solve(cho_factor(held, check_finite=False), np.eye(len(held)), check_finite=False)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "found covariates that say the same as each other, expected each to say something of its own"
        ) from error
    inverse[:models, :models] -= 1.0 / (level * models * models)
    return inverse
