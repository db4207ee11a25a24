"""Pace: how many calls are under way, fewer after an upstream asked for that."""

from __future__ import annotations

import asyncio
from collections import deque


class Pace:
    """Lets at most `allowed` calls go at once.

    It begins with `most`, halves when an upstream is busy (once for all the calls that were under way then),
    and grows back by one after as many successes in a row as it allows calls: Chiu and Jain's additive
    increase, multiplicative decrease.
    """

    def __init__(self, most: int) -> None:
        self.most = self.allowed = most
        self.running = 0
        self.rounds = 0
        self._successes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> int:
        """Wait for a place; returns the round in which it was given, for `slow_down`."""
        if self.running < self.allowed and not self._waiting:
            self.running += 1
            return self.rounds
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()  # it was given the place at the same moment
            raise
        return self.rounds

    def leave(self) -> None:
        """Give the place back."""
        self.running -= 1
        self._let_in()

    def succeed(self) -> None:
        """Note a call that met no resistance."""
        self._successes += 1
        if self._successes >= self.allowed and self.allowed < self.most:
            self.allowed += 1
            self._successes = 0
            self._let_in()

    def slow_down(self, entered: int) -> None:
        """Halve, unless that was done since the round in which this call was let in."""
        self._successes = 0
        if entered < self.rounds:
            return
        self.rounds += 1
        self.allowed = max(1, self.allowed // 2)

    def _let_in(self) -> None:
        while self._waiting and self.running < self.allowed:
            place = self._waiting.popleft()
            if not place.done():
                self.running += 1
                place.set_result(None)
