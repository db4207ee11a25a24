"""Davidson's fit: ties as an outcome of its own (Davidson 1970), beside the half-win of the board.

P(i beats j) : P(tie) : P(j beats i) = exp(d/2) : nu : exp(-d/2) with d = s_i - s_j. Scoring ties as half a
win pulls strengths together, so the two are compared after rescaling (`find_scale`).
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from fen.arena.ballots import Floats
from fen.arena.rating.counts import Counts
from fen.arena.rating.fit import find_main_component
from fen.arena.rating.newton import Look, climb

_SETTLED = 1e-12  # of the log-likelihood, for each vote


class DavidsonFit(msgspec.Struct, frozen=True):
    """Strengths in natural log-odds of a clear win over a clear loss, adding up to 0; nu: weight of ties."""

    rated: NDArray[np.intp]
    strength: Floats
    nu: float


def fit_davidson(counts: Counts, *, both_bad: bool = True) -> DavidsonFit:
    """Fit the main component; without a tie, nu is 0 and the fit is Bradley-Terry's."""
    rated = find_main_component(counts.wins(both_bad=both_bad))
    inside = np.ix_(rated, rated)
    clear, drawn = (table[inside] for table in counts.decided(both_bad=both_bad))
    m, total = len(rated), max(1.0, clear.sum() + drawn.sum() / 2)
    if not m:
        return DavidsonFit(rated, np.zeros(0), 0.0)
    found = np.append(np.zeros(m), _first_weight(clear, drawn))
    free = bool(drawn.any())
    found, _ = climb(lambda place: _look(place, clear, drawn, free=free), _solve, found, _SETTLED * total)
    strength = found[:m] - found[:m].mean()
    return DavidsonFit(rated, strength, float(np.exp(found[m])) if free else 0.0)


def find_scale(wanted: Floats, given: Floats) -> float:
    """Return by how much `wanted` has to be stretched to lie closest to `given`; both add up to 0."""
    return float(wanted @ given / (wanted @ wanted))


def _first_weight(clear: Floats, drawn: Floats) -> float:
    won, tied = clear.sum(), drawn.sum() / 2
    return float(np.log(2 * tied / won)) if won and tied else 0.0


def _solve(seen: Look) -> Floats:
    return cho_solve(cho_factor(seen.information), seen.gradient)


def _look(found: Floats, clear: Floats, drawn: Floats, *, free: bool) -> Look:
    """Look at strengths and log nu; `free` is whether nu is to be found."""
    m = len(found) - 1
    apart = found[:m, None] - found[None, :m]
    up, down = np.exp(apart / 2), np.exp(-apart / 2)
    nu = np.exp(found[m]) if free else 0.0
    whole = up + down + nu
    win, lose, tie = up / whole, down / whole, nu / whole
    met = clear + clear.T + drawn  # of each unordered pair, in both places
    upper = np.triu(np.ones((m, m), bool), 1)
    value = float((clear * (apart / 2 - np.log(whole)))[~np.eye(m, dtype=bool)].sum())
    if free:
        value += float((drawn * (found[m] - np.log(whole)))[upper].sum())
    pull = (clear - clear.T - met * (win - lose)) / 2
    gradient = np.append(pull.sum(axis=1), (drawn - met * tie)[upper].sum() if free else 0.0)
    weight = met * (win + lose - (win - lose) ** 2) / 4
    np.fill_diagonal(weight, 0.0)
    information = np.zeros((m + 1, m + 1))
    information[:m, :m] = np.diag(weight.sum(axis=1)) - weight
    information[:m, :m] += information[:m, :m].trace() / (m * m)  # strengths that add up to 0
    if not free:
        information[m, m] = 1.0
        return Look(value, gradient, information)
    cross = -(met * tie * (win - lose) / 2)
    np.fill_diagonal(cross, 0.0)
    information[:m, m] = information[m, :m] = cross.sum(axis=1)
    information[m, m] = (met * tie * (1.0 - tie))[upper].sum()
    return Look(value, gradient, information)
