"""Outcomes as matrices: a row for each request, a column for each model, holes where none answered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.outcome import Evidence, Outcome
from fen.wire.errors import InvalidRequest

Floats = NDArray[np.float64]


class VoteRows(msgspec.Struct, frozen=True):
    """Votes by the numbers of the matrices' rows and columns, each of shape (V,).

    won: 1.0 where model a was liked better, 0.0 where b was, 0.5 for both ties.
    """

    rows: NDArray[np.intp]
    model_a: NDArray[np.intp]
    model_b: NDArray[np.intp]
    won: Floats


class Matrices(msgspec.Struct, frozen=True):
    """What is known of n requests and m models; NaN where nothing is.

    asked: the requests, each once. models: in the order of the columns. score, output_tokens,
    reasoning_tokens, cost: shape (n, m), means over repeated answers. times: how often each model answered
    each request, shape (n, m). currency: of the costs; None where there are none.
    """

    asked: tuple[Asked, ...]
    models: tuple[str, ...]
    score: Floats
    times: NDArray[np.int32]
    output_tokens: Floats
    reasoning_tokens: Floats
    cost: Floats
    currency: str | None
    votes: VoteRows

    @property
    def tags(self) -> tuple[str | None, ...]:
        """The tag of each row."""
        return tuple(one.tag for one in self.asked)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Matrices:
        """Return some rows, each at most once, with the votes on them."""
        chosen = np.asarray(rows, np.intp)
        numbers: list[int] = chosen.tolist()
        place = np.full(len(self.asked), -1, np.intp)
        place[chosen] = np.arange(len(chosen))
        cast = np.flatnonzero(place[self.votes.rows] >= 0)
        votes = self.votes
        return Matrices(
            tuple([self.asked[row] for row in numbers]),
            self.models,
            self.score[chosen],
            self.times[chosen],
            self.output_tokens[chosen],
            self.reasoning_tokens[chosen],
            self.cost[chosen],
            self.currency,
            VoteRows(place[votes.rows[cast]], votes.model_a[cast], votes.model_b[cast], votes.won[cast]),
        )

    def select(self, columns: Sequence[int]) -> Matrices:
        """Return some models, in this order, without the votes."""
        at, none = list(columns), np.zeros(0, np.intp)
        return Matrices(
            self.asked,
            tuple([self.models[column] for column in at]),
            self.score[:, at],
            self.times[:, at],
            self.output_tokens[:, at],
            self.reasoning_tokens[:, at],
            self.cost[:, at],
            self.currency,
            VoteRows(none, none, none, np.zeros(0)),
        )


def pivot(evidence: Evidence, models: Sequence[str] | None = None) -> Matrices:
    """Return the matrices of evidence.

    models: which ones, in this order; all, by name, where left out. Raises InvalidRequest where costs are in
    several currencies: they cannot be compared without a dated rate.
    """
    votes = evidence.votes
    if models is None:
        seen = {one.model for one in evidence.outcomes} | {one.model_a for one in votes}
        models = sorted(seen | {one.model_b for one in votes})
    place = {model: column for column, model in enumerate(models)}
    outcomes = [one for one in evidence.outcomes if one.model in place]
    votes = [one for one in votes if one.model_a in place and one.model_b in place]
    row = _number([one.asked for one in outcomes] + [one.asked for one in votes])
    cells = np.array([(row[one.asked], place[one.model]) for one in outcomes], np.intp).reshape(-1, 2)
    shape = (len(row), len(place))
    times = np.zeros(shape, np.int32)
    np.add.at(times, (cells[:, 0], cells[:, 1]), 1)
    columns = (
        [one.score for one in outcomes],
        [_or_nan(one.output_tokens) for one in outcomes],
        [_or_nan(one.reasoning_tokens) for one in outcomes],
        [_or_nan(None if one.cost is None else float(one.cost.amount)) for one in outcomes],
    )
    score, output, reasoning, cost = (_average(np.array(values, float), cells, shape) for values in columns)
    cast = VoteRows(
        np.array([row[one.asked] for one in votes], np.intp),
        np.array([place[one.model_a] for one in votes], np.intp),
        np.array([place[one.model_b] for one in votes], np.intp),
        np.array([_WON.get(one.winner, 0.5) for one in votes], float),
    )
    found = _find_currency(outcomes)
    return Matrices(tuple(row), tuple(models), score, times, output, reasoning, cost, found, cast)


_WON = {"a": 1.0, "b": 0.0}


def _number(asked: Sequence[Asked]) -> dict[Asked, int]:
    row: dict[Asked, int] = {}
    for one in asked:
        row.setdefault(one, len(row))
    return row


def _average(values: Floats, cells: NDArray[np.intp], shape: tuple[int, int]) -> Floats:
    known = ~np.isnan(values)
    at = (cells[known, 0], cells[known, 1])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, at, values[known])
    np.add.at(count, at, 1.0)
    return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _find_currency(outcomes: Sequence[Outcome]) -> str | None:
    found = sorted({one.cost.currency for one in outcomes if one.cost is not None})
    if len(found) > 1:
        raise InvalidRequest(f"found costs in {' and '.join(found)}, expected one currency")
    return found[0] if found else None
