"""A runner over a real database, with a clock that a test turns and answers that it hands out."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from fen.batch import EVERYBODY, Batch, Batches, Limits, Runner, Vendors, read_batch_request
from fen.catalogue import Catalogue
from fen.gateway import Reply
from fen.ledger import Book, Replica, claim_replica
from fen.storage import Storage
from fen.wire.errors import FenError
from fen.wire.request import Request
from tests.integration.batch.deferred import CHAT, ENDED, jsonl
from tests.unit.batch.prices import CARD, catalogue, tariff

MORNING = datetime(2026, 3, 14, 9, tzinfo=UTC)
POLL = 0.02
QUICK = Limits(concurrency=4, line_seconds=1.0, poll=POLL, vendor_poll=POLL)


class Clock:
    """A time that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


class Answers:
    """What answers lines: their own text, an error that a test names, or nothing until a gate opens."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.keys: list[str | None] = []
        self.under_way = 0
        self.most_under_way = 0
        self.gates: dict[str, asyncio.Event] = {}
        self.errors: dict[str, list[FenError]] = {}
        self.news = asyncio.Event()

    async def __call__(self, request: Request, key_id: str | None) -> Reply:
        text: str = json.loads(request.body)["messages"][0]["content"]
        self.asked.append(text)
        self.keys.append(key_id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.news.set()
        try:
            await asyncio.sleep(0)
            if text in self.gates:
                await self.gates[text].wait()
            if self.errors.get(text):
                raise self.errors[text].pop(0)
        finally:
            self.under_way -= 1
        return Reply((("x-fen-request-id", "req_" + text),), json.dumps({"said": text}).encode())

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is true of what was asked."""
        async with asyncio.timeout(20):
            while not holds():
                self.news.clear()
                await self.news.wait()

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.asked)


class Shop:
    """Batches of a database, and runners over it: each as a process of its own would be."""

    def __init__(self, storage: Storage, home: Path, prices: Catalogue, limits: Limits) -> None:
        self.storage = storage
        self.home = home
        self.prices = prices
        self.clock = Clock()
        self.batches = Batches(storage, limits, self.clock)
        self.answers = Answers()
        self.vendors: Vendors | None = None
        self._replicas: list[tuple[Book, Replica]] = []

    @asynccontextmanager
    async def running(self, grace: float = 5.0) -> AsyncIterator[Runner]:
        """A process at work; it stops in order."""
        book, runner = await self.make_runner()
        work = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            await runner.stop(grace)
            await work
            await book.close()

    async def make_runner(self) -> tuple[Book, Runner]:
        """A runner with a replica of its own."""
        folder = self.home / secrets.token_hex(4)
        replica = claim_replica(folder)
        book = Book(self.storage, replica)
        await book.recover()
        self._replicas.append((book, replica))
        batches = Batches(self.storage, self.batches.limits, self.clock)
        runner = Runner(self.storage, batches, replica.id, self.answers, lambda: self.prices, self.vendors)
        self.batches.changed = runner.wake
        return book, runner

    async def submit(self, *texts: str, key_id: str | None = None, **members: Any) -> Batch:
        """Make a batch that asks each text."""
        return await self.submit_lines([line(text, **members) for text in texts], key_id)

    async def submit_lines(self, lines: Sequence[Mapping[str, Any]], key_id: str | None = None) -> Batch:
        file = await self.batches.shelf.put(pieces(jsonl(lines)), "in.jsonl", key_id)
        wanted = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
        return await self.batches.create(read_batch_request(msgspec.json.encode(wanted)), key_id)

    async def look(self, batch: Batch) -> Batch:
        return await self.batches.find(batch.id, EVERYBODY)

    async def until(self, batch: Batch, holds: Callable[[Batch], bool]) -> Batch:
        """Wait until something is true of a batch, and return it."""
        async with asyncio.timeout(20):
            while not holds(found := await self.look(batch)):  # noqa: ASYNC110 (the database tells nobody)
                await asyncio.sleep(POLL / 2)
        return found

    async def until_ended(self, batch: Batch) -> Batch:
        return await self.until(batch, lambda found: found.state in ENDED)

    async def until_postponed(self, times: int) -> None:
        """Wait until some line has come back for later so often."""
        async with asyncio.timeout(20):
            while await self.storage.read(_most_tries) < times:  # noqa: ASYNC110 (the same)
                await asyncio.sleep(POLL / 2)

    async def read(self, file_id: str | None) -> dict[str, Any]:
        """A file's lines by custom_id; it must be there."""
        assert file_id is not None
        file = await self.batches.shelf.find(file_id, EVERYBODY)
        content = b"".join([piece async for piece in self.batches.shelf.read(file.id)])
        assert len(content) == file.bytes
        found = [json.loads(text) for text in content.splitlines()]
        assert len({text["custom_id"] for text in found}) == len(found)
        return {text["custom_id"]: text for text in found}


def _most_tries(connection: Any) -> int:
    return connection.exec_driver_sql("SELECT max(tries) FROM batch_lines").scalar_one() or 0


def line(text: str, model: str = CARD.id, **members: Any) -> dict[str, Any]:
    """A line whose custom_id is its text."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], **members}
    return {"custom_id": text, "method": "POST", "url": CHAT, "body": body}


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def make_shop(storage: Storage, home: Path, prices: Catalogue | None = None, limits: Limits = QUICK) -> Shop:
    return Shop(storage, home, prices or catalogue(tariff("1")), limits)
