"""Making, looking at and cancelling batches; the work itself is done by fen.batch.runner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from fen.batch.file import Page, Viewer, make_id
from fen.batch.job import OPEN, Batch, BatchRequest, Limits
from fen.batch.shelf import Shelf, now_utc
from fen.batch.store import BatchStore, find_batch, list_batches
from fen.storage import Storage, to_micros
from fen.wire.errors import InvalidRequest, NotFound

_CANCELLED = ("cancelling", "cancelled")
_AT_ONCE = 100


class Forgotten(msgspec.Struct, frozen=True):
    """What was deleted of a key: files, and batches that had ended. open: its batches that go on."""

    files: int
    batches: int
    open: int


class Batches:
    """The batches of a database, and its files (`shelf`).

    changed: called when there is something to do. Methods that touch the database raise BooksUnavailable when
    it is away.
    """

    def __init__(
        self, storage: Storage, limits: Limits | None = None, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self.limits = limits or Limits()
        self.shelf = Shelf(storage, self.limits.max_file_bytes, clock)
        self.changed: Callable[[], object] = lambda: None
        self._storage = storage
        self._store = BatchStore(storage)
        self.clock = clock

    async def create(self, wanted: BatchRequest, key_id: str | None) -> Batch:
        """Make a batch of a key; raises NotFound or InvalidRequest for its input file."""
        file = await self.shelf.find(wanted.input_file_id, Viewer(key_id))
        if file.purpose != "batch":
            raise InvalidRequest(
                f"input_file_id: found a file for {file.purpose}, expected one uploaded for batch",
                param="input_file_id",
            )
        now = self.clock()
        life = wanted.output_expires_after
        batch = Batch(
            id=make_id("batch_"),
            key_id=key_id,
            endpoint=wanted.endpoint,
            input_file_id=file.id,
            metadata=wanted.metadata,
            state="validating",
            created_at=now,
            expires_at=now + self.limits.window,
            output_seconds=None if life is None else life.seconds,
        )
        await self._storage.writer.run(self._store.insert, batch)
        self.changed()
        return batch

    async def find(self, batch_id: str, viewer: Viewer) -> Batch:
        """Return a batch; raises NotFound."""
        found = None
        if batch_id.isprintable():  # as every id is; no database takes the rest
            found = await self._storage.read(lambda connection: find_batch(connection, batch_id, viewer))
        if found is None:
            raise NotFound(f"found no batch {batch_id[:64]!r} of this key, expected the id of one")
        return found

    async def list(self, viewer: Viewer, page: Page) -> list[Batch]:
        """Return a page of batches, newest first."""
        return await self._storage.read(lambda connection: list_batches(connection, viewer, page))

    async def forget_key(self, key_id: str) -> Forgotten:
        """Delete a key's files, and its batches that have ended.

        A batch that goes on needs its key and its input file, so these stay until it has ended. What is gone
        belongs to nobody: without a key it would be everybody's who needs none.
        """
        viewer = Viewer(key_id)
        needed: set[str] = set()
        ended = going = 0
        after: str | None = None
        while found := await self.list(viewer, Page(_AT_ONCE, after)):
            after = found[-1].id
            for batch in found:
                if batch.state in OPEN:
                    needed.add(batch.input_file_id)
                    going += 1
                    continue
                await self._storage.writer.run(self._store.remove, batch.id)
                ended += 1
        files = 0
        after = None
        while kept := await self.shelf.list(viewer, Page(_AT_ONCE, after)):
            after = kept[-1].id
            for file in kept:
                if file.id not in needed:
                    await self.shelf.delete(file.id, viewer)
                    files += 1
        return Forgotten(files, ended, going)

    async def cancel(self, batch_id: str, viewer: Viewer) -> Batch:
        """Ask a batch to stop and return it: no line is sent from now on, those under way come to their end.

        Raises NotFound, and InvalidRequest for one that has ended, or is about to.
        """
        await self.find(batch_id, viewer)
        await self._storage.writer.run(self._store.cancel, batch_id, to_micros(self.clock()))
        batch = await self.find(batch_id, viewer)
        if batch.state not in _CANCELLED:
            raise InvalidRequest(
                f"found a batch that is {batch.state}, expected one that is validating or in_progress",
                code="invalid_batch_state",
            )
        self.changed()
        return batch
