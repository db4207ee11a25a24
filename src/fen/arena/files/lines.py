"""Votes in JSON lines, or in one JSON array: decoded in blocks, straight into columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Floats
from fen.arena.files.columns import Columns
from fen.storage.parquet import Coded
from fen.wire.errors import InvalidRequest

BLOCK = 1 << 25
"""Bytes that are decoded at once, and the lines that they end in."""

FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What a text that is no JSON, or is not what was expected, raises."""

Rows = Sequence[Any]


class Names:
    """A column of names that grows; None has the code -1."""

    def __init__(self) -> None:
        self._place: dict[str | None, int] = {None: -1}
        self._parts: list[NDArray[np.int32]] = []

    def add(self, values: Sequence[str | None]) -> None:
        """Add rows."""
        place = self._place
        for value in dict.fromkeys(values):
            place.setdefault(value, len(place) - 1)
        self._parts.append(np.fromiter(map(place.__getitem__, values), np.int32, len(values)))

    def finish(self) -> Coded:
        """Return the column."""
        names = tuple(name for name in self._place if name is not None)
        return Coded(names, np.concatenate([np.zeros(0, np.int32), *self._parts]))


class Numbers:
    """A column of numbers that grows; None is NaN."""

    def __init__(self, before: int = 0) -> None:
        self._parts: list[Floats] = [np.full(before, np.nan)]

    def add(self, values: Sequence[float | None]) -> None:
        """Add rows."""
        self._parts.append(np.array(values, np.float64))

    def finish(self) -> Floats:
        """Return the column."""
        return np.concatenate(self._parts)


class Block:
    """Some lines. first: the number of the first one, from 1 on."""

    def __init__(self, lines: Sequence[bytes], first: int) -> None:
        self.lines = lines
        self.first = first

    def decode(self, decoder: msgspec.json.Decoder[Any]) -> list[Any]:
        """Return what the lines that are not empty say; raises one of FAULTS."""
        return decoder.decode_lines(b"".join(self.lines))

    def find_fault(self, decoder: msgspec.json.Decoder[Any]) -> tuple[int, bytes, Exception]:
        """Return the first line that cannot be decoded: its number, its text and why."""
        for number, line in enumerate(self.lines, self.first):
            if not line.strip():
                continue
            try:
                decoder.decode(line)
            except FAULTS as error:
                return number, line, error
        return self.first, b"", ValueError("lines that make sense one by one and not together")

    def numbers(self) -> NDArray[np.int64]:
        """Return the numbers of the lines that are not empty."""
        full = np.fromiter((bool(line.strip()) for line in self.lines), bool, len(self.lines))
        return np.flatnonzero(full) + self.first


def read_blocks(file: IO[bytes], where: str) -> Iterator[Block]:
    """Yield a file's lines; of a JSON array its elements, as if each were a line.

    Raises InvalidRequest for an array that is none.
    """
    start = file.read(3)
    if start != b"\xef\xbb\xbf":  # a mark that some programs put before UTF-8
        file.seek(0)
    begun = file.tell()
    if file.readline(1 << 16).lstrip()[:1] == b"[":
        file.seek(begun)
        yield Block(_split_array(file.read(), where), 1)
        return
    file.seek(begun)
    first = 1
    while lines := file.readlines(BLOCK):
        yield Block(lines, first)
        first += len(lines)


def _split_array(text: bytes, where: str) -> list[bytes]:
    try:
        parts = msgspec.json.decode(text, type=list[msgspec.Raw])
    except FAULTS as error:
        raise InvalidRequest(f"{where}: found {error}, expected a JSON array or JSON lines") from None
    # A line break between tokens means nothing, and inside of a text there can be none.
    return [bytes(part).replace(b"\n", b" ") + b"\n" for part in parts]


def collect(
    file: IO[bytes], where: str, decode: Callable[[Block], Rows], take: Callable[[Rows], None]
) -> NDArray[np.int64] | None:
    """Decode block by block and hand the rows on; return the rows' numbers, None where no line is empty."""
    numbers: list[NDArray[np.int64]] = []
    gaps = False
    for block in read_blocks(file, where):
        rows = decode(block)
        gaps = gaps or len(rows) != len(block.lines)
        take(rows)
        numbers.append(block.numbers() if len(rows) != len(block.lines) else _count(block))
    return np.concatenate(numbers) if gaps else None


def _count(block: Block) -> NDArray[np.int64]:
    return np.arange(block.first, block.first + len(block.lines), dtype=np.int64)


def read_times(
    values: Iterable[str | float | None], refuse: Callable[[int, str], Exception]
) -> list[float | None]:
    """Return seconds since 1970 of numbers, which are that, and of ISO 8601 texts, UTC without a zone."""
    return [
        _read_time(value, at, refuse) if isinstance(value, str) else value for at, value in enumerate(values)
    ]


def _read_time(text: str, at: int, refuse: Callable[[int, str], Exception]) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(at, f"time: found {text[:64]!a}, expected an ISO 8601 time") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def make_columns(
    where: str, texts: dict[str, Names], numbers: dict[str, Numbers], at: NDArray[np.int64] | None
) -> Columns:
    """Return what was collected."""
    return Columns(
        where,
        "line",
        {name: column.finish() for name, column in texts.items()},
        {name: column.finish() for name, column in numbers.items()},
        at,
    )
