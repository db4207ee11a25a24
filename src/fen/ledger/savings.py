"""The books' other page: what routes decided, and what that saved."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from fen.ledger.routed import Routed, Savings
from fen.ledger.store import Period, RoutedStore, find_routed, read_routed, sum_savings
from fen.storage import Storage, sweep, to_micros, to_midnight

_log = logging.getLogger("fen.ledger")
_PAGE = 1000


class RouteBook:
    """Routes' decisions of a database. What reads raises BooksUnavailable where it is away."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._store = RoutedStore(storage)

    def note(self, routed: Routed) -> None:
        """Write down what became of a request; returns at once, and a fault here costs nobody an answer."""
        try:
            self._storage.writer.post(self._store.insert, routed)
        except RuntimeError:  # the storage is closing
            _log.warning("a route's decision could not be kept", extra={"request_id": routed.request_id})

    async def find(self, request_id: str) -> Routed | None:
        """Return what was decided about a request; None where no route answered it, or it was pruned."""
        if not request_id.isprintable():
            return None
        return await self._storage.read(lambda connection: find_routed(connection, request_id))

    async def savings(
        self,
        by: Sequence[str] = ("route", "reference"),
        since: datetime | None = None,
        until: datetime | None = None,
        key: str | None = None,
    ) -> list[Savings]:
        """Add up what routes cost and what their references would have, by some of key, route, reference.

        Of the period, whole UTC days by their first moment.
        """
        period = Period(since, until)
        return await self._storage.read(lambda connection: sum_savings(connection, by, period, key))

    async def read(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Routed]:
        """Yield decisions, the oldest first."""
        after = (to_micros(since) - 1 if since is not None else -1, "\U0010ffff")
        while page := await self._storage.read(
            lambda connection, place=after: read_routed(connection, place, _PAGE)
        ):
            for routed in page:
                if until is not None and routed.at >= until:
                    return
                yield routed
            after = (to_micros(page[-1].at), page[-1].request_id)

    async def prune(self, before: datetime) -> int:
        """Delete decisions of whole UTC days before a moment; returns how many. The sums stay."""
        return await sweep(self._storage, self._store.rows.prune, to_midnight(before))

    async def forget_key(self, key_id: str) -> int:
        """Take a key, and its requests' tags, off what was decided; returns how many rows. Sums stay."""
        gone = await sweep(self._storage, self._store.anonymise, key_id)
        return gone + await self._storage.writer.run(self._store.anonymise_sums, key_id)
