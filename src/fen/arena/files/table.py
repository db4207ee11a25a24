"""A table of votes: ballots, with what else a file says of each vote; every row of it has been looked at."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import OUTCOMES, Ballots, Codes, Floats
from fen.arena.files.columns import KNOWN, REQUIRED, Columns
from fen.storage.parquet import Coded
from fen.wire.errors import InvalidRequest

MOST_MODELS = 2000
"""Of one board: what it takes grows with their square."""

_LONGEST = 256  # characters of a name
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0  # seconds of the years 1 and 9999
_LARGEST = 1e12  # of a style
_BOUNDS: dict[str, tuple[float, float, str]] = {
    "time": (_FIRST, _LAST, "seconds since 1970, or an ISO 8601 time"),
    "left_cost": (0.0, _LARGEST, "a cost of 0 or more"),
    "right_cost": (0.0, _LARGEST, "a cost of 0 or more"),
    "propensity": (np.nextafter(0.0, 1.0), 1.0, "a chance above 0 and at most 1"),
}
_STYLE = (-_LARGEST, _LARGEST, "a number of a sensible size")


class VoteTable(msgspec.Struct, frozen=True):
    """N votes out of a file.

    voters: names by number; voters behind them have none, and each is of one vote. category: names of one or
    several categories with commas between them. time: seconds since 1970, shape (N,). left_cost, right_cost:
    of the answers, shape (N,). NaN is a number that a row lacks; None a column that the file lacks. left_out:
    rows that are not in it, by why.
    """

    ballots: Ballots
    voters: tuple[str, ...] = ()
    category: Coded | None = None
    time: Floats | None = None
    left_cost: Floats | None = None
    right_cost: Floats | None = None
    left_out: Mapping[str, int] = {}

    def __len__(self) -> int:
        return len(self.ballots)

    def of_category(self, wanted: str) -> VoteTable:
        """Return the votes of one category.

        Raises InvalidRequest with the categories that there are, where there is no such one.
        """
        column = self.category
        names = () if column is None else column.names
        inside = np.array([wanted in split_categories(name) for name in names], bool)
        if column is None or not inside.any():
            known = sorted({one for name in names for one in split_categories(name)})
            found = ", ".join(known[:40]) or "none"
            raise InvalidRequest(f"category: found {found}, expected {wanted}", param="category")
        return self.take((column.codes >= 0) & inside[column.codes])

    def take(self, kept: NDArray[np.bool_]) -> VoteTable:
        """Return some of the votes."""
        ballots = self.ballots
        return VoteTable(
            Ballots(
                ballots.models,
                ballots.left[kept],
                ballots.right[kept],
                ballots.outcome[kept],
                None if ballots.voter is None else ballots.voter[kept],
                {name: one[kept] for name, one in ballots.style.items()},
                None if ballots.propensity is None else ballots.propensity[kept],
            ),
            self.voters,
            None if self.category is None else Coded(self.category.names, self.category.codes[kept]),
            *(None if one is None else one[kept] for one in (self.time, self.left_cost, self.right_cost)),
            left_out=self.left_out,
        )


def split_categories(text: str) -> tuple[str, ...]:
    """Return the categories that a cell names."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def make_table(columns: Columns) -> VoteTable:
    """Check every row, and number models and outcomes.

    Raises InvalidRequest for a missing value, an outcome that is none, a pair of one model with itself, a
    name that cannot be shown, or a number out of bounds, with the first such row.
    """
    models, left, right = _number_models(columns)
    outcome = _number_outcomes(columns)
    same = left == right
    if bool(same.any()):
        row = int(np.argmax(same))
        raise columns.refuse(row, f"found {models[left[row]]} on both sides, expected two models")
    for name in columns.numbers:
        if not is_plain(name):
            raise InvalidRequest(
                f"{columns.where}: found the column {_show(name)}, expected a name of one line"
            )
    numbers = {name: _check(columns, name, column) for name, column in columns.numbers.items()}
    style = {name: column for name, column in numbers.items() if name not in KNOWN}
    voter = columns.texts.get("voter")
    return VoteTable(
        Ballots(
            models,
            left,
            right,
            outcome,
            None if voter is None or not (voter.codes >= 0).any() else _number_voters(voter),
            style,
            _drop_empty(numbers.get("propensity")),
        ),
        () if voter is None else voter.names,
        columns.texts.get("category"),
        *(_drop_empty(numbers.get(name)) for name in ("time", "left_cost", "right_cost")),
        left_out=columns.left_out,
    )


