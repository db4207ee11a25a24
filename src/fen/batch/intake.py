"""Taking a batch in: its file is checked whole, its lines are stored, and only then it is in progress."""

from __future__ import annotations

from msgspec.structs import replace

from fen.batch.check import Checker, check_file
from fen.batch.file import StoredFile, Viewer
from fen.batch.job import Batch, Fault, State
from fen.batch.line import NewLine, measure_line
from fen.batch.store import BatchStore, LineStore
from fen.batch.tools import Tools
from fen.storage import Cursor, to_micros
from fen.wire.errors import NotFound

_LINES_AT_ONCE = 50
_BYTES_AT_ONCE = 256 * 1024


class Intake:
    """Brings batches from validating to in_progress, or to failed.

    A crash in between leaves lines that the next attempt finds and writes no second time.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._batches = BatchStore(tools.storage)
        self._lines = LineStore(tools.storage)

    async def take(self, batch: Batch) -> None:
        """Check and store a batch's lines; where the batch is cancelled meanwhile, it stays so."""
        limits = self._tools.limits
        checker = Checker(batch.endpoint, limits.max_lines, limits.max_line_bytes)
        faults: tuple[Fault, ...]
        try:
            file = await self._tools.shelf.find(batch.input_file_id, Viewer(batch.key_id))
            await self._store(batch, file, checker)
            faults = tuple(checker.faults)
        except NotFound as error:
            faults = (Fault("file_not_found", error.message, "input_file_id"),)
        state: State = "failed" if faults else "in_progress"
        told = replace(batch, errors=faults)
        now = to_micros(self._tools.clock())
        await self._tools.storage.writer.run(self._move, told, state, now)

    async def _store(self, batch: Batch, file: StoredFile, checker: Checker) -> None:
        lines: list[NewLine] = []
        size = 0
        async for number, text in check_file(self._tools.shelf.read(file.id), checker):
            if checker.faults:
                continue  # nothing will run; the rest is read for its faults
            lines.append(measure_line(number, text, batch.format))
            size += len(text)
            if len(lines) >= _LINES_AT_ONCE or size >= _BYTES_AT_ONCE:
                await self._insert(batch, lines)
                lines, size = [], 0
        await self._insert(batch, lines)
        if checker.size < file.bytes and not checker.is_hopeless:
            raise NotFound(f"found {checker.size} bytes of {file.id}, expected {file.bytes}: it was deleted")

    async def _insert(self, batch: Batch, lines: list[NewLine]) -> None:
        await self._tools.storage.writer.run(self._lines.insert, batch.id, lines)

    def _move(self, cursor: Cursor, batch: Batch, state: State, now: int) -> None:
        if self._batches.move(cursor, batch, state, now):
            self._batches.tell(cursor, batch)
