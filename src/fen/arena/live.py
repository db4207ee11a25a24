"""Live boards: counts that follow the log, whichever process wrote it, and tell whoever waits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from fen.arena.rating.counts import Counts
from fen.arena.rating.fit import Fit, fit_counts
from fen.arena.tally import ALL, Tally, compare_counts, read_news
from fen.storage import Storage
from fen.wire.errors import BooksUnavailable

_log = logging.getLogger("fen.arena")
_TRIES = 10
_NIGHT = 3  # o'clock, UTC


class LiveBoards:
    """The counts of all boards of a database.

    They change by reading the log alone, so that what this process wrote, what another wrote, and what a
    restart finds are counted in one way. `version` grows with every change.
    """

    def __init__(self, storage: Storage, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._now = clock
        self._tally = Tally()
        self._reading = asyncio.Lock()
        self._wanted = self._done = 0
        self._news = asyncio.Event()
        self._fits: dict[tuple[str, bool], tuple[int, Fit, dict[str, float]]] = {}
        self.version = 0

    async def catch_up(self) -> None:
        """Count all that is in the log by now. Many who ask at once share a reading."""
        self._wanted += 1
        mine = self._wanted
        async with self._reading:
            if self._done >= mine:
                return
            reached = self._wanted  # whoever asks from here on may have written after this reading began
            await self._follow(self._tally)
            self._done = reached

    async def rebuild(self) -> None:
        """Count the whole log anew, and put that in the place of the live counts."""
        fresh = Tally()
        await self._follow(fresh)
        async with self._reading:
            await self._follow(fresh)
            self._tally = fresh
            self._tell()

    async def check(self) -> tuple[str, ...]:
        """Compare the live counts with those of the whole log, and return in words where they differ.

        A difference is logged, and the log holds.
        """
        fresh = Tally()
        await self._follow(fresh)
        async with self._reading:
            for _ in range(_TRIES):
                await self._follow(self._tally)
                await self._follow(fresh)
                if fresh.marks == self._tally.marks:
                    break
            said = compare_counts(_list(self._tally), _list(fresh))
            if said:
                _log.error("the live boards were not those of the log: %s", "; ".join(said[:20]))
                self._tally = fresh
                self._tell()
        return said

    async def changed(self, since: int) -> int:
        """Wait for a version after `since`, and return it."""
        while self.version <= since:
            await self._news.wait()
        return self.version

    @property
    def categories(self) -> tuple[str, ...]:
        """The boards that have had a vote."""
        return self._tally.categories

    @property
    def last_vote(self) -> int:
        """The highest number of a vote that was read."""
        return self._tally.marks[0]

    def counts(self, category: str = ALL) -> Counts:
        """Return a board's counts as they are now."""
        return self._tally.counts(category)

    def fit(self, category: str = ALL, *, both_bad: bool = True) -> tuple[Counts, Fit]:
        """Return a board's counts and their fit, which begins at the one before: few votes move it little."""
        counts = self.counts(category)
        key = (category, both_bad)
        kept = self._fits.get(key)
        if kept is not None and kept[0] == self.version:
            return counts, kept[1]
        start = None
        if kept is not None:
            start = np.array([kept[2].get(name, 0.0) for name in counts.models])
        fit = fit_counts(counts, both_bad=both_bad, start=start)
        names = [counts.models[place] for place in map(int, fit.rated)]
        strengths = dict(zip(names, map(float, fit.strength), strict=True))
        self._fits[key] = (self.version, fit, strengths)
        return counts, fit

    async def keep_up(self, pause: float = 1.0) -> None:
        """Count what other processes write, until cancelled; a database that is away is asked again."""
        while True:
            try:
                await self.catch_up()
            except BooksUnavailable as error:
                _log.warning("the arena's log cannot be read: %s", error)
            await asyncio.sleep(pause)

    async def check_nightly(self) -> None:
        """Check the counts every night, until cancelled."""
        while True:
            await asyncio.sleep(seconds_to_night(datetime.now(UTC)))
            try:
                await self.check()
            except BooksUnavailable as error:
                _log.warning("the arena's log cannot be checked: %s", error)

    async def _follow(self, tally: Tally) -> None:
        more = True
        while more:
            place = tally.place(self._now())
            news = await self._storage.read(lambda connection, at=place: read_news(connection, at))
            if tally.take(news, self._now()) and tally is self._tally:
                self._tell()
            more = news.more

    def _tell(self) -> None:
        """Make a version of what has changed, and wake whoever waits for one."""
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()


def seconds_to_night(now: datetime) -> float:
    """Return the seconds until the next check, 1 s to a day."""
    night = now.replace(hour=_NIGHT, minute=0, second=0, microsecond=0)
    if night <= now:
        night += timedelta(days=1)
    return max(1.0, (night - now).total_seconds())


def _list(tally: Tally) -> dict[str, Counts]:
    return {category: tally.counts(category) for category in tally.categories}
