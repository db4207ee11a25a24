"""Rows of a suite's files: JSON lines, CSV and TSV as text, and the order in which strata are asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fen.wire.errors import ConfigError

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)


def read_jsonl(path: Path, row: type[R]) -> Iterator[R]:
    """Return a file's JSON lines as Structs; raises ConfigError with file and line."""
    decoder = msgspec.json.Decoder(row)
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path}:{number}: {error}, expected {_name_members(row)}") from None


def read_json(path: Path, kind: type[T]) -> T:
    """Return a file's JSON as a type; raises ConfigError with the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def read_csv(data: bytes, name: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Return a CSV's rows, each cell as its text: an answer "NA" or "null" stays one.

    name: of the file, for the error. Raises ConfigError where a column is missing or a row is too short.
    """
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise ConfigError(f"{name}: found the columns {reader.fieldnames}, expected also {lacking}")
    for row in reader:
        cells: dict[str, Any] = {column: row[column] for column in columns}
        if None in cells.values():
            raise ConfigError(f"{name}:{reader.line_num}: found a row with missing cells, expected {columns}")
        yield cells


def read_tsv(path: Path, columns: int) -> Iterator[list[str]]:
    """Return the cells of a file without a head, whose cells have no quotes; raises ConfigError."""
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != columns:
            raise ConfigError(f"{path}:{number}: found {len(cells)} cells, expected {columns}")
        yield cells


def interleave(strata: Iterable[Iterable[T]]) -> Iterator[T]:
    """Return the first of each stratum, then the second of each, and so on.

    Whoever asks only the first questions of a suite then asks of each stratum alike.
    """
    nothing = object()
    for row in zip_longest(*strata, fillvalue=nothing):
        for item in row:
            if item is not nothing:
                yield item  # pyright: ignore[reportReturnType] (only the filler is of another type)


def _name_members(row: type[msgspec.Struct]) -> str:
    return "an object with " + ", ".join(row.__struct_encode_fields__)
