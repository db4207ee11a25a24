"""Sensitivities: the same votes rated in another way, and by how much that moves the board.

Ties as half a win compress the scale, so Davidson's fit is stretched to the board's before they are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating.counts import Counts
from fen.arena.rating.davidson import find_scale, fit_davidson
from fen.arena.rating.fit import Fit, fit_counts
from fen.arena.rating.scale import POINTS
from fen.arena.rating.weighted import fit_weighted, weigh_votes

Way = Literal["davidson", "without_both_bad", "inverse_propensity"]


class Sensitivity(msgspec.Struct, frozen=True):
    """Another way to rate.

    scale: by what its strengths were stretched, 1 where they were not. shift: by model, in points, how much
    higher it stands than on the board, the means of both over the same models being equal. most: the
    largest of these without its sign. swapped: pairs of neighbours, the upper first, that change places. why:
    in words, where this way has no answer.
    """

    way: Way
    scale: float = 1.0
    shift: Mapping[str, float] = {}
    most: float = 0.0
    swapped: tuple[tuple[str, str], ...] = ()
    why: str = ""


def list_sensitivities(ballots: Ballots, counts: Counts, *, both_bad: bool = True) -> tuple[Sensitivity, ...]:
    """Rate a board's votes in three further ways.

    ballots: the same votes as `counts`, the models too. both_bad: as on the board.
    """
    board = _name(fit_counts(counts, both_bad=both_bad), counts.models)
    davidson = fit_davidson(counts, both_bad=both_bad)
    stretched = {
        counts.models[place]: float(strength)
        for place, strength in zip(map(int, davidson.rated), davidson.strength, strict=True)
    }
    without = _name(fit_counts(counts, both_bad=False), counts.models)
    return (
        _compare("davidson", board, stretched, stretch=True),
        _compare("without_both_bad", board, without),
        _weigh(board, ballots, both_bad=both_bad),
    )


def _weigh(board: Mapping[str, float], ballots: Ballots, *, both_bad: bool) -> Sensitivity:
    if ballots.propensity is None or not len(ballots):
        return Sensitivity("inverse_propensity", why="not every pair's chance of being drawn is known")
    fit, _ = fit_weighted(weigh_votes(ballots), both_bad=both_bad)
    return _compare("inverse_propensity", board, _name(fit, ballots.models))


def _name(fit: Fit, models: Sequence[str]) -> dict[str, float]:
    rated = [models[place] for place in map(int, fit.rated)]
    return dict(zip(rated, map(float, fit.strength), strict=True))


def _compare(
    way: Way, board: Mapping[str, float], other: Mapping[str, float], *, stretch: bool = False
) -> Sensitivity:
    names = [name for name in sorted(board, key=lambda one: (-board[one], one)) if name in other]
    if len(names) < 2:
        return Sensitivity(way, why="fewer than two models are rated both ways")
    given = _centre([board[name] for name in names])
    found = _centre([other[name] for name in names])
    scale = find_scale(found, given) if stretch and bool(found.any()) else 1.0
    moved = (found * scale - given) * POINTS
    swapped = tuple(
        (names[at], names[at + 1])
        for at in range(len(names) - 1)
        if given[at] > given[at + 1] and found[at] < found[at + 1]
    )
    shift = {name: float(points) for name, points in zip(names, moved, strict=True)}
    return Sensitivity(way, scale, shift, float(np.abs(moved).max()), swapped)


def _centre(values: Sequence[float]) -> Floats:
    column = np.array(values, np.float64)
    return column - column.mean()
