"""Reads the files of data sets; says which line of which file is not as expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import msgspec

from fen.wire.errors import ConfigError

T = TypeVar("T")


def read_records(path: Path, kind: type[T]) -> list[T]:
    """Return the records of a file with one JSON value a line; raises ConfigError."""
    decoder = msgspec.json.Decoder(kind)
    records: list[T] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            records.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise ConfigError(f"{path}:{number}: found another record than expected: {error}") from None
    return records


def read_value(path: Path, kind: type[T]) -> T:
    """Return the value of a JSON file; raises ConfigError."""
    try:
        return msgspec.json.decode(_read(path), type=kind)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path}: found another value than expected: {error}") from None


def read_lines(path: Path) -> list[str]:
    """Return a text file's lines that are not blank; raises ConfigError."""
    lines = [line.strip() for line in _read(path).decode("utf-8", "replace").splitlines()]
    return [line for line in lines if line]


def sample(records: Sequence[T], limit: int | None, seed: int, name: str) -> list[T]:
    """Return at most `limit` of the records, chosen by the seed, in their own order; None: all."""
    if limit is None or limit >= len(records):
        return list(records)
    chosen = sorted(Random(f"{name}:{seed}").sample(range(len(records)), limit))  # noqa: S311  no secrets
    return [records[place] for place in chosen]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path}: found no file that can be read ({error.strerror}), expected one"
        ) from None
