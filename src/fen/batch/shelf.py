"""The shelf: files, kept in the database.

A batch may be taken over by another replica, on another machine, so its files have to be reachable from all
of them. The database is the one thing that all share, and it makes a file and its row one truth: nothing is
left behind on a disk by a crash, and a backup has both. A content is stored in pieces of CHUNK bytes, each
its own small write, so that an upload never holds up the books.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from fen.batch.file import LONGEST_LIFE, Page, Purpose, StoredFile, Viewer, check_filename, make_id
from fen.batch.store import (
    FileStore,
    count_chunks,
    find_file,
    find_orphans,
    find_stale,
    list_files,
    read_chunk,
)
from fen.storage import Storage
from fen.wire.errors import NotFound, TooLarge

CHUNK = 256 * 1024
"""Bytes of a piece."""

_ABANDONED = timedelta(days=2)
"""After so long, what is not finished never will be: an upload has a minute between pieces, a batch a day."""

_SWEPT_AT_ONCE = 100
_DROPPED_AT_ONCE = 16


def now_utc() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


class Shelf:
    """Keeps files. Methods that touch the database raise BooksUnavailable when it is away."""

    def __init__(
        self, storage: Storage, max_bytes: int, clock: Callable[[], datetime] = now_utc, chunk: int = CHUNK
    ) -> None:
        self.max_bytes = max_bytes
        self._storage = storage
        self._store = FileStore(storage)
        self._clock = clock
        self._chunk = chunk

    async def put(
        self, pieces: AsyncIterator[bytes], filename: str, key_id: str | None, seconds: int | None = None
    ) -> StoredFile:
        """Store an input file of batches; it lasts 30 days, or as many seconds as were asked for.

        Raises InvalidRequest for its name, TooLarge above `max_bytes`; then nothing is kept.
        """
        life = LONGEST_LIFE if seconds is None else seconds
        writing = await self.begin(check_filename(filename), "batch", key_id, life)
        try:
            async for piece in pieces:
                if writing.size + len(piece) > self.max_bytes:
                    raise TooLarge(f"found a file above {self.max_bytes} bytes, expected at most so many")
                await writing.write(piece)
            return await writing.finish()
        except BaseException:
            await writing.discard()
            raise

    async def begin(
        self, filename: str, purpose: Purpose, key_id: str | None, seconds: int | None
    ) -> Writing:
        """Begin a file; nobody sees it before it is finished. seconds: how long it lasts, None for ever."""
        now = self._clock()
        expires = None if seconds is None else now + timedelta(seconds=seconds)
        file = StoredFile(make_id("file-"), key_id, purpose, filename, 0, now, expires)
        await self._storage.writer.run(self._store.begin, file)
        return Writing(self._storage, self._store, file, self._chunk)

    async def find(self, file_id: str, viewer: Viewer) -> StoredFile:
        """Return a file; raises NotFound."""
        found = None
        if file_id.isprintable():  # as every id is; no database takes the rest
            found = await self._storage.read(lambda connection: find_file(connection, file_id, viewer))
        if found is None or (found.expires_at is not None and found.expires_at <= self._clock()):
            raise NotFound(f"found no file {file_id[:64]!r} of this key, expected the id of one")
        return found

    async def list(self, viewer: Viewer, page: Page, purpose: str | None = None) -> list[StoredFile]:
        """Return a page of files."""
        return await self._storage.read(lambda connection: list_files(connection, viewer, page, purpose))

    async def read(self, file_id: str) -> AsyncIterator[bytes]:
        """Yield a file's content, a piece at a time."""
        number = 0
        while (piece := await self._read_chunk(file_id, number)) is not None:
            yield piece
            number += 1

    async def delete(self, file_id: str, viewer: Viewer) -> None:
        """Delete a file for good; raises NotFound."""
        file = await self.find(file_id, viewer)
        await self._remove(file.id)

    async def sweep(self) -> int:
        """Delete what is past its time or was left half written; returns how many."""
        swept = 0
        while found := await self._find_garbage():
            for file_id in found:
                await self._remove(file_id)
            swept += len(found)
        return swept

    async def _find_garbage(self) -> list[str]:
        now = self._clock()
        stale = await self._storage.read(
            lambda connection: find_stale(connection, now, now - _ABANDONED, _SWEPT_AT_ONCE)
        )
        return stale or await self._storage.read(lambda connection: find_orphans(connection, _SWEPT_AT_ONCE))

    async def _read_chunk(self, file_id: str, number: int) -> bytes | None:
        return await self._storage.read(lambda connection: read_chunk(connection, file_id, number))

    async def _remove(self, file_id: str) -> None:
        """Remove the row first, the content from its end: what a crash leaves is found by its first piece."""
        await self._storage.writer.run(self._store.remove, file_id)
        await drop_content(self._storage, self._store, file_id)


class Writing:
    """A file that is being written; made by `Shelf.begin`."""

    def __init__(self, storage: Storage, store: FileStore, file: StoredFile, chunk: int) -> None:
        self.file = file
        self.size = 0
        self._storage = storage
        self._store = store
        self._chunk = chunk
        self._buffer = bytearray()
        self._number = 0

    async def write(self, data: bytes) -> None:
        """Add to the content."""
        self.size += len(data)
        self._buffer += data
        while len(self._buffer) >= self._chunk:
            await self._flush()

    async def finish(self) -> StoredFile:
        """Show the file, complete; returns it."""
        file = await self.complete()
        await self._storage.writer.run(self._store.finish, file.id, file.bytes)
        return file

    async def complete(self) -> StoredFile:
        """Write what is left without showing the file; returns it, for whoever shows it."""
        if self._buffer:
            await self._flush()
        return replace(self.file, bytes=self.size)

    async def discard(self) -> None:
        """Remove what was written."""
        await self._storage.writer.run(self._store.remove, self.file.id)
        await drop_content(self._storage, self._store, self.file.id)

    async def _flush(self) -> None:
        piece = bytes(self._buffer[: self._chunk])
        del self._buffer[: self._chunk]
        number, self._number = self._number, self._number + 1
        await self._storage.writer.run(self._store.append, self.file.id, number, piece)


async def drop_content(storage: Storage, store: FileStore, file_id: str) -> None:
    """Drop a file's pieces, some at a time, the first one last."""
    left = await storage.read(lambda connection: count_chunks(connection, file_id))
    while left > 0:
        left = max(0, left - _DROPPED_AT_ONCE)
        await storage.writer.run(store.drop_chunks, file_id, left)
