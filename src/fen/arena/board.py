"""A board: everything that is said of the models at one moment, frozen, and ready to be written as JSON.

Intervals are pointwise, of a number of votes fixed beforehand: they do not hold for whoever looks after every
vote and stops when it suits. Ranks look at all pairs together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from fen.arena.ballots import Floats
from fen.arena.paying import Cost, find_frontier
from fen.arena.rating.counts import BOTH_BAD, Counts
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.style import StyleFit
from fen.arena.sensitivity import Sensitivity
from fen.arena.standing import USUAL, Rules, Standing, stand, stand_fitted
from fen.arena.study import Clustered, Flip, Study, drop_models
from fen.arena.tally import ALL
from fen.wire.money import Money

Mark = Literal["hidden", "preliminary", "public"]
"""`hidden`: left off, with all votes on it. `preliminary`: an unreleased model, shown as such."""

Interval = Literal["votes", "voters"]

_HALF_WIDTH = 1.959963984540054  # the normal distribution's 97.5% point


class Row(msgspec.Struct, frozen=True):
    """One model: its standing (`Standing` says what each member is), and beside it what an answer costs.

    cost: the median of its answers' real costs; None where no price is known. priced, answers: how many of
    its answers have one, and there are. frontier: no other model is as good for no more money; None where
    rating or cost is not known. dominated_by: those that are. surely: one of them also beyond the intervals.
    """

    model: str
    mark: Mark
    rating: float | None
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    group: int | None
    votes: int
    both_bad: float | None
    why: str = ""
    cost: Money | None = None
    priced: int = 0
    answers: int = 0
    frontier: bool | None = None
    dominated_by: tuple[str, ...] = ()
    surely: bool = False


class Coefficient(msgspec.Struct, frozen=True):
    """How much a style is preferred, in natural log-odds, with its pointwise 95% interval."""

    name: str
    value: float
    low: float
    high: float


class Board(msgspec.Struct, frozen=True):
    """A board.

    version: of the live counts. votes: on the board. last: the highest number of a vote that is in the
    ratings. studied: that of the last study, from which are costs, flips, sensitivities and the covariance by
    voters; None before the first. intervals: of which covariances the wider is shown. both_bad: the share of
    votes that found both answers bad. style: whether style is taken out; `why` says where that could not be.
    """

    category: str
    style: bool
    made: datetime
    version: int
    votes: int
    last: int
    studied: int | None
    intervals: tuple[Interval, ...]
    both_bad: float | None
    rows: tuple[Row, ...]
    flips: tuple[Flip, ...] = ()
    sensitivities: tuple[Sensitivity, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    anchor: str | None = None
    why: str = ""


class Moment(msgspec.Struct, frozen=True):
    """The live counts of a board at one moment, and how it is made. marks: of models that are not public."""

    counts: Counts
    made: datetime
    version: int = 0
    last: int = 0
    category: str = ALL
    rules: Rules = USUAL
    marks: Mapping[str, Mark] = {}

    @property
    def hidden(self) -> tuple[str, ...]:
        """The models that are left off, by name."""
        return tuple(sorted(name for name, mark in self.marks.items() if mark == "hidden"))


def make_board(moment: Moment, study: Study | None = None) -> Board:
    """Return the board of a moment, with what the last study of the same board says beside it."""
    counts = drop_models(moment.counts, moment.hidden)
    wider = _find_wider(counts, moment.rules, None if study is None else study.clustered)
    standings = stand(counts, moment.rules, wider)
    return _compose(moment, study, counts, standings, ("votes", "voters") if wider else ("votes",))


def make_style_board(moment: Moment, study: Study) -> Board:
    """Return the board with style taken out, as of the study; without rows where that could not be."""
    counts, fit = study.styled.counts, study.styled.fit
    standings: tuple[Standing, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    if fit is not None:
        m = len(fit.rated)
        standings = stand_fitted(counts, fit.rated, fit.strength, fit.covariance[:m, :m], moment.rules)
        coefficients = list_coefficients(fit)
    board = _compose(moment, study, counts, standings, ("votes",))
    return msgspec.structs.replace(
        board,
        style=True,
        last=study.last,
        flips=(),
        sensitivities=(),
        coefficients=coefficients,
        why=study.styled.why,
    )


def list_coefficients(fit: StyleFit) -> tuple[Coefficient, ...]:
    """Return a fit's coefficients with their intervals."""
    errors = np.sqrt(np.diag(fit.covariance)[len(fit.rated) :]) * _HALF_WIDTH
    return tuple(
        Coefficient(name, float(value), float(value - reach), float(value + reach))
        for name, value, reach in zip(fit.names, fit.coefficient, errors, strict=True)
    )


def _compose(
    moment: Moment,
    study: Study | None,
    counts: Counts,
    standings: Sequence[Standing],
    intervals: tuple[Interval, ...],
) -> Board:
    costs: Mapping[str, Cost] = {} if study is None else study.costs
    votes = int(counts.table.sum())
    return Board(
        category=moment.category,
        style=False,
        made=moment.made,
        version=moment.version,
        votes=votes,
        last=moment.last,
        studied=None if study is None else study.last,
        intervals=intervals,
        both_bad=int(counts.table[BOTH_BAD].sum()) / votes if votes else None,
        rows=_list_rows(standings, costs, moment.marks),
        flips=() if study is None else study.flips,
        sensitivities=() if study is None else study.sensitivities,
        anchor=moment.rules.anchor,
    )


def _list_rows(
    standings: Sequence[Standing], costs: Mapping[str, Cost], marks: Mapping[str, Mark]
) -> tuple[Row, ...]:
    worth = find_frontier(standings, costs)
    rows: list[Row] = []
    for one in standings:
        cost, seen = costs.get(one.model, Cost()), worth[one.model]
        rows.append(
            Row(
                mark=marks.get(one.model, "public"),
                cost=cost.median,
                priced=cost.priced,
                answers=cost.answers,
                frontier=seen.frontier,
                dominated_by=seen.dominated_by,
                surely=seen.surely,
                **msgspec.structs.asdict(one),
            )
        )
    return tuple(rows)


def _find_wider(counts: Counts, rules: Rules, clustered: Clustered | None) -> tuple[Floats, ...]:
    """Return the covariance by voters in the order of the models that are rated now, if it is of those."""
    if clustered is None:
        return ()
    rated = fit_counts(counts, both_bad=rules.both_bad).rated
    names = [counts.models[place] for place in map(int, rated)]
    if set(names) != set(clustered.models):
        return ()
    order = [clustered.models.index(name) for name in names]
    return (clustered.covariance[np.ix_(order, order)],)
