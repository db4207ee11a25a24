"""Whose holds are orphans.

Two signs tell that a replica is gone. In this FEN_HOME, its lock: the kernel dropped it with the process, so
a start after SIGKILL recovers at once (fen.ledger.replica). From elsewhere, its beat in the database: it says
that it lives every few seconds, and is gone when it was silent for a whole lease *while we were watching*.
Only this process's own monotonic clock measures that, so neither a wrong clock nor an outage of the database,
in which nobody could say anything, makes an orphan of a living replica's hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

LEASE_SECONDS = 30.0


class Lookout:
    """Remembers since when each replica has been silent."""

    def __init__(self, lease: float = LEASE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._lease = lease
        self._clock = clock
        self._looked = clock()
        self._silent: dict[str, tuple[int, float]] = {}

    def find_silent(self, beats: Mapping[str, int]) -> list[str]:
        """Return who has been silent for a whole lease; call it several times in a lease.

        After a gap of half a lease between two calls the watch begins anew: something was wrong with us.
        """
        now = self._clock()
        if now - self._looked > self._lease / 2:
            self._silent.clear()
        self._looked = now
        seen: dict[str, tuple[int, float]] = {}
        for replica, beat in beats.items():
            last = self._silent.get(replica)
            seen[replica] = last if last is not None and last[0] == beat else (beat, now)
        self._silent = seen
        return [replica for replica, (_, since) in seen.items() if now - since >= self._lease]
