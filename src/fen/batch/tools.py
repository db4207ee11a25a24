"""What the workers of a process share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from fen.batch.job import Limits
from fen.batch.plan import Pace, PriceList
from fen.batch.sending import Answer
from fen.batch.shelf import Shelf
from fen.gateway import Caller
from fen.gateway.deferral import Deferrals
from fen.storage import Storage

_WEIGHT = 0.1
"""How much one line's time counts in the mean."""


class Pacing:
    """How long lines take, and how many wait in each batch."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seconds = limits.line_seconds
        self._waiting: dict[str, int] = {}

    def note(self, seconds: float) -> None:
        """Learn from a line that took so long."""
        self._seconds += _WEIGHT * (seconds - self._seconds)

    def expect(self, batch_id: str, lines: int) -> None:
        """Know how many lines of a batch wait; 0 forgets it."""
        self._waiting[batch_id] = lines
        if not lines:
            del self._waiting[batch_id]

    def pace(self, batch_id: str) -> Pace:
        """Return the pace at which a batch can count on being worked off."""
        others = sum(lines for name, lines in self._waiting.items() if name != batch_id)
        return Pace(self._seconds, self._limits.concurrency, self._limits.margin, others)


class Vendors(msgspec.Struct, frozen=True):
    """Vendors' own batches. caller: on whose behalf a line is held, by the key's id; raises FenError."""

    deferrals: Deferrals
    caller: Callable[[str | None], Awaitable[Caller]]
    tag: str


class Tools(msgspec.Struct, frozen=True):
    """What workers share.

    prices: the catalogue of the moment. slots: one for each line under way. poll: seconds after which a
    worker looks at its batch again when nothing happens. vendors: None where lines are sent one by one alone.
    """

    storage: Storage
    shelf: Shelf
    limits: Limits
    answer: Answer
    prices: Callable[[], PriceList]
    clock: Callable[[], datetime]
    slots: asyncio.Semaphore
    pacing: Pacing
    poll: float
    vendors: Vendors | None = None
