"""Reads a judge's JSON as it comes: bare, fenced, or with talk around it; names in any case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from fen.evals.judge.rubric import LEAST, MOST

_STARTS = 200
"""Braces that are tried: each costs a pass over the rest, and a judge that wrote more wrote no verdict."""

_NUMBER = re.compile(r"\s*([0-9]+)(?:\.0+)?\s*(?:/\s*5|分|points?)?\s*", re.IGNORECASE)


def read_objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in a text, in their order; one inside of another only where that is broken."""
    start = text.find("{")
    for _ in range(_STARTS):
        if start < 0:
            return
        end = _find_end(text, start)
        found = None if end is None else _decode(text[start:end])
        if found is not None and end is not None:
            yield found
            start = text.find("{", end)
        else:
            start = text.find("{", start + 1)


def read_scores(text: str, names: Sequence[str]) -> dict[str, int] | None:
    """Return the scores of the last object that has all names; None where none has.

    The last one, since a judge that thinks aloud may write drafts. A score is 1 to 5: a whole number, also as
    text (`"4"`, `"4/5"`) or inside an object's `score`.
    """
    scores: dict[str, int] | None = None
    for found in read_objects(text):
        told = _squeeze_names(found)
        read = {name: _read_score(told.get(_squeeze(name))) for name in names}
        if all(score is not None for score in read.values()):
            scores = cast("dict[str, int]", read)
    return scores


def read_word(text: str, name: str, words: Sequence[str]) -> str | None:
    """Return which of some words the last object with such a member says; None where none does."""
    said: str | None = None
    for found in read_objects(text):
        value = _squeeze_names(found).get(_squeeze(name))
        if isinstance(value, str) and value.strip().casefold() in words:
            said = value.strip().casefold()
    return said


def read_text(text: str, name: str) -> str:
    """Return a member's text from the last object that has it; empty where none has."""
    said = ""
    for found in read_objects(text):
        value = _squeeze_names(found).get(_squeeze(name))
        said = value if isinstance(value, str) else said
    return said


def _find_end(text: str, start: int) -> int | None:
    """Return where the object that begins at a place ends, told by its braces outside of strings."""
    depth, quoted, escaped = 0, False, False
    for place in range(start, len(text)):
        letter = text[place]
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return place + 1
    return None


def _decode(text: str) -> dict[str, Any] | None:
    for attempt in (text, re.sub(r",(\s*})", r"\1", text)):  # a comma too many is the usual slip
        try:
            return msgspec.json.decode(attempt, type=dict[str, Any])
        except msgspec.DecodeError:
            continue
    return None


def _squeeze(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _squeeze_names(found: Mapping[str, Any]) -> dict[str, Any]:
    return {_squeeze(name): value for name, value in found.items()}


def _read_score(value: Any) -> int | None:
    if isinstance(value, dict):
        value = _squeeze_names(cast("dict[str, Any]", value)).get("score")
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        value = int(match[1])
    return value if isinstance(value, int) and LEAST <= value <= MOST else None
