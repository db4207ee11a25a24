"""Influence: how many votes would turn a pair of the board around."""

from __future__ import annotations

import numpy as np

from fen.arena.ballots import Floats
from fen.arena.rating.counts import LEFT, Counts
from fen.arena.rating.fit import fit_counts

_MOST = 1 << 40


def votes_to_flip(counts: Counts, above: int, below: int, *, both_bad: bool = True) -> int:
    """Return the fewest votes of `below` over `above` that put it at or above that, numbers of two models.

    0 where it is already. Both have to be rated. Raises ValueError where one is not.
    """
    if _lead(counts, above, below, 0, both_bad=both_bad) <= 0:
        return 0
    enough = 1
    while _lead(counts, above, below, enough, both_bad=both_bad) > 0 and enough < _MOST:
        enough *= 2
    short = enough // 2
    while enough - short > 1:
        middle = (enough + short) // 2
        if _lead(counts, above, below, middle, both_bad=both_bad) > 0:
            short = middle
        else:
            enough = middle
    return enough


def _lead(counts: Counts, above: int, below: int, votes: int, *, both_bad: bool) -> float:
    table = counts.table.copy()
    table[LEFT, below, above] += votes
    fit = fit_counts(Counts(counts.models, table), both_bad=both_bad)
    places: Floats = np.full(len(counts.models), np.nan)
    places[fit.rated] = fit.strength
    lead = float(places[above] - places[below])
    if np.isnan(lead):
        raise ValueError(f"found models {above} and {below}, expected both to be rated")
    return lead
