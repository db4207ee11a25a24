"""Writing a file of votes: JSON lines, or Parquet where its name ends so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fen.arena.ballots import OUTCOMES, Ballots, Codes, Floats, Outcome
from fen.arena.files.columns import KNOWN
from fen.storage.parquet import Coded, write_columns
from fen.wire.errors import InvalidRequest

KEPT_COLUMNS = KNOWN
"""The columns that a file may have beside styles."""

SUFFIXES = (".jsonl", ".parquet")
_ROWS = 50_000


class FileVote(msgspec.Struct, frozen=True, omit_defaults=True):
    """One vote, as a file has it. category: with commas between several. Costs are in one currency."""

    left: str
    right: str
    outcome: Outcome
    voter: str | None = None
    category: str | None = None
    time: datetime | None = None
    left_cost: float | None = None
    right_cost: float | None = None
    propensity: float | None = None
    style: Mapping[str, float] = {}


def check_suffix(path: Path) -> None:
    """Raise InvalidRequest for a name that does not say which kind of file it is."""
    if path.suffix not in SUFFIXES:
        raise InvalidRequest(
            f"{path}: found a name that ends in {path.suffix!r}, expected .jsonl or .parquet"
        )


def write_votes(path: Path, votes: Iterable[FileVote]) -> int:
    """Write votes in their order; return how many. Raises InvalidRequest for a name of another kind."""
    check_suffix(path)
    if path.suffix == ".parquet":
        rows = list(votes)
        write_columns(path, _make_columns(rows))
        return len(rows)
    written, encoder = 0, msgspec.json.Encoder()
    with path.open("wb") as file:
        for vote in votes:
            file.write(encoder.encode(_flatten(vote)) + b"\n")
            written += 1
    return written


def write_ballots(path: Path, ballots: Ballots) -> int:
    """Write ballots, voters under their numbers; return how many."""
    check_suffix(path)
    if path.suffix == ".jsonl":
        with path.open("wb") as file:
            rows = _list_rows(ballots)
            while part := list(islice(rows, _ROWS)):
                file.write(msgspec.json.Encoder().encode_lines(part))
        return len(ballots)
    columns: dict[str, Coded | Floats] = {
        "left": Coded(ballots.models, ballots.left.astype(np.int32)),
        "right": Coded(ballots.models, ballots.right.astype(np.int32)),
        "outcome": Coded(OUTCOMES, ballots.outcome.astype(np.int32)),
    }
    if ballots.voter is not None:
        columns["voter"] = _name_voters(ballots.voter)
    columns |= ballots.style
    if ballots.propensity is not None:
        columns["propensity"] = ballots.propensity
    write_columns(path, columns)
    return len(ballots)


def _name_voters(voter: Codes) -> Coded:
    known, codes = np.unique(voter, return_inverse=True)
    return Coded(tuple(f"v{number}" for number in known.tolist()), codes.astype(np.int32))


def _list_rows(ballots: Ballots) -> Iterator[dict[str, Any]]:
    further: dict[str, Sequence[Any]] = {name: one.tolist() for name, one in ballots.style.items()}
    if ballots.voter is not None:
        further["voter"] = [f"v{number}" for number in ballots.voter.tolist()]
    if ballots.propensity is not None:
        further["propensity"] = ballots.propensity.tolist()
    sides = zip(ballots.left.tolist(), ballots.right.tolist(), ballots.outcome.tolist(), strict=True)
    for at, (left, right, outcome) in enumerate(sides):
        row: dict[str, Any] = {
            "left": ballots.models[left],
            "right": ballots.models[right],
            "outcome": OUTCOMES[outcome],
        }
        yield row | {name: values[at] for name, values in further.items()}


def _flatten(vote: FileVote) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: value for name in KNOWN if (value := getattr(vote, name)) is not None and name != "time"
    }
    if vote.time is not None:
        row["time"] = vote.time.astimezone(UTC).isoformat()
    return row | {name: value for name, value in vote.style.items() if name not in row}


def _make_columns(votes: Sequence[FileVote]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: _code([getattr(vote, name) for vote in votes]) for name in KNOWN[:5]}
    times = [None if vote.time is None else vote.time.astimezone(UTC).replace(tzinfo=None) for vote in votes]
    columns["time"] = np.array(times, "datetime64[us]")
    for name in ("left_cost", "right_cost", "propensity"):
        columns[name] = np.array([getattr(vote, name) for vote in votes], np.float64)
    for name in dict.fromkeys(name for vote in votes for name in vote.style if name not in KNOWN):
        columns[name] = np.array([vote.style.get(name) for vote in votes], np.float64)
    return columns


def _code(values: Sequence[str | None]) -> Coded:
    place = {name: at for at, name in enumerate(dict.fromkeys(one for one in values if one is not None))}
    codes = [-1 if value is None else place[value] for value in values]
    return Coded(tuple(place), np.array(codes, np.int32))
