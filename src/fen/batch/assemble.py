"""The end of a batch: its output and error files, made from the stored lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from fen.batch.file import StoredFile
from fen.batch.job import Batch, Counts, State
from fen.batch.line import EXPIRED, EndedLine, write_line
from fen.batch.shelf import Shelf, Writing
from fen.batch.store import SLICE, BatchStore, FileStore, LineStore, find_ended, find_last_number
from fen.storage import Cursor, Storage, to_micros

_AT_ONCE = 50
"""Lines read at a time; each may carry an answer of megabytes."""


class Assembly:
    """Writes the files of batches that have no line left to run.

    A crash in between leaves a file that nobody sees, and lines; the next one begins anew.
    """

    def __init__(self, storage: Storage, shelf: Shelf, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._shelf = shelf
        self._clock = clock
        self._batches = BatchStore(storage)
        self._files = FileStore(storage)
        self._lines = LineStore(storage)

    async def end(self, batch: Batch) -> bool:
        """Write a batch's files, and end it as completed, expired or cancelled.

        False where its claim is gone, and then nothing is shown.
        """
        output, errors = _Part(self._shelf, batch, "output"), _Part(self._shelf, batch, "errors")
        expired = False
        after = 0
        while lines := await self._read(batch.id, after):
            for line in lines:
                await (output if line.state == "done" else errors).add(line)
                expired = expired or line.code == EXPIRED
            after = lines[-1].number
        files = [await part.complete() for part in (output, errors)]
        told = replace(
            batch,
            output_file_id=files[0].id if files[0] else None,
            error_file_id=files[1].id if files[1] else None,
            counts=Counts(output.lines + errors.lines, output.lines, errors.lines),
        )
        state = "cancelled" if batch.state == "cancelling" else "expired" if expired else "completed"
        now = to_micros(self._clock())
        shown = [file for file in files if file]
        if not await self._storage.writer.run(self._finish, told, shown, state, now):
            return False
        await self.drop_lines(batch.id)
        return True

    async def drop_lines(self, batch_id: str) -> None:
        """Remove the lines of a batch that ended."""
        last = await self._storage.read(lambda connection: find_last_number(connection, batch_id))
        for lower in range(0, last + 1, SLICE):
            await self._storage.writer.run(self._lines.drop, batch_id, lower)

    async def _read(self, batch_id: str, after: int) -> list[EndedLine]:
        return await self._storage.read(lambda connection: find_ended(connection, batch_id, after, _AT_ONCE))

    def _finish(self, cursor: Cursor, batch: Batch, files: list[StoredFile], state: State, now: int) -> bool:
        """Show the files and end the batch, all or nothing."""
        if not self._batches.move(cursor, batch, state, now):
            return False
        self._batches.tell(cursor, batch)
        for file in files:
            self._files.finish(cursor, file.id, file.bytes)
        return True


class _Part:
    """One of the two files; there is none as long as it has no line."""

    def __init__(self, shelf: Shelf, batch: Batch, name: str) -> None:
        self.lines = 0
        self._shelf = shelf
        self._batch = batch
        self._name = name
        self._writing: Writing | None = None

    async def add(self, line: EndedLine) -> None:
        batch = self._batch
        if self._writing is None:
            name = f"{batch.id}_{self._name}.jsonl"
            self._writing = await self._shelf.begin(name, "batch_output", batch.key_id, batch.output_seconds)
        self.lines += 1
        await self._writing.write(write_line(batch.id, line))

    async def complete(self) -> StoredFile | None:
        return None if self._writing is None else await self._writing.complete()
