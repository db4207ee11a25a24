"""Rates and slots: over all replicas in Valkey, where there is one, else in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from fen.accounts.limiter import Limiter, LocalLimiter
from fen.accounts.rate import Charge, Verdict
from fen.accounts.slots import LocalSlots, Slot, Slots
from fen.wire.errors import BooksUnavailable

if TYPE_CHECKING:
    from fen.accounts.shared_slots import SharedSlots
    from fen.storage.valkey import Valkey

_log = logging.getLogger("fen.app")

_COUNT_SECONDS = 5.0
"""How often living replicas are counted, and a Valkey that nobody asks is asked whether it is there."""


class Sharing:
    """The limiter and the slots of a process, and how well they are shared; made by `open_sharing`."""

    limiter: Limiter
    slots: Slots
    shared = False
    """Whether there is a Valkey to share through."""

    @property
    def up(self) -> bool:
        """Whether all replicas count together at the moment."""
        return False

    async def look(self) -> dict[str, str]:
        """Return what is worse than it should be, by name; empty when nothing is."""
        return {}

    async def run(self) -> None:
        """Keep what is shared alive, until cancelled."""

    async def close(self) -> None:
        """Let go of the connections."""


class _Local(Sharing):
    def __init__(self, workers: int) -> None:
        self.limiter = LocalLimiter() if workers == 1 else PartLimiter(workers)
        self.slots = LocalSlots() if workers == 1 else PartSlots(workers)


class PartLimiter:
    """One worker's part of every rate: limit / parts, so that all together stay within it."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._local = LocalLimiter()

    async def take(self, charges: Sequence[Charge]) -> Verdict:
        """Take all of the charges or none; see Limiter."""
        return self._local.decide([charge.share(self._parts) for charge in charges])

    def settle(self, verdict: Verdict, real: Sequence[int]) -> None:
        """Correct charges; see Limiter."""
        self._local.settle(verdict, real)


class PartSlots:
    """One worker's part of all slots: limit / parts, but one at least."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._local = LocalSlots()

    async def acquire(self, key: str, limit: int) -> Slot | None:
        """Return a slot or None; see Slots."""
        return await self._local.acquire(key, max(1, limit // self._parts))

    def release(self, slot: Slot) -> None:
        """Give a slot back; see Slots."""
        self._local.release(slot)


class _Shared(Sharing):
    """Rates and slots in Valkey; while it is away, this replica's part of them.

    count: returns how many replicas live, by the books.
    """

    shared = True

    def __init__(
        self, valkey: Valkey, replica: str, workers: int, count: Callable[[], Awaitable[int]]
    ) -> None:
        # Only who shares pays for the client: it takes 0.12 s to import.
        from fen.accounts.shared_limiter import SharedLimiter  # noqa: PLC0415
        from fen.accounts.shared_slots import SharedSlots  # noqa: PLC0415

        self._valkey = valkey
        self._count = count
        self._replicas = self._workers = workers
        self.limiter = SharedLimiter(valkey, lambda: self._replicas)
        self._slots: SharedSlots = SharedSlots(valkey, replica, lambda: self._replicas)
        self.slots = self._slots

    @property
    def up(self) -> bool:
        """Whether Valkey answered when it was last asked."""
        return self._valkey.available

    async def look(self) -> dict[str, str]:
        """Ask Valkey whether it is there."""
        from fen.storage.valkey import Unavailable  # noqa: PLC0415 (the same)

        try:
            await self._valkey.check()
        except Unavailable as away:
            parts = f"this replica allows 1/{self._replicas} of each rate; money is exact all the same"
            return {"valkey": f"{away}: {parts}"}
        return {}

    async def run(self) -> None:
        """Renew what is out, look after Valkey and count the replicas, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._slots.keep_alive())
            tasks.create_task(self._keep_counting())

    async def close(self) -> None:
        """Send what is queued, then let go of the connections."""
        await self._valkey.close()

    async def _keep_counting(self) -> None:
        while True:
            await self.look()  # the client itself logs what becomes of it
            try:
                self._replicas = max(self._workers, await self._count())
            except BooksUnavailable:
                pass  # as many as there were; the books say elsewhere that they are away
            except Exception:  # noqa: BLE001 (the edge of a task that nobody waits for)
                _log.exception("the replicas could not be counted")
            await asyncio.sleep(_COUNT_SECONDS)


def open_sharing(url: str | None, replica: str, workers: int, count: Callable[[], Awaitable[int]]) -> Sharing:
    """Return what shares rates and slots: through the Valkey at `url`, without one in this process alone.

    workers: how many processes this server has; without Valkey each takes its part of every limit. count:
    returns how many replicas live, whose parts count while Valkey is away. Raises ConfigError for the URL.
    """
    if url is None:
        return _Local(workers)
    from fen.storage.valkey import Valkey  # noqa: PLC0415 (the same)

    return _Shared(Valkey(url), replica, workers, count)
