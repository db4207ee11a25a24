"""Limits learnt from upstreams' complaints: for a day, in every replica, over restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

from fen.catalogue.card import Card, Fact
from fen.catalogue.lessons import Lesson, LessonReader, read_limit_errors
from fen.catalogue.store import LearntLimit, LearntStore, find_learnt
from fen.storage import Storage
from fen.wire.errors import BooksUnavailable

_log = logging.getLogger("fen.catalogue")

Kind = Literal["context_window", "max_output_tokens", "unlocked_output"]

SOURCE = "upstream error"

LIFETIME = timedelta(days=1)
"""How long a complaint counts: vendors raise limits, and some complain wrongly for an hour."""

_ROOM = 10_000  # models; a stranger's words must not fill the memory


class Learnt:
    """What upstreams' complaints have taught of models' limits.

    storage: where it is kept; without one it is forgotten at the end of the process. `version` grows with
    every change, so that whoever computed something from it knows.
    """

    def __init__(
        self, storage: Storage | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.version = 0
        self._storage = storage
        self._store = LearntStore(storage) if storage is not None else None
        self._clock = clock
        self._known: dict[tuple[str, str, str], LearntLimit] = {}

    def find(self, card: Card, kind: Kind) -> Fact[int] | None:
        """Return a limit of a card, as its upstream calls it; None where none was learnt of late."""
        found = self._known.get((card.upstream, card.upstream_model, kind))
        if found is None or found.learnt_at <= self._clock() - LIFETIME:
            return None
        return Fact(found.value, SOURCE, found.learnt_at.date())

    def read(self, complaint: str) -> Lesson | None:
        """Return the limit that a complaint names; None where it names none."""
        return self._reader.read(complaint)

    def learn(self, card: Card, kind: Kind, lesson: Lesson) -> None:
        """Take a lesson in at once, and have it written down."""
        limit = LearntLimit(
            card.upstream, card.upstream_model, kind, lesson.value, lesson.words, self._clock()
        )
        self._take(limit)
        _log.warning("%s: %s is %d, says its upstream: %s", card.id, kind, lesson.value, lesson.words)
        if self._storage is not None and self._store is not None:
            self._storage.writer.post(self._store.write, limit)

    def list(self) -> Sequence[LearntLimit]:
        """Return what counts at present, by upstream and model."""
        oldest = self._clock() - LIFETIME
        return [limit for _, limit in sorted(self._known.items()) if limit.learnt_at > oldest]

    def facts(self) -> dict[tuple[str, str, str], Fact[int]]:
        """Return what counts at present, by upstream, its name for the model, and kind."""
        return {
            (limit.upstream, limit.model, limit.kind): Fact(limit.value, SOURCE, limit.learnt_at.date())
            for limit in self.list()
        }

    async def load(self) -> None:
        """Take in what other processes, or earlier ones, have learnt; raises BooksUnavailable."""
        if self._storage is None:
            return
        since = self._clock() - LIFETIME
        for limit in await self._storage.read(lambda connection: find_learnt(connection, since)):
            self._take(limit)

    async def keep_fresh(self, seconds: float = 60.0) -> None:
        """Load again and again, until cancelled; a database that is away is outlasted."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.load()
            except BooksUnavailable as error:
                _log.warning("what other replicas learnt of limits could not be read: %s", error)

    @cached_property
    def _reader(self) -> LessonReader:
        return LessonReader(read_limit_errors())  # most processes never hear a complaint

    def _take(self, limit: LearntLimit) -> None:
        key = (limit.upstream, limit.model, limit.kind)
        known = self._known.get(key)
        if known is not None and known.learnt_at >= limit.learnt_at:
            return
        if known is None and len(self._known) >= _ROOM:
            _drop_oldest(self._known)
        self._known[key] = limit
        self.version += 1


def _drop_oldest(known: dict[tuple[str, str, str], LearntLimit]) -> None:
    del known[_oldest(known)]


def _oldest(known: Mapping[tuple[str, str, str], LearntLimit]) -> tuple[str, str, str]:
    return min(known, key=lambda key: known[key].learnt_at)
