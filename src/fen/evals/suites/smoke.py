"""Smoke: a few simple questions in English and Chinese, of our own making, that ship with the package.

It shows within a minute that a model answers and that its answers are read; it is too small to rank models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import msgspec

from fen.evals.extract import equal_numbers, find_letter, find_number, find_option
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, grade
from fen.evals.suite import Aids, Files, Suite


class _Number(msgspec.Struct, tag="number"):
    number: str


class _Letter(msgspec.Struct, tag="letter"):
    letter: str


class _Option(msgspec.Struct, tag="option"):
    option: str
    of: tuple[str, ...]


class _Exact(msgspec.Struct, tag="exact"):
    text: str


class _Lines(msgspec.Struct, tag="lines"):
    lines: int


class _Characters(msgspec.Struct, tag="characters"):
    characters: int


class _Json(msgspec.Struct, tag="json"):
    json: Any


_Check = _Number | _Letter | _Option | _Exact | _Lines | _Characters | _Json


class _Row(msgspec.Struct):
    id: str
    dimension: str
    ask: str
    check: _Check
    language: str = "en"


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the questions of the package's `data/smoke.jsonl`."""
    lines = resources.files("fen.evals").joinpath("data/smoke.jsonl").read_bytes().splitlines()
    for row in (msgspec.json.decode(line, type=_Row) for line in lines):
        yield Sample(
            id=row.id,
            messages=({"role": "user", "content": row.ask},),
            target=msgspec.to_builtins(row.check),
            params={"max_tokens": 128, "temperature": 0},
            stratum=row.dimension,
            language=row.language,
            dimension=row.dimension,
        )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Judge an answer by its question's own check."""
    text = responses[-1].text.strip()
    right, answer = _check(msgspec.convert(sample.target, _Check), text)
    return grade(right=right, answer=answer)


def _check(check: _Check, text: str) -> tuple[bool, str | None]:
    """Return whether a text passes, and what was read out of it."""
    match check:
        case _Number(number):
            found = find_number(text)
            return found is not None and equal_numbers(found, number), found
        case _Letter(letter):
            found = find_letter(text)
            return found == letter, found
        case _Option(option, of):
            found = find_option(text, of)
            return found == option, found
        case _Json(expected):
            return _read_json(text) == expected, text or None
        case _Exact(expected):
            return text == expected, text or None
        case _Lines(lines):
            return _is_list(text, lines), text or None
        case _Characters(characters):
            return re.fullmatch(rf"[\u4e00-\u9fff]{{{characters}}}", text) is not None, text or None


def _is_list(text: str, lines: int) -> bool:
    """Whether a text has so many lines, none of them empty, numbered or with a bullet."""
    rows = text.splitlines()
    return len(rows) == lines and not any(re.match(r"\s*(?:\d|[-*•])|\s*$", row) for row in rows)


def _read_json(text: str) -> Any:
    fenced = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", text, re.DOTALL)
    try:
        return json.loads(fenced[1] if fenced else text)
    except ValueError:
        return None


SUITE = Suite(
    name="smoke",
    summary="a few simple questions, to see that all works",
    dimension="language_understanding",
    languages=("en", "zh"),
    licence="Apache-2.0",
    source="of our own making, in this package",
    load=load,
    score=score,
    scorer="smoke/1",
    template="one message",
)
