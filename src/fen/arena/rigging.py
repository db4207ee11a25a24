"""Rigging: voters whose votes are not those of a person who reads, by a test that may be repeated at will.

Of each voter, bets are laid on what a rigger would do: always the left answer, always one model, the
opposite of the board, a coin. A bet pays Q(vote) / P(vote), Q being what it says and P the most that the
board allows: the voter's own taste may move each pair's log-odds by up to `taste` in the voter's favour.
Under no such taste does the product of the payoffs grow on average, so it passes 1 / a with a chance of at
most a, however often it is looked at (Ville 1939; Shafer 2021; for P as a supremum, Wasserman, Ramdas and
Balakrishnan 2020). Over voters, p-values are corrected by Holm (1979). Ties say nothing of who was preferred
and are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating.counts import LEFT, RIGHT, Table, count_codes
from fen.arena.rating.fit import find_main_component, fit_wins

Pattern = Literal["always_left", "always_right", "contrary", "coin", "for_model", "against_model"]

_SURE = 0.95  # how often a rigger is taken to do what it always does
_SMALL = 0.01  # of a model's votes; a voter with fewer moves the board too little to be judged without them


class Watch(msgspec.Struct, frozen=True):
    """How voters are watched.

    taste: by how much an honest voter's log-odds may differ from the board's, on any pair. level: the chance
    that any honest voter at all is taken for an outlier. fewest: clear votes under which nobody is tested.
    """

    taste: float = 1.0
    level: float = 0.01
    fewest: int = 10


USUAL = Watch()


class Examined(msgspec.Struct, frozen=True):
    """A voter and the test.

    votes: clear ones, on rated models. p: as if this voter had been the only one. adjusted: with all voters
    that were tested. pattern, model: the bet that paid best.
    """

    voter: str
    votes: int
    p: float
    adjusted: float
    pattern: Pattern
    model: str | None = None


def find_outliers(ballots: Ballots, voters: Sequence[str], watch: Watch = USUAL) -> tuple[Examined, ...]:
    """Return the voters whose votes no honest taste explains, the clearest first."""
    return tuple(one for one in examine_voters(ballots, voters, watch) if one.adjusted <= watch.level)


def examine_voters(ballots: Ballots, voters: Sequence[str], watch: Watch = USUAL) -> tuple[Examined, ...]:
    """Test every voter with enough clear votes, the clearest first.

    ballots: in the order in which they were cast. voters: names by number. Raises ValueError for ballots
    without voters.
    """
    if ballots.voter is None:
        raise ValueError("found ballots without voters, expected them")
    clear = (ballots.outcome == LEFT) | (ballots.outcome == RIGHT)
    board = _Board(ballots)
    order = np.flatnonzero(clear)
    order = order[np.argsort(ballots.voter[order], kind="stable")]
    begins = np.flatnonzero(np.diff(ballots.voter[order], prepend=-1))
    found: list[Examined] = []
    for begin, end in pairwise([*begins.tolist(), len(order)]):
        rows = order[begin:end]
        if len(rows) >= watch.fewest:
            name = voters[int(ballots.voter[rows[0]])]
            tested = _test(name, rows, ballots, board, watch)
            if tested is not None:
                found.append(tested)
    return _adjust(found)


class _Board:
    """The strengths by clear votes, with and without those of one voter."""

    def __init__(self, ballots: Ballots) -> None:
        self._ballots = ballots
        self._n = len(ballots.models)
        self._table = count_codes(ballots.left, ballots.right, ballots.outcome, self._n)
        self._whole = _fit(self._table)
        clear = self._table[LEFT] + self._table[RIGHT]
        self._votes = clear.sum(axis=0) + clear.sum(axis=1)

    def without(self, rows: NDArray[np.intp]) -> Floats:
        """Return strengths of all models without some votes; NaN where one is not rated, shape (n,)."""
        b = self._ballots
        table = count_codes(b.left[rows], b.right[rows], b.outcome[rows], self._n)
        clear = table[LEFT] + table[RIGHT]
        own = clear.sum(axis=0) + clear.sum(axis=1)
        if bool((own <= _SMALL * self._votes).all()):
            return self._whole
        return _fit(self._table - table)


def _fit(table: Table) -> Floats:
    wins = (table[LEFT] + table[RIGHT].T).astype(np.float64)
    rated = find_main_component(wins)
    strength = np.full(len(wins), np.nan)
    strength[rated] = fit_wins(rated, wins[np.ix_(rated, rated)]).strength
    return strength


def _test(
    voter: str, rows: NDArray[np.intp], ballots: Ballots, board: _Board, watch: Watch
) -> Examined | None:
    strength = board.without(rows)
    left, right = ballots.left[rows], ballots.right[rows]
    ahead = strength[left] - strength[right]
    known = np.isfinite(ahead)
    left, right, ahead = left[known], right[known], ahead[known]
    if len(ahead) < watch.fewest:
        return None
    won = ballots.outcome[rows][known] == LEFT
    allowed = np.log(expit(np.where(won, ahead, -ahead) + watch.taste))
    bets = _lay_bets(left, right, ahead, won)
    paid = np.stack([np.cumsum(np.where(at, said - allowed, 0.0)) for said, at in bets.values()])
    # The mean of the bets is a bet too: each gets an equal part of the stake.
    capital = np.logaddexp.reduce(paid - np.log(len(paid)), axis=0)
    best = max(0.0, float(capital.max()))
    pattern, model = list(bets)[int(paid[:, int(capital.argmax())].argmax())]
    name = None if model is None else ballots.models[model]
    return Examined(voter, len(ahead), float(np.exp(-best)), 1.0, pattern, name)


_Bets = Mapping[tuple[Pattern, "int | None"], tuple[Floats, "NDArray[np.bool_]"]]


def _lay_bets(
    left: NDArray[np.integer], right: NDArray[np.integer], ahead: Floats, won: NDArray[np.bool_]
) -> _Bets:
    """Return by bet the logarithm of the chance that it gave each vote, and on which votes it is laid."""
    everywhere = np.ones(len(ahead), bool)
    sure, unsure = np.log(_SURE), np.log(1.0 - _SURE)
    bets: dict[tuple[Pattern, int | None], tuple[Floats, NDArray[np.bool_]]] = {
        ("always_left", None): (np.where(won, sure, unsure), everywhere),
        ("always_right", None): (np.where(won, unsure, sure), everywhere),
        ("contrary", None): (np.log(expit(np.where(won, -ahead, ahead))), everywhere),
        ("coin", None): (np.full(len(ahead), np.log(0.5)), everywhere),
    }
    for model in map(int, np.unique(np.concatenate([left, right]))):
        met = (left == model) | (right == model)
        chosen = np.where(left == model, won, ~won)
        bets["for_model", model] = (np.where(chosen, sure, unsure), met)
        bets["against_model", model] = (np.where(chosen, unsure, sure), met)
    return bets


def _adjust(tested: Sequence[Examined]) -> tuple[Examined, ...]:
    """Return the voters with Holm's p-values, smallest first."""
    found: list[Examined] = []
    reached = 0.0
    for place, one in enumerate(sorted(tested, key=lambda one: (one.p, one.voter))):
        reached = max(reached, min(1.0, one.p * (len(tested) - place)))
        found.append(msgspec.structs.replace(one, adjusted=reached))
    return tuple(found)
