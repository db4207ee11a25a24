"""The audit log: events are added, and neither changed nor removed."""

from __future__ import annotations

from datetime import datetime

from fen.accounts.audit import AuditEvent
from fen.accounts.store import AuditStore, list_events
from fen.storage import Storage


class Audit:
    """The audit log of a database.

    The keyring writes its events in the transaction of the change itself, so that neither is there without
    the other; `record` is for changes that are not in this database.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._store = AuditStore(storage)

    async def record(self, event: AuditEvent) -> None:
        """Write an event down, durably; one whose id is there already changes nothing."""
        await self._storage.writer.run(self._store.record, event)

    async def list(self, since: datetime | None = None, limit: int = 1000) -> list[AuditEvent]:
        """Return the newest events, newest first."""
        return await self._storage.read(lambda connection: list_events(connection, since, limit))
