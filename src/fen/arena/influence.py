"""Influence: what holds a pair of the board in its order, in votes and in voters."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating.counts import BOTH_BAD, Counts, count_codes, count_votes
from fen.arena.rating.fit import Fit, fit_counts, invert_information
from fen.arena.rating.flips import votes_to_flip
from fen.arena.rating.scale import POINTS

_SHOWN = 20


class Push(msgspec.Struct, frozen=True):
    """A voter, the votes, and by how many points these hold the upper model above the lower one."""

    voter: str
    votes: int
    points: float


class Influence(msgspec.Struct, frozen=True):
    """What holds `above` over `below`.

    lead: in points. votes: the fewest further votes that turn the pair around. voters: the fewest voters
    found without whom it is turned around; None where no number of them does, or one of the two is unrated
    then. pushes: the voters who hold it most, strongest first.
    """

    above: str
    below: str
    lead: float
    votes: int
    voters: int | None
    pushes: tuple[Push, ...]


def audit_pair(
    ballots: Ballots, voters: Sequence[str], above: str, below: str, *, both_bad: bool = True
) -> Influence:
    """Return what holds one model over another.

    voters: names by number. A push is of first order: what dropping the voter's votes changes, to one step of
    Newton's (Koh and Liang 2017); how many voters are needed is then found by fitting without them. Raises
    ValueError for ballots without voters, and where a model is not rated.
    """
    if ballots.voter is None:
        raise ValueError("found ballots without voters, expected them")
    counts = count_votes(ballots)
    fit = fit_counts(counts, both_bad=both_bad)
    places = _find(fit, counts, above), _find(fit, counts, below)
    pushes = _push(fit, ballots, places, len(voters), both_bad=both_bad)
    order = np.argsort(-pushes, kind="stable")
    lead = float(fit.strength[places[0]] - fit.strength[places[1]])
    pair = int(fit.rated[places[0]]), int(fit.rated[places[1]])
    votes = np.bincount(ballots.voter, minlength=len(voters))
    return Influence(
        above,
        below,
        lead * POINTS,
        votes_to_flip(counts, *pair, both_bad=both_bad),
        _count_voters(ballots, order[: int((pushes > 0).sum())], pair, both_bad=both_bad),
        tuple(
            Push(voters[one], int(votes[one]), float(pushes[one]) * POINTS)
            for one in map(int, order[:_SHOWN])
        ),
    )


def _find(fit: Fit, counts: Counts, model: str) -> int:
    rated = [counts.models[place] for place in map(int, fit.rated)]
    if model not in rated:
        raise ValueError(f"found {model[:200]!r}, expected a model that is rated")
    return rated.index(model)


def _push(fit: Fit, ballots: Ballots, places: tuple[int, int], voters: int, *, both_bad: bool) -> Floats:
    """Return by voter how much the votes add to the lead, in natural log-odds."""
    assert ballots.voter is not None
    place = np.full(len(ballots.models), -1, np.intp)
    place[fit.rated] = np.arange(len(fit.rated))
    left, right = place[ballots.left], place[ballots.right]
    kept = (left >= 0) & (right >= 0)
    if not both_bad:
        kept &= ballots.outcome != BOTH_BAD
    left, right = left[kept], right[kept]
    surprise = np.array([1.0, 0.0, 0.5, 0.5])[ballots.outcome[kept]] - fit.chances()[left, right]
    bread = invert_information(fit.information)
    along = bread[places[0]] - bread[places[1]]
    pushed: Floats = np.zeros(voters)
    np.add.at(pushed, ballots.voter[kept], surprise * (along[left] - along[right]))
    return pushed


def _count_voters(
    ballots: Ballots, order: NDArray[np.intp], pair: tuple[int, int], *, both_bad: bool
) -> int | None:
    """Return how many voters have to be dropped, strongest first, until the pair is turned around."""
    if not len(order) or not _is_turned(ballots, order, pair, both_bad=both_bad):
        return None
    few, many = 0, len(order)
    while many - few > 1:
        middle = (few + many) // 2
        if _is_turned(ballots, order[:middle], pair, both_bad=both_bad):
            many = middle
        else:
            few = middle
    return many


def _is_turned(ballots: Ballots, dropped: NDArray[np.intp], pair: tuple[int, int], *, both_bad: bool) -> bool:
    kept = ~np.isin(ballots.voter, dropped)  # pyright: ignore[reportArgumentType] (never None here)
    n = len(ballots.models)
    table = count_codes(ballots.left[kept], ballots.right[kept], ballots.outcome[kept], n)
    fit = fit_counts(Counts(ballots.models, table), both_bad=both_bad)
    strength = np.full(n, np.nan)
    strength[fit.rated] = fit.strength
    return bool(strength[pair[0]] <= strength[pair[1]])
