"""Who meets whom: pairs drawn by what their next vote would teach, over a floor that keeps all of them fair.

Pair i, j is drawn with chance floor / pairs + (1 - floor) x gain_ij^power / sum; the gain is by how much the
trace of the strengths' covariance is expected to fall by one vote more: v |S z|^2 / (1 + v z' S z) with
z = e_i - e_j, S the covariance and v = p (1 - p) (Sherman and Morrison 1950). Drawing the best pair each time
would tell a voter who is next, and would starve the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Floats
from fen.arena.battle import Pair
from fen.arena.rating.counts import Counts
from fen.arena.rating.fit import fit_wins

FLOOR = 0.2
POWER = 2.0
PRIOR = 1.0
"""Votes of each model against an average one, half of them won: strengths of models without votes."""


class Draw(msgspec.Struct, frozen=True, dict=True):
    """The chances of all pairs of `models`; first < second number its models, shape (P,)."""

    models: tuple[str, ...]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    chance: Floats

    @cached_property
    def _steps(self) -> Floats:
        return np.cumsum(self.chance)

    def pick(self, random: np.random.Generator) -> Pair:
        """Draw a pair, and its sides evenly."""
        drawn = random.random() * float(self._steps[-1])
        at = min(int(np.searchsorted(self._steps, drawn, side="right")), len(self.chance) - 1)
        names: list[str] = [self.models[int(self.first[at])], self.models[int(self.second[at])]]
        if random.random() < 0.5:
            names.reverse()
        return Pair(names[0], names[1], float(self.chance[at]))


def plan_draw(
    counts: Counts, playing: Sequence[str] | None = None, *, floor: float = FLOOR, power: float = POWER
) -> Draw:
    """Return the chances of all pairs of models that play; None for all of the board's.

    Models that the board does not know yet are taken as having no votes. Raises ValueError for fewer than two
    models, or for a floor that is not above 0 and at most 1.
    """
    models = tuple(counts.models if playing is None else playing)
    if len(models) < 2 or not 0.0 < floor <= 1.0:
        raise ValueError(
            f"found {len(models)} models and a floor of {floor}, expected two models and 0 < floor <= 1"
        )
    first, second = np.triu_indices(len(models), 1)
    gains = expect_gains(_select(counts, models))[first, second] ** power
    total = gains.sum()
    even = np.full(len(first), 1.0 / len(first))
    learnt = gains / total if total > 0 else even
    return Draw(models, first, second, floor * even + (1.0 - floor) * learnt)


def expect_gains(wins: Floats) -> Floats:
    """Return by how much one vote on each pair is expected to lower the covariance's trace, shape (n, n)."""
    n = len(wins)
    fit = fit_wins(np.arange(n), wins, PRIOR)
    spread = np.linalg.inv(fit.information + np.eye(n) * 1e-9)
    squared = spread @ spread
    chance = fit.chances()
    weight = chance * (1.0 - chance)
    own, twice = np.diag(spread), np.diag(squared)
    apart = own[:, None] + own[None, :] - 2 * spread
    moved = twice[:, None] + twice[None, :] - 2 * squared
    return np.maximum(weight * moved / (1.0 + weight * apart), 0.0)


def _select(counts: Counts, models: Sequence[str]) -> Floats:
    """Return the wins among some models; those that the board does not know have none."""
    wins = np.zeros((len(models), len(models)))
    place = {name: at for at, name in enumerate(counts.models)}
    known = [at for at, name in enumerate(models) if name in place]
    old = [place[models[at]] for at in known]
    wins[np.ix_(known, known)] = counts.wins()[np.ix_(old, old)]
    return wins
