"""What clients say of answers, and how that bears on a route's decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import msgspec

from fen.ledger import Book, RouteBook, Routed
from fen.routing.store import FeedbackStore, Given, read_feedback
from fen.storage import Storage, sweep, to_midnight
from fen.wire.errors import InvalidRequest, NotFound

Heard = Callable[[Routed, float], None]
"""Is told a route's decision and the first score that its answer was given."""

_PAGE = 1000


class Judged(msgspec.Struct, frozen=True):
    """A route's decision and the score that its answer was given.

    Of the models that were not asked nothing is known, and nothing is assumed.
    """

    routed: Routed
    score: float


class Feedback:
    """The feedback of a database. Every method raises BooksUnavailable where it is away.

    book, decisions: the same database's, in which its requests are looked up. heard: whoever is to know what
    is given here, once for each answer, whatever is said of it later.
    """

    def __init__(
        self, storage: Storage, book: Book, decisions: RouteBook, heard: Heard | None = None
    ) -> None:
        self._storage = storage
        self._store = FeedbackStore(storage)
        self._book = book
        self._decisions = decisions
        self._heard = heard

    async def give(self, request_id: str, score: float, key_id: str | None) -> Given:
        """Write down a score from 0 to 1 for a request's answer; a later one takes the place of an earlier.

        key_id: of whoever says it, None for nobody's. Raises InvalidRequest for a score outside, and NotFound
        for a request that is not in the books or is another key's: which of the two it is, is not told.
        """
        if not 0 <= score <= 1:
            raise InvalidRequest(f"score: found {score}, expected 0 to 1", param="score")
        entries = await self._book.find(request_id)
        if not entries or entries[0].hold.key_id != key_id:
            raise NotFound(
                f"request_id: found {request_id[:64]!r}, expected the id of a request of this key",
                param="request_id",
            )
        given = Given(request_id, key_id, datetime.now(UTC), float(score))
        first = await self._storage.writer.run(self._store.put, given)
        routed = await self._decisions.find(request_id) if first and self._heard is not None else None
        if routed is not None and self._heard is not None:
            self._heard(routed, given.score)
        return given

    async def judged(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Judged]:
        """Yield routes' decisions whose answers were given a score, the oldest first."""
        page: list[Routed] = []
        async for routed in self._decisions.read(since, until):
            page.append(routed)
            if len(page) == _PAGE:
                for one in await self._match(page):
                    yield one
                page = []
        for one in await self._match(page):
            yield one

    async def forget_key(self, key_id: str) -> int:
        """Delete what a key said; returns how many."""
        return await sweep(self._storage, self._store.rows.forget, key_id)

    async def prune(self, before: datetime) -> int:
        """Delete what was said on whole UTC days before a moment; returns how many."""
        return await sweep(self._storage, self._store.rows.prune, to_midnight(before))

    async def _match(self, page: list[Routed]) -> list[Judged]:
        if not page:
            return []
        ids = [routed.request_id for routed in page]
        scores = await self._storage.read(lambda connection: read_feedback(connection, ids))
        return [Judged(one, scores[one.request_id]) for one in page if one.request_id in scores]
