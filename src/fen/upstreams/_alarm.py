"""One timer for all the deadlines of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_NEAR = 0.0005  # seconds that a loop's timer may fire early


class Alarm:
    """Rings at the moment that was set last, unless it was stopped.

    A moment that comes later than the running timer leaves it alone: it looks again when it fires, which is
    rare. A timer of its own for each response, set and cancelled, cost 3 us of a call.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = self._armed = 0.0
        self._ring: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set(self, due: float, ring: Callable[[], None]) -> None:
        """Call `ring` once at `due`, in the loop's time; what was set before is forgotten."""
        self._due, self._ring = due, ring
        if self._timer is None or due < self._armed:
            self._arm()

    def stop(self) -> None:
        """Do not ring; the timer may run on."""
        self._ring = None

    def close(self) -> None:
        """Let go of the timer."""
        self._ring = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = self._due
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        ring = self._ring
        if ring is None:
            return
        if self._loop.time() + _NEAR < self._due:
            self._arm()
        else:
            self._ring = None
            ring()
