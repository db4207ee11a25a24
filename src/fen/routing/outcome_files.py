"""Files of outcomes and votes: JSON lines or Parquet, one row for each answer or vote.

An outcome has `prompt`, `model`, and `correct` or `score`; it may have `cost` (in `currency`, USD where the
column is missing), `output_tokens`, `reasoning_tokens`, `answer`, `finish`, `tag`, and of the request
`input_tokens`, `before`, `turns` and `tools`. A vote has `prompt`, `model_a`, `model_b` and `winner`; it may
have `tag`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec

from fen.routing.asked import Asked
from fen.routing.outcome import Evidence, Outcome, Vote, Winner
from fen.storage.parquet import list_kinds, read_columns
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES, Money

_WINNERS: Mapping[str, Winner] = {
    "a": "a",
    "b": "b",
    "model_a": "a",
    "model_b": "b",
    "tie": "tie",
    "both_bad": "both_bad",
    "tie (bothbad)": "both_bad",
}
_TEXTS = ("prompt", "model", "tag", "currency", "answer", "finish", "model_a", "model_b", "winner")
_NUMBERS = (
    "correct",
    "score",
    "cost",
    "output_tokens",
    "reasoning_tokens",
    "input_tokens",
    "before",
    "turns",
    "tools",
)
_MAGIC = b"PAR1"
_SHOWN = 64


class _Line(msgspec.Struct):
    """A row as it stands in a file; what it lacks is None."""

    prompt: str | None = None
    model: str | None = None
    correct: bool | float | None = None
    score: float | None = None
    cost: Decimal | None = None
    currency: str | None = None
    tag: str | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    input_tokens: int | None = None
    before: int | None = None
    turns: int | None = None
    tools: int | None = None
    answer: str | None = None
    finish: str | None = None
    model_a: str | None = None
    model_b: str | None = None
    winner: str | None = None


class _Fault(Exception):
    """What is wrong with a row."""


def read_evidence(path: Path) -> Evidence:
    """Return the outcomes and votes of a file (blocks).

    Raises InvalidRequest for a file that is neither format, and for the first row that is neither an outcome
    nor a vote, by its number.
    """
    return _gather(_read(path), path)


def read_prompts(path: Path) -> tuple[Asked, ...]:
    """Return the requests of a file whose rows need nothing but `prompt`; raises as `read_evidence` does."""
    found: list[Asked] = []
    for place, row in _read(path):
        try:
            found.append(_read_asked(row))
        except _Fault as fault:
            raise InvalidRequest(f"{path}: {place}: {fault}") from None
    if not found:
        raise InvalidRequest(f"{path}: found no row, expected prompts")
    return tuple(found)


def _read(path: Path) -> Iterator[tuple[str, _Line]]:
    with path.open("rb") as opened:
        is_parquet = opened.read(len(_MAGIC)) == _MAGIC
    return _read_parquet(path) if is_parquet else _read_lines(path)


def _gather(rows: Iterator[tuple[str, _Line]], path: Path) -> Evidence:
    known: dict[Asked, Asked] = {}  # one object for each request, however many models answered it
    outcomes: list[Outcome] = []
    votes: list[Vote] = []
    for place, row in rows:
        try:
            asked = _read_asked(row)
            asked = known.setdefault(asked, asked)
            if row.winner is not None:
                votes.append(_read_vote(row, asked))
            else:
                outcomes.append(_read_outcome(row, asked))
        except _Fault as fault:
            raise InvalidRequest(f"{path}: {place}: {fault}") from None
    if not outcomes and not votes:
        raise InvalidRequest(f"{path}: found no row, expected outcomes or votes")
    return Evidence(tuple(outcomes), tuple(votes))


def _read_lines(path: Path) -> Iterator[tuple[str, _Line]]:
    decode = msgspec.json.Decoder(_Line).decode
    with path.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            try:
                yield f"line {number}", decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise InvalidRequest(f"{path}: line {number}: {error}") from None


def _read_parquet(path: Path) -> Iterator[tuple[str, _Line]]:
    known = list_kinds(path)
    texts = [name for name in _TEXTS if name in known]
    numbers = [name for name in _NUMBERS if name in known]
    coded, counted = read_columns(path, texts, numbers)
    columns: dict[str, list[Any]] = {}
    for name, column in coded.items():
        names = (*column.names, None)  # the code -1 is none
        columns[name] = [names[code] for code in column.codes.tolist()]
    for name, values in counted.items():
        convert = _NUMERIC.get(name, _whole)
        columns[name] = [None if math.isnan(value) else convert(value) for value in values.tolist()]
    length = max(map(len, columns.values()), default=0)
    for row in range(length):
        yield f"row {row + 1}", _Line(**{name: column[row] for name, column in columns.items()})


def _whole(value: float) -> int | float:
    return int(value) if value == math.floor(value) and math.isfinite(value) else value


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value))


_NUMERIC = {"correct": float, "score": float, "cost": _decimal}


def _read_asked(row: _Line) -> Asked:
    if row.prompt is None:
        raise _Fault("found no `prompt`, expected the text of the request")
    counts = {
        name: _count(row, name)
        for name in ("input_tokens", "before", "turns", "tools")
        if getattr(row, name) is not None
    }
    return Asked(row.prompt, tag=row.tag or None, **cast("dict[str, Any]", counts))


def _read_outcome(row: _Line, asked: Asked) -> Outcome:
    if not row.model:
        raise _Fault("found no `model`, expected its id (a vote has `model_a`, `model_b` and `winner`)")
    return Outcome(
        asked,
        row.model,
        _read_score(row),
        _read_cost(row),
        _count(row, "output_tokens"),
        _count(row, "reasoning_tokens"),
        row.answer,
        row.finish,
    )


def _read_vote(row: _Line, asked: Asked) -> Vote:
    winner = _WINNERS.get(row.winner or "")
    if winner is None:
        raise _Fault(f"found the winner {(row.winner or '')[:_SHOWN]!a}, expected a, b, tie or both_bad")
    if not row.model_a or not row.model_b or row.model_a == row.model_b:
        raise _Fault("found no two models, expected `model_a` and `model_b`")
    return Vote(asked, row.model_a, row.model_b, winner)


def _read_score(row: _Line) -> float:
    given = [value for value in (row.correct, row.score) if value is not None]
    if len(given) != 1:
        what = "both" if given else "neither"
        raise _Fault(f"found {what}, expected either `correct` or `score`")
    score = float(given[0])
    if not 0 <= score <= 1:
        raise _Fault(f"found the score {score:g}, expected 0 to 1")
    return score


def _read_cost(row: _Line) -> Money | None:
    if row.cost is None:
        return None
    if not row.cost.is_finite() or row.cost < 0:
        raise _Fault(f"found the cost {row.cost}, expected an amount of at least 0")
    currency = row.currency or "USD"
    if currency not in CURRENCIES:
        raise _Fault(f"found the currency {currency[:_SHOWN]!a}, expected one of {', '.join(CURRENCIES)}")
    return Money(row.cost, currency)


def _count(row: _Line, name: str) -> int | None:
    value = getattr(row, name)
    if value is not None and (not isinstance(value, int) or value < 0):
        raise _Fault(f"{name}: found {value:g}, expected a whole number of at least 0")
    return value
