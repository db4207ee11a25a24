"""Ballots out of columns: names become numbers of one roster, outcomes the codes of OUTCOMES."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fen.arena.ballots import OUTCOMES, Ballots, Codes
from fen.storage.parquet import Coded, list_columns, read_columns
from fen.wire.errors import InvalidRequest

REQUIRED = ("left", "right", "outcome")
KNOWN = (*REQUIRED, "voter", "category", "time", "left_cost", "right_cost", "propensity")
"""Columns that are no style."""


def read_ballots(source: Path | bytes) -> Ballots:
    """Read ballots from a Parquet file, or its bytes; every further column of numbers is a style.

    Raises InvalidRequest for a missing column, a missing value, an outcome that is none, or a pair of one
    model with itself.
    """
    known = list_columns(source)
    texts = [*REQUIRED, *(name for name in ("voter",) if name in known)]
    styles = [name for name in known if name not in KNOWN]
    extra = [name for name in ("propensity",) if name in known]
    coded, numbers = read_columns(source, texts, [*styles, *extra])
    models, left, right = _join(coded["left"], coded["right"])
    outcome = _find_outcomes(coded["outcome"])
    if bool((left == right).any()):
        row = int(np.argmax(left == right))
        raise InvalidRequest(f"row {row}: found {models[left[row]]} on both sides, expected two models")
    propensity = numbers.pop("propensity", None)
    voter = coded["voter"].codes if "voter" in coded else None
    return Ballots(models, left, right, outcome, voter, numbers, propensity)


def _join(left: Coded, right: Coded) -> tuple[tuple[str, ...], Codes, Codes]:
    models = tuple(sorted(set(left.names) | set(right.names)))
    place = {name: at for at, name in enumerate(models)}
    return models, _recode("left", left, place), _recode("right", right, place)


def _find_outcomes(column: Coded) -> Codes:
    unknown = [name for name in column.names if name not in OUTCOMES]
    if unknown:
        raise InvalidRequest(f"outcome: found {unknown[0][:64]!r}, expected {', '.join(OUTCOMES)}")
    return _recode("outcome", column, {name: at for at, name in enumerate(OUTCOMES)})


def _recode(name: str, column: Coded, place: dict[str, int]) -> Codes:
    if len(column.codes) and int(column.codes.min()) < 0:
        row = int(np.argmin(column.codes))
        raise InvalidRequest(f"row {row}: found no {name}, expected one")
    codes = [place[one] for one in column.names]
    if codes == list(range(len(codes))):
        return column.codes  # they are those of the roster already
    return np.take(np.array(codes, np.int32), column.codes)
