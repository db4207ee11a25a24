"""Lines in front of caps: who waits for room, first come, first served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence


class Place:
    """A place in the lines of some caps."""

    def __init__(self, caps: Sequence[str]) -> None:
        self.caps = tuple(caps)
        self._called = asyncio.Event()

    def call(self) -> None:
        """End the next wait."""
        self._called.set()

    async def wait(self, seconds: float) -> None:
        """Wait to be called, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._called.wait()
        except TimeoutError:
            return
        self._called.clear()


class Lines:
    """Who waits in this process, by cap; used by one event loop.

    A place stands in the lines of all its caps at once, so the oldest of all is the first in each of its
    lines, and somebody can always go on.
    """

    def __init__(self) -> None:
        self._lines: dict[str, dict[Place, None]] = {}

    def is_free(self, caps: Iterable[str]) -> bool:
        """Whether nobody waits for any of the caps."""
        return not self._lines or not any(cap in self._lines for cap in caps)

    def enter(self, caps: Sequence[str]) -> Place:
        """Take the last place in the lines of the caps; to be given up with `leave`."""
        place = Place(caps)
        for cap in place.caps:
            self._lines.setdefault(cap, {})[place] = None
        return place

    def is_first(self, place: Place) -> bool:
        """Whether nobody stands before it in any of its lines."""
        return all(next(iter(self._lines[cap])) is place for cap in place.caps)

    def leave(self, place: Place) -> None:
        """Give a place up, and call whoever is first now."""
        for cap in place.caps:
            line = self._lines[cap]
            del line[place]
            if not line:
                del self._lines[cap]
        self.call(place.caps)

    def call(self, caps: Iterable[str] | None = None) -> None:
        """Call those who are first: some caps may have room again, or any may."""
        if not self._lines:
            return
        for cap in tuple(self._lines) if caps is None else caps:
            line = self._lines.get(cap)
            if line is not None:
                next(iter(line)).call()
