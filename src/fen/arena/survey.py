"""A survey: the whole log as columns, for what a board needs beside its counts.

The counts of a board are live; covariances by voters, style, costs and sensitivities are of the last survey.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import OUTCOMES, Ballots
from fen.arena.looks import STYLES
from fen.arena.store.log import AnswerCost, Priced
from fen.arena.tally import ALL
from fen.wire.money import Money

_CODES = {name: code for code, name in enumerate(OUTCOMES)}


class AnswerPaid(msgspec.Struct, frozen=True):
    """One answer: of which vote (its row), by which model, when, and what it cost; None where unknown."""

    row: int
    model: str
    at: datetime
    cost: Money | None


class Survey(msgspec.Struct, frozen=True):
    """The votes that count.

    ballots: all of them; no propensities where one is not known. boards: by category, the rows on it.
    voters: names, by their numbers in `ballots`. answers: of all rows, in their order. last: the highest
    number of a vote in the log.
    """

    ballots: Ballots
    boards: Mapping[str, NDArray[np.intp]]
    voters: tuple[str, ...]
    answers: tuple[AnswerPaid, ...]
    last: int

    def pick(self, category: str = ALL, hidden: Collection[str] = ()) -> Part:
        """Return a board's votes, without those on hidden models."""
        rows = np.arange(len(self.ballots)) if category == ALL else self.boards.get(category, _NO_ROWS)
        out = [place for place, name in enumerate(self.ballots.models) if name in hidden]
        kept = ~(np.isin(self.ballots.left[rows], out) | np.isin(self.ballots.right[rows], out))
        rows = rows[kept]
        inside = set(rows.tolist())
        answers = tuple(paid for paid in self.answers if paid.row in inside)
        return Part(_choose(self.ballots, rows), self.voters, answers)


class Part(msgspec.Struct, frozen=True):
    """The votes of one board, the voters' names by number, and the answers voted on."""

    ballots: Ballots
    voters: tuple[str, ...]
    answers: tuple[AnswerPaid, ...]


_NO_ROWS = np.zeros(0, np.intp)


def take_survey(log: Iterable[Priced]) -> Survey:
    """Put a log into columns; votes that do not count are passed over."""
    columns = _Columns()
    last = 0
    for priced in log:
        last = max(last, priced.kept.id)
        if priced.kept.vote.counts:
            columns.add(priced)
    return columns.finish(last)


class _Columns:
    def __init__(self) -> None:
        self._models: dict[str, int] = {}
        self._voters: dict[str, int] = {}
        self._left: list[int] = []
        self._right: list[int] = []
        self._outcome: list[int] = []
        self._voter: list[int] = []
        self._propensity: list[float] = []
        self._style: list[tuple[float, ...]] = []
        self._boards: dict[str, list[int]] = {}
        self._answers: list[AnswerPaid] = []

    def add(self, priced: Priced) -> None:
        kept = priced.kept
        vote, row = kept.vote, len(self._left)
        self._left.append(self._models.setdefault(kept.left, len(self._models)))
        self._right.append(self._models.setdefault(kept.right, len(self._models)))
        self._outcome.append(_CODES[vote.outcome])
        self._voter.append(self._voters.setdefault(vote.voter, len(self._voters)))
        self._propensity.append(priced.propensity)
        self._style.append(tuple(vote.style.get(name, 0.0) for name in STYLES))
        for category in vote.categories:
            self._boards.setdefault(category, []).append(row)
        for model, side in ((kept.left, priced.left), (kept.right, priced.right)):
            self._answers += [_pay(row, model, priced.started, one) for one in side if one.error is None]

    def finish(self, last: int) -> Survey:
        models = tuple(sorted(self._models))
        number = np.zeros(len(models), np.int32)
        for place, name in enumerate(models):
            number[self._models[name]] = place
        style = np.array(self._style, np.float64).reshape(-1, len(STYLES))
        propensity = np.array(self._propensity, np.float64)
        ballots = Ballots(
            models,
            number[np.array(self._left, np.intp)],
            number[np.array(self._right, np.intp)],
            np.array(self._outcome, np.int8),
            np.array(self._voter, np.int32),
            {name: style[:, at] for at, name in enumerate(STYLES)},
            propensity if bool((propensity > 0).all()) else None,
        )
        boards = {name: np.array(rows, np.intp) for name, rows in self._boards.items()}
        return Survey(ballots, boards, tuple(self._voters), tuple(self._answers), last)


def _pay(row: int, model: str, at: datetime, answer: AnswerCost) -> AnswerPaid:
    return AnswerPaid(row, model, at, answer.cost)


def _choose(ballots: Ballots, rows: NDArray[np.intp]) -> Ballots:
    """Return some rows, with those models only that are in them."""
    left, right = ballots.left[rows], ballots.right[rows]
    present = np.unique(np.concatenate([left, right]))
    number = np.full(len(ballots.models), -1, np.int32)
    number[present] = np.arange(len(present), dtype=np.int32)
    return Ballots(
        tuple(ballots.models[place] for place in map(int, present)),
        number[left],
        number[right],
        ballots.outcome[rows],
        None if ballots.voter is None else ballots.voter[rows],
        {name: column[rows] for name, column in ballots.style.items()},
        None if ballots.propensity is None else ballots.propensity[rows],
    )
