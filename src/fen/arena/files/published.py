"""Votes as LMSYS and LMArena publish them: `model_a`, `model_b`, `winner`, and who, when, in which language.

Columns as of lmsys/chatbot_arena_conversations (2023), FastChat's cleaned battles, and
lmarena-ai/arena-human-preference-100k and -140k: `judge` or `evaluation_session_id`, `turn`, `anony`,
`language`, `tstamp` or `timestamp`, and for style either `conv_metadata` or both conversations.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import numpy as np

from fen.arena.ballots import Floats
from fen.arena.battle import Answer
from fen.arena.files.columns import Columns
from fen.arena.files.lines import FAULTS, Block, Names, Numbers, Rows, collect, make_columns, read_times
from fen.arena.looks import STYLES, measure_looks
from fen.storage.parquet import Coded, list_kinds, read_columns, read_rows
from fen.wire.errors import InvalidRequest

MARKS = ("model_a", "model_b", "winner")
"""What a published file has, and one of Fen's has not."""

_WINNERS = {
    "model_a": "left",
    "model_b": "right",
    "tie": "tie",
    "tie (bothbad)": "both_bad",
    "tie (both bad)": "both_bad",
    "bothbad": "both_bad",
    "both_bad": "both_bad",
}
_LANGUAGES = {"english": "en", "chinese": "zh"}
_VOTERS = ("judge", "evaluation_session_id")
_TIMES = ("tstamp", "timestamp")
_MOST = 1e9  # of what is counted in an answer
_TOLD = ("conversation_a", "conversation_b", "conv_metadata")


class _Line(msgspec.Struct, frozen=True, gc=False):
    model_a: str
    model_b: str
    winner: str
    judge: str | int | None = None
    evaluation_session_id: str | None = None
    language: str | None = None
    turn: float | None = None
    anony: bool | None = None
    tstamp: float | str | None = None
    timestamp: float | str | None = None


class _LineWithLooks(_Line, frozen=True, gc=False):
    conversation_a: Any = None
    conversation_b: Any = None
    conv_metadata: Any = None


def read_published_lines(file: IO[bytes], where: str, *, looks: bool) -> Columns:
    """Read JSON lines or a JSON array; raises InvalidRequest for a line that is no vote, with its number.

    looks: whether styles are worked out of the answers.
    """
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_LineWithLooks if looks else _Line)
    texts = {name: Names() for name in (*MARKS, "voter", "language")}
    numbers = {name: Numbers() for name in ("turn", "anony", "time", *(STYLES if looks else ()))}
    blocks: list[Block] = []

    def refuse(row: int, said: str) -> InvalidRequest:
        return InvalidRequest(f"{where}: line {int(blocks[-1].numbers()[row])}: {said}")

    def decode(block: Block) -> Rows:
        blocks[:] = [block]
        try:
            return block.decode(decoder)
        except FAULTS:
            number, _, error = block.find_fault(decoder)
            raise InvalidRequest(f"{where}: line {number}: {error}") from None

    def take(rows: Rows) -> None:
        for name in (*MARKS, "language"):
            texts[name].add([getattr(row, name) for row in rows])
        texts["voter"].add([_spell(row.judge, row.evaluation_session_id) for row in rows])
        times = [row.timestamp if row.tstamp is None else row.tstamp for row in rows]
        numbers["time"].add(read_times(times, refuse))
        numbers["turn"].add([row.turn for row in rows])
        numbers["anony"].add([row.anony for row in rows])
        if looks:
            told = [_compare({name: getattr(row, name) for name in _TOLD}) for row in rows]
            for name in STYLES:
                numbers[name].add([one[name] for one in told])

    at = collect(file, where, decode, take)
    return translate(make_columns(where, texts, numbers, at))


