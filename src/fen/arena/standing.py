"""Standings: what a board says of each model, with nothing said that the votes do not carry."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Floats
from fen.arena.rating.counts import BOTH_BAD, Counts
from fen.arena.rating.covariance import vote_covariance
from fen.arena.rating.fit import Fit, fit_counts
from fen.arena.rating.ranks import rank_models
from fen.arena.rating.scale import POINTS, to_points

Places = NDArray[np.intp]

THIN = 100
"""Votes under which a model's point is drawn towards the middle, by a prior of fixed size."""

PRIOR = 2.0
"""That prior: so many votes against an average model, half of them won, however many votes there are."""

_HALF_WIDTH = 1.959963984540054  # the normal distribution's 97.5% point


class Standing(msgspec.Struct, frozen=True):
    """One model on a board, in points of the display scale.

    rating: None where it is unrated; `why` then says so in words. low, high: the pointwise 95% interval of
    its distance to the mean of the board. rank_low, rank_high: the best and worst rank that it may have, all
    pairs looked at together. group: models of one group are not told apart from the one at its head. votes:
    those that count. both_bad: of its votes, the share that found both answers bad; None without a vote.
    """

    model: str
    rating: float | None
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    group: int | None
    votes: int
    both_bad: float | None
    why: str = ""


class Rules(msgspec.Struct, frozen=True):
    """How a board is made.

    anchor: the model that stands at `height`; None puts the mean there. both_bad: whether votes against both
    count as ties; False leaves them out of the ratings.
    """

    anchor: str | None = None
    height: float = 1000.0
    both_bad: bool = True


USUAL = Rules()


def stand(
    counts: Counts, rules: Rules = USUAL, wider: Sequence[Floats] = (), seed: int = 0
) -> tuple[Standing, ...]:
    """Return the standings of a board, the best first, then the unrated ones by name.

    wider: further covariances of the rated models' strengths, such as by voters: the widest is shown. Where
    the anchor is unrated, the mean of the rated stands at the height.
    """
    fit = fit_counts(counts, both_bad=rules.both_bad)
    covariances = (vote_covariance(fit, counts, both_bad=rules.both_bad), *wider)
    centre = _height(fit.rated, fit.strength, counts, rules)
    points = _temper(fit, counts, rules, centre)
    return _stand(counts, fit.rated, (fit.strength, centre, points), covariances, seed)


def stand_fitted(
    counts: Counts,
    rated: Places,
    strength: Floats,
    covariances: Floats | Sequence[Floats],
    rules: Rules = USUAL,
    seed: int = 0,
) -> tuple[Standing, ...]:
    """Return the standings by strengths that were fitted elsewhere, such as with style taken out.

    counts: the votes they were fitted to. rated: numbers of the models in it, shape (m,). strength: theirs,
    shape (m,), adding up to 0. covariances: one of these, shape (m, m), or several: the widest is shown.
    """
    several = (covariances,) if isinstance(covariances, np.ndarray) else tuple(covariances)
    centre = _height(rated, strength, counts, rules)
    return _stand(counts, rated, (strength, centre, centre), several, seed)


def _height(places: Places, strength: Floats, counts: Counts, rules: Rules) -> Floats:
    rated = [counts.models[place] for place in map(int, places)]
    anchor = rated.index(rules.anchor) if rules.anchor in rated else None
    return to_points(strength, anchor, rules.height)


def _stand(
    counts: Counts,
    places: Places,
    told: tuple[Floats, Floats, Floats],
    covariances: Sequence[Floats],
    seed: int,
) -> tuple[Standing, ...]:
    """told: strengths, where intervals are centred, and the points that are shown."""
    strength, centre, points = told
    rated: list[str] = [counts.models[place] for place in map(int, places)]
    votes, bad = counts.votes(), _share_bad(counts)
    found: list[Standing] = []
    if rated:
        reach = _HALF_WIDTH * POINTS * np.sqrt(np.maximum.reduce([np.diag(one) for one in covariances]))
        ranks = rank_models(strength, *covariances, seed=seed)
        found = [
            Standing(
                rated[at],
                float(points[at]),
                float(min(centre[at] - reach[at], points[at])),
                float(max(centre[at] + reach[at], points[at])),
                int(ranks.low[at]),
                int(ranks.high[at]),
                int(ranks.group[at]),
                int(votes[place]),
                bad[place],
            )
            for at, place in enumerate(map(int, places))
        ]
    found.sort(key=lambda one: (-(one.rating or 0.0), one.model))
    return (*found, *_list_unrated(counts, set(rated), bad))


def _temper(fit: Fit, counts: Counts, rules: Rules, centre: Floats) -> Floats:
    """Return the points that are shown: those of thin models are drawn towards the middle."""
    thin = counts.votes()[fit.rated] < THIN
    if not thin.any():
        return centre
    held = fit_counts(counts, both_bad=rules.both_bad, prior=PRIOR)
    moved = centre + (held.strength - fit.strength) * POINTS
    return np.where(thin, moved, centre)


def _share_bad(counts: Counts) -> list[float | None]:
    votes = counts.votes()
    table = counts.table[BOTH_BAD]
    bad = table.sum(axis=0) + table.sum(axis=1)
    return [int(bad[at]) / int(votes[at]) if votes[at] else None for at in range(len(counts.models))]


def _list_unrated(counts: Counts, rated: set[str], bad: list[float | None]) -> list[Standing]:
    votes, wins = counts.votes(), counts.wins()
    found: list[Standing] = []
    for at, model in enumerate(counts.models):
        if model in rated:
            continue
        won, lost = wins[at].sum(), wins[:, at].sum()
        why = (
            "no votes"
            if not votes[at]
            else "won every vote: no rating is the most likely one"
            if not lost
            else "lost every vote: no rating is the most likely one"
            if not won
            else "not tied to the other models by wins in both directions"
        )
        found.append(Standing(model, None, None, None, None, None, None, int(votes[at]), bad[at], why))
    return sorted(found, key=lambda one: one.model)
