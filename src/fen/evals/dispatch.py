"""Dealing a run's samples out to workers, until all are played or one says that the run cannot go on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol, cast

from msgspec.structs import replace

from fen.evals.key import write_body
from fen.evals.playing import Job
from fen.evals.spread import Errand, Hand, Share, Slice, Spread, WorkerLost, place_of
from fen.evals.store import Done
from fen.wire.errors import FenError, Internal

LANES = 2
"""Slices that a worker has at once: while the last calls of one end, those of the next begin."""

MOST_LOST = 3
"""A slice over which so many workers died ends the run: it may be what kills them."""

_ROUNDS = 4  # slices for each worker at least, so that all end at about the same time
_HIRES = 3


class Desk(Protocol):
    """Where shares are counted. stopped: why no further sample is begun."""

    stopped: FenError | None

    def note(self, share: Share) -> None:
        """Count a share; one with a halt stops the run."""
        ...


class Dispatch:
    """Deals slices out; one worker after the other takes the next, and a dead one's are dealt again."""

    def __init__(self, slices: Sequence[Slice], errands: Sequence[Errand], spread: Spread) -> None:
        self._queue = deque(slices)
        self._errands = errands
        self._spread = spread
        self._hands: list[Hand] = []

    async def run(self, desk: Desk) -> None:
        """Return when all slices are played, or nothing is under way any more after a stop.

        Raises FenError where a worker cannot work at all, or several died over the same samples.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for errand in self._errands[: len(self._queue)]:
                    group.create_task(self._employ(errand, desk))
        except BaseExceptionGroup as several:
            raise _first(several) from None

    async def _employ(self, errand: Errand, desk: Desk) -> None:
        """Keep one worker busy; where it dies, another takes its place."""
        failed = 0
        while self._queue and desk.stopped is None:
            try:
                hand = await self._spread.hire(errand)
            except WorkerLost as error:
                failed += 1
                if failed >= _HIRES:
                    raise Internal(f"found no worker that starts, {failed} died at once: {error}") from None
                continue
            self._hands.append(hand)
            try:
                async with asyncio.TaskGroup() as lanes:
                    for _ in range(LANES):
                        lanes.create_task(self._feed(hand, desk))
            finally:
                self._hands.remove(hand)
                await hand.close()

    async def _feed(self, hand: Hand, desk: Desk) -> None:
        while self._queue and desk.stopped is None:
            piece = self._queue.popleft()
            try:
                share = await hand.play(piece)
            except WorkerLost as error:
                self._deal_again(piece, error)
                return  # its other lane finds the same
            stopped = desk.stopped
            desk.note(share)
            if stopped is None and desk.stopped is not None:
                await asyncio.gather(*(other.stop() for other in self._hands))

    def _deal_again(self, piece: Slice, error: WorkerLost) -> None:
        lost = piece.lost + 1
        if lost >= MOST_LOST:
            first = piece.places[0]
            raise Internal(
                f"found {lost} workers that died over the same {len(piece.places)} samples, the first of them"
                f" {first[0]} {first[1]}, expected none: {error}"
            )
        self._queue.appendleft(replace(piece, lost=lost))


def cut_jobs(jobs: Sequence[Job], workers: int, concurrency: int) -> list[Slice]:
    """Return slices in the jobs' order, for so many workers with so many calls at once each.

    Jobs that ask the same are in one slice, since only within a worker one waits for the other's answer.
    """
    size = max(1, min(4 * concurrency, -(-len(jobs) // (workers * _ROUNDS))))
    homes: dict[tuple[str, int, bytes], list[Done]] = {}
    slices: list[list[Done]] = []
    for job in jobs:
        asked = (job.suite.name, job.epoch, write_body("", job.sample.to_body(), timed=False))
        home = homes.get(asked)
        if home is None:
            if not slices or len(slices[-1]) >= size:
                slices.append([])
            home = homes[asked] = slices[-1]
        home.append(place_of(job))
    return [Slice(tuple(places)) for places in slices]


def share_out(errand: Errand, workers: int) -> list[Errand]:
    """Return an errand for each worker; the calls at once are divided among them, one each at least."""
    each, more = divmod(errand.concurrency, workers)
    return [replace(errand, concurrency=max(1, each + (number < more))) for number in range(workers)]


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast(BaseExceptionGroup[BaseException], error).exceptions[0]
    return error