def _number_models(columns: Columns) -> tuple[tuple[str, ...], Codes, Codes]:
    sides = [_name_all(columns, name) for name in REQUIRED[:2]]
    models = tuple(sorted({name for side in sides for name in side.names}))
    if len(models) > MOST_MODELS:
        raise InvalidRequest(
            f"{columns.where}: found {len(models)} models, expected at most {MOST_MODELS};"
            f" the first ones are {', '.join(models[:3])}"
        )
    place = {name: at for at, name in enumerate(models)}
    left, right = (_recode(side, place) for side in sides)
    return models, left, right


def _name_all(columns: Columns, name: str) -> Coded:
    """Return a column of models: none is missing, and each can be shown on one line."""
    column = columns.texts[name]
    if len(column.codes) and int(column.codes.min()) < 0:
        raise columns.refuse(int(np.argmin(column.codes)), f"found no {name}, expected one")
    for at, model in enumerate(column.names):
        if not is_plain(model) and bool((used := column.codes == at).any()):
            row = int(np.argmax(used))
            raise columns.refuse(row, f"{name}: found {_show(model)}, expected a name of one line")
    return column


def is_plain(name: str) -> bool:
    """Whether a name can be shown on one line: not empty, not endless, no control characters."""
    shown = name.strip() and len(name) <= _LONGEST and not any(ord(char) < 32 for char in name)
    return bool(shown) and not any(127 <= ord(char) < 160 or 0xD800 <= ord(char) < 0xE000 for char in name)


def _show(name: str) -> str:
    return ascii(name if len(name) <= 64 else name[:61] + "...")


def _number_outcomes(columns: Columns) -> Codes:
    column = columns.texts["outcome"]
    if len(column.codes) and int(column.codes.min()) < 0:
        raise columns.refuse(int(np.argmin(column.codes)), "found no outcome, expected one")
    place: dict[str, int] = {name: at for at, name in enumerate(OUTCOMES)}
    for at, name in enumerate(column.names):
        if name not in place and bool((used := column.codes == at).any()):
            row = int(np.argmax(used))
            raise columns.refuse(row, f"outcome: found {_show(name)}, expected {', '.join(OUTCOMES)}")
    return _recode(column, {name: place.get(name, 0) for name in column.names})


def _recode(column: Coded, place: Mapping[str, int]) -> Codes:
    codes = [place[name] for name in column.names]
    if codes == list(range(len(codes))):
        return column.codes  # they are those that are wanted already
    return np.take(np.array(codes, np.int32), column.codes)


def _number_voters(column: Coded) -> Codes:
    unnamed = np.flatnonzero(column.codes < 0)
    if not len(unnamed):
        return column.codes
    voter = column.codes.copy()
    voter[unnamed] = len(column.names) + np.arange(len(unnamed), dtype=np.int32)
    return voter


def _check(columns: Columns, name: str, column: Floats) -> Floats:
    low, high, expected = _BOUNDS.get(name, _STYLE)
    wrong = (column < low) | (column > high)
    if bool(wrong.any()):
        row = int(np.argmax(wrong))
        raise columns.refuse(row, f"{name}: found {column[row]:.6g}, expected {expected}")
    return column


def _drop_empty(column: Floats | None) -> Floats | None:
    return None if column is None or bool(np.isnan(column).all()) else column
