"""Reading a file of votes, of whichever kind it is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any

import msgspec

from fen.arena.files.columns import KNOWN, REQUIRED, TEXTS, Columns
from fen.arena.files.lines import FAULTS, read_blocks
from fen.arena.files.plain import Reader
from fen.arena.files.published import MARKS, read_published_lines, read_published_table
from fen.arena.files.table import VoteTable, make_table
from fen.storage.parquet import list_kinds, read_columns
from fen.wire.errors import InvalidRequest

_PARQUET = b"PAR1"
_EXPECTED = f"expected {', '.join(REQUIRED)}, or {', '.join(MARKS)} as LMSYS publishes them"


def read_votes(source: Path | bytes, *, looks: bool = False, name: str | None = None) -> VoteTable:
    """Read votes from a file or its bytes: JSON lines, a JSON array or Parquet, told apart by how it begins.

    looks: whether styles are worked out of the answers of a published file, which takes a while. name: how
    errors name the source. Raises InvalidRequest for what is no file of votes, with the first row that is
    not as expected.
    """
    where = name or ("the file" if isinstance(source, bytes) else source.name)
    try:
        with _open(source) as file:
            begins = file.read(len(_PARQUET))
            file.seek(0)
            if begins == _PARQUET:
                return make_table(_read_table(source, where, looks=looks))
            published = _is_published(file, where)
            file.seek(0)
            if published:
                return make_table(read_published_lines(file, where, looks=looks))
            return make_table(Reader(where).read(file))
    except OSError as error:
        raise InvalidRequest(f"{where}: found {error.strerror or error}, expected a file of votes") from None


def _open(source: Path | bytes) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _is_published(file: IO[bytes], where: str) -> bool:
    """Whether the first vote has the published members; raises InvalidRequest where it has no known ones."""
    for block in read_blocks(file, where):
        for number, line in enumerate(block.lines, block.first):
            if line.strip():
                return _has_marks(line, f"{where}: line {number}")
    raise InvalidRequest(f"{where}: found no votes, expected JSON lines or Parquet")


def _has_marks(line: bytes, where: str) -> bool:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except FAULTS as error:
        raise InvalidRequest(f"{where}: found {error}, expected a JSON object, or a Parquet file") from None
    if not any(name in found for name in (*REQUIRED, *MARKS)):
        raise InvalidRequest(f"{where}: found the members {ascii(list(found))[:200]}, {_EXPECTED}")
    return not all(name in found for name in REQUIRED) and any(name in found for name in MARKS)


def _read_table(source: Path | bytes, where: str, *, looks: bool) -> Columns:
    kinds = list_kinds(source)
    if all(name in kinds for name in MARKS) and not all(name in kinds for name in REQUIRED):
        return read_published_table(source, where, looks=looks)
    if not all(name in kinds for name in REQUIRED):
        raise InvalidRequest(f"{where}: found the columns {ascii(list(kinds))[:200]}, {_EXPECTED}")
    texts = [name for name in kinds if name in TEXTS]
    numbers = [name for name in kinds if name in KNOWN and name not in TEXTS]
    styles = [name for name, kind in kinds.items() if name not in KNOWN and kind == "number"]
    return Columns(where, "row", *read_columns(source, texts, [*numbers, *styles]))
