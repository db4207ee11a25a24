"""Whether an input file is a batch: line by line, as its pieces come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import msgspec

from fen.batch.job import Fault
from fen.batch.line import read_line

MOST_FAULTS = 100
"""So many are told; who has more has one cause for them."""

_LONGEST_ID = 512


class Checker:
    """Takes an input file in pieces, and gives the lines that are good; `faults` says what is not.

    Lines are numbered from 1 as they stand in the file, empty ones are passed over. total: lines so far;
    size: bytes so far.
    """

    def __init__(self, endpoint: str, max_lines: int, max_line_bytes: int) -> None:
        self.faults: list[Fault] = []
        self.total = 0
        self.size = 0
        self._endpoint = endpoint
        self._max_lines = max_lines
        self._max_line_bytes = max_line_bytes
        self._seen: set[str] = set()
        self._begun: list[bytes] = []
        self._number = 0

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """Give the lines that a piece completes, with their numbers."""
        self.size += len(piece)
        first, *others = piece.split(b"\n")
        self._begun.append(first)
        for begun in others:
            line, self._begun = b"".join(self._begun), [begun]
            yield from self._take(line)

    def finish(self) -> Iterator[tuple[int, bytes]]:
        """Give the last line, and find out whether there was any."""
        line, self._begun = b"".join(self._begun), []
        yield from self._take(line)
        if not self.total and not self.faults:
            self._complain("empty_file", "found no line, expected at least one request", None)

    @property
    def is_hopeless(self) -> bool:
        """Whether reading on would tell nothing more."""
        return len(self.faults) >= MOST_FAULTS or self.total > self._max_lines

    def _take(self, line: bytes) -> Iterator[tuple[int, bytes]]:
        self._number += 1
        text = line.strip()
        if not text or self.is_hopeless:
            return
        self.total += 1
        if self.total > self._max_lines:
            message = f"found more than {self._max_lines} lines, expected at most so many"
            self._complain("too_many_lines", message, self._number)
        elif len(text) > self._max_line_bytes:
            message = f"found a line of {len(text)} bytes, expected at most {self._max_line_bytes}"
            self._complain("line_too_long", message, self._number)
        elif self._is_good(text):
            yield self._number, text

    def _is_good(self, text: bytes) -> bool:
        try:
            line = read_line(text)
        except msgspec.ValidationError as error:
            said, _, path = str(error).partition(" - at `$.")
            message = f"found a line of another shape ({said}), expected custom_id, method, url and body"
            self._complain("invalid_line", message, self._number, path.rstrip("`") or None)
            return False
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._complain("invalid_json_line", f"found {error}, expected a JSON object", self._number)
            return False
        checks = (
            ("method", line.method == "POST", f"found {line.method[:16]!r}, expected POST"),
            ("url", line.url == self._endpoint, f"found {line.url[:64]!r}, expected {self._endpoint}"),
            ("body", bytes(line.body)[:1] == b"{", "found no object, expected the request's JSON object"),
            (
                "custom_id",
                1 <= len(line.custom_id) <= _LONGEST_ID,
                f"found {len(line.custom_id)} characters, expected 1 to {_LONGEST_ID}",
            ),
        )
        for name, passed, message in checks:
            if not passed:
                self._complain(f"invalid_{name}", f"{name}: {message}", self._number, name)
                return False
        if line.custom_id in self._seen:
            message = f"custom_id: found {line.custom_id[:64]!r} again, expected each once"
            self._complain("duplicate_custom_id", message, self._number, "custom_id")
            return False
        self._seen.add(line.custom_id)
        return True

    def _complain(self, code: str, message: str, line: int | None, param: str | None = None) -> None:
        self.faults.append(Fault(code, message, param, line))


async def check_file(pieces: AsyncIterator[bytes], checker: Checker) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the good lines of a file with their numbers, until its end or until it is hopeless."""
    async for piece in pieces:
        for found in checker.feed(piece):
            yield found
        if checker.is_hopeless:
            return
    for found in checker.finish():
        yield found
