"""The books: a hold before each call, a settlement after it, and what is left to do when neither side can."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from fen.ledger.cap import Cap, Difference, Room, check_caps
from fen.ledger.entry import Entry, Hold, Settlement, UsageRow
from fen.ledger.estimate import settle_crash
from fen.ledger.line import Lines
from fen.ledger.recovery import LEASE_SECONDS, Lookout
from fen.ledger.replica import Replica, is_claimed_here, list_claims, seize_replica
from fen.ledger.store import (
    End,
    EntryStore,
    Extreme,
    Period,
    ReplicaStore,
    RetentionStore,
    check_windows,
    count_replicas,
    find_entries,
    find_extremes,
    find_latest,
    find_open,
    find_open_ids,
    read_beats,
    read_rooms,
    read_used,
    sum_entries,
)
from fen.ledger.traffic import Used
from fen.storage import Cursor, Storage, sweep, to_midnight
from fen.wire.errors import BooksUnavailable

_log = logging.getLogger("fen.ledger")
_SLICE = 500


class Book:
    """The ledger of a database.

    A hold is settled exactly once, by whoever comes first: the call's own settlement or release, or a
    recovery. What `hold`, `settle` and `release` return is durable. Amounts are kept in units of 1e-12; one
    row holds at most 9.2 million units of currency, sums have no limit. Every method that touches the
    database raises BooksUnavailable when it is away.

    replica: this process, None where it only reads (`fen usage`). lines: who waits here for room in caps.
    """

    def __init__(
        self, storage: Storage, replica: Replica | None = None, lease: float = LEASE_SECONDS
    ) -> None:
        self._storage = storage
        self._writer = storage.writer
        self._replica = replica
        self._lease = lease
        self._lookout = Lookout(lease)
        self._entries = EntryStore(storage)
        self._replicas = ReplicaStore(storage)
        self._retention = RetentionStore(storage)
        self.lines = Lines()

    async def hold(self, hold: Hold) -> None:
        """Reserve a call's worst case; a second hold of the same id changes nothing."""
        await self._writer.run(self._entries.hold, hold)

    async def reserve(self, hold: Hold, caps: Sequence[Cap]) -> tuple[Room, ...]:
        """Hold a call and take its reservations of the caps, all in one transaction, or do neither.

        caps: one for each of the hold's reservations, in their order. Returns nothing when it is held; else
        how every cap stands, and nothing is held. Of any number of calls that ask at once, from any number of
        processes, only as many get in as the caps have room for. Raises ValueError for a hold without a worst
        charge, or with other reservations.
        """
        check_caps(hold, caps)
        return await self._writer.run(self._entries.reserve, hold, caps)

    async def rooms(self, caps: Sequence[Cap]) -> list[Room]:
        """Return how caps stand, in their order."""
        return await self._storage.read(lambda connection: read_rooms(connection, caps))

    async def check(self) -> list[Difference]:
        """Add up what entries took of caps, and return the windows that say something else; none should."""
        return await self._storage.read(check_windows)

    def checkpoint(self, hold_id: str, output_tokens: int) -> None:
        """Note how much an open stream has produced so far; returns at once, and the figure never falls."""
        self._writer.post(self._entries.checkpoint, hold_id, output_tokens)

    async def settle(self, settlement: Settlement, beside: Callable[[Cursor], object] | None = None) -> bool:
        """Write down what came of a hold; False when it was settled before, and that stands.

        beside: is written in the same transaction, so that neither is there without the other; it may run
        again and must then change nothing.
        A cost or charge above the hold's gets the flag `over_hold` and is logged; the charge is cut to the
        hold's. Raises LookupError for an id without a hold, ValueError for another currency than the hold's.
        """
        if beside is None:
            return await self._end(settlement.id, self._writer.run(self._entries.settle, settlement))
        return await self._end(settlement.id, self._writer.run(self._settle_with, settlement, beside))

    async def release(self, hold_id: str, reason: str, status: int) -> bool:
        """Settle a hold at nothing, exactly: an upstream's error costs nothing. False when settled before."""
        return await self._end(
            hold_id, self._writer.run(self._entries.release, hold_id, reason, status, _now())
        )

    async def find(self, request_id: str) -> list[Entry]:
        """Return the attempts of a request, oldest first; empty when there is none (or it was pruned)."""
        if not request_id.isprintable():
            return []  # no identifier, and no database takes it
        return await self._storage.read(lambda connection: find_entries(connection, request_id))

    async def find_open(self, holder: str) -> list[str]:
        """Return the ids of the entries that a holder has open."""
        return await self._storage.read(lambda connection: find_open_ids(connection, holder))

    async def latest(self, limit: int, key: str | None = None) -> list[Entry]:
        """Return the entries that were held last, newest first, at most `limit`; `key` picks one key's by id.

        Raises ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit: found {limit}, expected at least 1")
        return await self._storage.read(lambda connection: find_latest(connection, limit, key))

    async def extremes(
        self,
        by: Extreme,
        limit: int,
        since: datetime,
        until: datetime,
        key: str | None = None,
    ) -> list[Entry]:
        """Return the settled entries of a period that took longest or cost most, the most first.

        At most `limit`; of costs, so many in each currency, since currencies cannot be compared. Raises
        ValueError for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit: found {limit}, expected at least 1")
        period = Period(since, until)
        return await self._storage.read(lambda connection: find_extremes(connection, by, period, limit, key))

    async def usage(
        self,
        by: Sequence[str] = ("key", "model"),
        since: datetime | None = None,
        until: datetime | None = None,
        key: str | None = None,
    ) -> list[UsageRow]:
        """Add settled requests up by some of key, model, upstream, day, certainty and tag, and by currency.

        Days are UTC's; of pruned ones, no tag is known. since, until: by the time of the hold, `until`
        excluded. key: only this key's id. Open holds are not in the sums.
        """
        period = Period(since, until)
        return await self._storage.read(lambda connection: sum_entries(connection, by, period, key))

    async def read_used(
        self, since: datetime | None = None, until: datetime | None = None, key: str | None = None
    ) -> AsyncIterator[Used]:
        """Yield what answered requests used, the oldest first; those that were pruned are not among them."""
        period, place = Period(since, until), (-1, "")
        while True:
            page, end = await self._storage.read(
                lambda connection, after=place: read_used(connection, after, period, key, _SLICE)
            )
            for used in page:
                yield used
            if end is None:
                return
            place = end

    async def recover(self) -> int:
        """Say that this replica lives, and settle the holds of those that do not; returns how many.

        To be called at the start, before anything is held, and from then on by `keep_alive`. Such a hold is
        settled as `estimated`, reason `crash`, between its last checkpoint and its worst case.
        """
        if self._replica is None:
            raise RuntimeError("found a book that only reads, expected one with a replica")
        me, folder = self._replica.id, self._replica.folder
        await self._writer.run(self._replicas.beat, me, socket.gethostname(), os.getpid(), _now())
        settled = 0
        for claimed in list_claims(folder):
            orphan = seize_replica(folder, claimed)
            if orphan is not None:
                settled += await self._bury_orphan(orphan)
        beats = await self._storage.read(read_beats)
        foreign = {name: beat for name, beat in beats.items() if not is_claimed_here(folder, name)}
        for silent in self._lookout.find_silent(foreign):
            settled += await self._bury(silent)
        return settled

    async def keep_alive(self) -> None:
        """Recover again and again, until cancelled; whatever goes wrong is logged and outlasted."""
        while True:
            await asyncio.sleep(self._lease / 6)
            try:
                settled = await self.recover()
            except BooksUnavailable as error:
                _log.warning("no sign of life could be given: %s", error)
                continue
            except Exception:  # noqa: BLE001  who gives no sign of life loses its holds to the others
                _log.exception("a recovery failed")
                continue
            if settled:
                _log.warning("%d holds of processes that are gone were settled by estimate", settled)

    async def count_replicas(self) -> int:
        """Return how many replicas live, those too that fell silent and are not given up yet."""
        return await self._storage.read(count_replicas)

    async def prune(self, before: datetime) -> int:
        """Turn settled entries of whole UTC days before a moment into daily sums; returns how many.

        Sums by key, model, upstream, day, certainty and currency stay what they were, to the last digit.
        """
        return await sweep(self._storage, self._retention.roll, to_midnight(before))

    async def forget_key(self, key_id: str) -> int:
        """Take a key off everything that is recorded of it, tags too; returns how many rows. Sums stay."""
        forgotten = await sweep(self._storage, self._retention.anonymise, key_id)
        # Last: whoever prunes meanwhile makes sums of the key out of the entries that are left.
        return forgotten + await self._writer.run(self._retention.anonymise_daily, key_id)

    async def close(self) -> None:
        """Settle what this replica left open, and give its claim up; the storage stays open.

        While the database is away, the claim is left as a crash leaves it, for the next start.
        """
        if self._replica is None:
            return
        try:
            left = await self._bury_orphan(self._replica)
        except BooksUnavailable as error:
            _log.warning("the books could not be closed, the next start will: %s", error)
            return
        if left:
            _log.warning("%d holds were open at the end and were settled by estimate", left)

    def _settle_with(
        self, cursor: Cursor, settlement: Settlement, beside: Callable[[Cursor], object]
    ) -> End | None:
        beside(cursor)
        return self._entries.settle(cursor, settlement)

    async def _end(self, hold_id: str, writing: asyncio.Future[End | None]) -> bool:
        """Wait for the end of a hold, and tell those who wait for the room that it leaves."""
        try:
            end = await writing
        except asyncio.CancelledError:
            self.lines.call()  # the writer does it all the same, and before whatever they ask of it now
            raise
        if end is None:
            return False
        if end.over:
            _log.error("a bill is above its hold, and the overrun is charged to nobody: %s", hold_id)
        if end.caps:
            self.lines.call(end.caps)
        return True

    async def _bury_orphan(self, replica: Replica) -> int:
        """Bury a replica whose claim is ours, and end the claim; without success it is an orphan again."""
        try:
            settled = await self._bury(replica.id)
        except BaseException:
            replica.abandon()
            raise
        replica.release()
        return settled

    async def _bury(self, replica_id: str) -> int:
        """Settle a replica's open holds by estimate, and forget it."""
        settled = 0
        while True:
            found = await self._storage.read(lambda connection: find_open(connection, replica_id, _SLICE))
            if not found:
                break
            now = datetime.now(UTC)
            settlements = [settle_crash(entry, now) for entry in found]
            ends = await self._writer.run(self._entries.settle_all, settlements)
            settled += len(ends)
            self.lines.call()
        await self._writer.run(self._replicas.remove, replica_id)
        return settled


def _now() -> int:
    return time.time_ns() // 1000
