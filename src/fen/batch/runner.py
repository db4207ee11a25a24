"""The runner: claims batches that nobody works on, and gives each a worker."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from fen.batch.assemble import Assembly
from fen.batch.batches import Batches
from fen.batch.file import EVERYBODY
from fen.batch.plan import PriceList
from fen.batch.sending import Answer
from fen.batch.store import BatchStore, find_claimable, find_ended_with_lines
from fen.batch.tools import Pacing, Tools, Vendors
from fen.batch.worker import Worker
from fen.storage import Storage
from fen.wire.errors import BooksUnavailable

_log = logging.getLogger("fen.batch")

SWEEP_SECONDS = 3600.0
RETRY_SECONDS = 30.0
"""How long a batch rests whose worker broke."""

_CLAIMED_AT_ONCE = 100


class Runner:
    """Runs the batches of a database in one process; several processes share them.

    owner: this process, as the ledger knows it (its replica id): while it gives signs of life there, nobody
    takes its batches over. answer: sends a line through the pipeline. prices: the catalogue of the moment.
    vendors: who runs batches itself.
    """

    def __init__(
        self,
        storage: Storage,
        batches: Batches,
        owner: str,
        answer: Answer,
        prices: Callable[[], PriceList],
        vendors: Vendors | None = None,
    ) -> None:
        self._storage = storage
        self._store = BatchStore(storage)
        self._batches = batches
        self._owner = owner
        limits = batches.limits
        self._tools = Tools(
            storage=storage,
            shelf=batches.shelf,
            limits=limits,
            answer=answer,
            prices=prices,
            clock=batches.clock,
            slots=asyncio.Semaphore(limits.concurrency),
            pacing=Pacing(limits),
            poll=limits.poll,
            vendors=vendors,
        )
        self._workers: dict[str, tuple[Worker, asyncio.Task[None]]] = {}
        self._rests: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        batches.changed = self.wake

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()
        for worker, _ in self._workers.values():
            worker.wake()

    async def run(self) -> None:
        """Work until `stop` or cancelled; what goes wrong is logged and outlasted."""
        sweep_at = 0.0
        while not self._stopping:
            self._wake.clear()
            try:
                await self._claim_all()
                if time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + SWEEP_SECONDS
                    await self._sweep()
            except BooksUnavailable as error:
                _log.warning("batches wait for the database: %s", error)
            except Exception:  # noqa: BLE001  the edge of a task that nobody waits for
                _log.exception("looking for batches failed")
            await self._pause()

    async def stop(self, grace: float) -> None:
        """Send nothing more; what is under way has so many seconds, then it is interrupted."""
        self._stopping = True
        self._wake.set()
        for worker, _ in self._workers.values():
            worker.stop(grace)
        tasks = [task for _, task in self._workers.values()]
        if not tasks:
            return
        await asyncio.wait(tasks, timeout=grace + 2 * self._tools.poll)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._tools.poll):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _claim_all(self) -> None:
        found = await self._storage.read(
            lambda connection: find_claimable(connection, self._owner, _CLAIMED_AT_ONCE)
        )
        now = time.monotonic()
        self._rests = {name: until for name, until in self._rests.items() if until > now}
        for batch_id in found:
            if batch_id not in self._workers and batch_id not in self._rests and not self._stopping:
                await self._claim(batch_id)

    async def _claim(self, batch_id: str) -> None:
        claim = secrets.token_hex(8)
        if not await self._storage.writer.run(self._store.claim, batch_id, self._owner, claim):
            return
        batch = await self._batches.find(batch_id, EVERYBODY)
        if batch.claim != claim or self._stopping:
            return
        worker = Worker(self._tools, batch)
        self._workers[batch_id] = (worker, asyncio.create_task(self._work(batch_id, worker)))

    async def _work(self, batch_id: str, worker: Worker) -> None:
        try:
            await worker.run()
        except BooksUnavailable as error:
            _log.warning("%s waits for the database: %s", batch_id, error)
        except Exception:  # noqa: BLE001  the same
            _log.exception("%s broke; it is taken up again in %.0f s", batch_id, RETRY_SECONDS)
            self._rests[batch_id] = time.monotonic() + RETRY_SECONDS
        finally:
            del self._workers[batch_id]

    async def _sweep(self) -> None:
        """Delete files past their time, and the lines that a crash left of batches that ended."""
        await self._batches.shelf.sweep()
        assembly = Assembly(self._storage, self._batches.shelf, self._tools.clock)
        ended = await self._storage.read(
            lambda connection: find_ended_with_lines(connection, _CLAIMED_AT_ONCE)
        )
        for batch_id in ended:
            if batch_id not in self._workers:
                await assembly.drop_lines(batch_id)