def read_published_table(source: Path | bytes, where: str, *, looks: bool) -> Columns:
    """Read a Parquet file; raises InvalidRequest for one that is none, or has columns of other kinds."""
    known = list_kinds(source)
    voter = next((name for name in _VOTERS if name in known), None)
    time = next((name for name in _TIMES if name in known), None)
    named = [*MARKS, *(name for name in (voter, "language") if name in known)]
    counted = [name for name in ("turn", "anony", time) if name in known]
    texts, numbers = read_columns(source, [name for name in named if name], [one for one in counted if one])
    if voter is not None:
        texts["voter"] = texts.pop(voter)
    if time is not None:
        numbers["time"] = numbers.pop(time)
    if looks and (told := [name for name in _TOLD if name in known]):
        rows = [_compare(row) for row in read_rows(source, told)]
        numbers |= {name: np.array([row[name] for row in rows], np.float64) for name in STYLES}
    return translate(Columns(where, "row", texts, numbers))


def translate(columns: Columns) -> Columns:
    """Return a published file's columns under Fen's names.

    Left out, and counted, are votes by people who saw the names (`anony` is false), and battles of a model
    with itself.
    """
    texts = dict(columns.texts)
    left, right, winner = (texts.pop(name) for name in MARKS)
    numbers = dict(columns.numbers)
    outcome = Coded(tuple(_WINNERS.get(name, name) for name in winner.names), winner.codes)
    turn, anony = numbers.pop("turn", None), numbers.pop("anony", None)
    texts |= {"left": left, "right": right, "outcome": outcome}
    category = _find_categories(texts.pop("language", None), turn, len(left.codes))
    found = Columns(columns.where, columns.row, texts | {"category": category}, numbers, columns.at)
    if anony is not None:
        blind = anony != 0
        found = found.keep(blind, "not blind")
    left, right = found.texts["left"], found.texts["right"]
    place = {name: at for at, name in enumerate(right.names)}
    same = np.array([place.get(name, -2) for name in left.names] or [-2])
    return found.keep(np.take(same, left.codes) != right.codes, "the same model twice")


def _find_categories(language: Coded | None, turn: Floats | None, votes: int) -> Coded:
    """Return the language of each vote, and whether it has several turns."""
    names = () if language is None else language.names
    spoken = ["", *(_LANGUAGES.get(name.lower(), name.lower().replace(",", " ")) for name in names)]
    codes = np.zeros(votes, np.int32) if language is None else language.codes + 1
    several = np.zeros(votes, np.int32) if turn is None else (turn > 1).astype(np.int32)
    both = [",".join(part for part in (one, more) if part) for more in ("", "multi_turn") for one in spoken]
    return Coded(tuple(both), (several * len(spoken) + codes).astype(np.int32))


def _spell(*values: str | int | None) -> str | None:
    return next((str(value) for value in values if value is not None), None)


def _compare(row: Mapping[str, Any]) -> dict[str, float]:
    """Return by how much more the left side has of each style, -1 to 1; NaN where nothing is told."""
    told = _as_members(row.get("conv_metadata"))
    if told:
        sides = [_read_metadata(told, side) for side in "ab"]
    else:
        sides = [_read_conversation(row.get(f"conversation_{side}")) for side in "ab"]
    left, right = sides
    if left is None or right is None:
        return dict.fromkeys(STYLES, float("nan"))
    return {
        name: (left[name] - right[name]) / whole if (whole := left[name] + right[name]) else 0.0
        for name in STYLES
    }


def _read_metadata(told: Mapping[str, Any], side: str) -> dict[str, float] | None:
    names = (f"sum_assistant_{side}_tokens", *(f"{one}_count_{side}" for one in ("header", "list", "bold")))
    found = [_add_up(told.get(name)) for name in names]
    return None if None in found else dict(zip(STYLES, (one or 0.0 for one in found), strict=True))


def _add_up(value: Any) -> float | None:
    if isinstance(value, dict):
        return sum(_add_up(one) or 0.0 for one in _as_members(value).values())
    return float(value) if isinstance(value, int | float) and 0 <= value < _MOST else None


def _read_conversation(turns: Any) -> dict[str, float] | None:
    if not isinstance(turns, list):
        return None
    said = [turn for turn in map(_as_members, _as_items(turns)) if turn.get("role") == "assistant"]
    return measure_looks([Answer(_read_text(turn.get("content"))) for turn in said])


def _read_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(_as_members(part).get("text") or "") for part in _as_items(content))


def _as_members(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _as_items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
