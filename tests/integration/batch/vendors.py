"""A shop whose vendor runs batches itself, over real books: half price there, as most vendors have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from fen.accounts import Key, Keyring, parse_budget
from fen.batch import Batch, Vendors
from fen.gateway import Caller, Parts
from fen.gateway.deferral import Deferrals
from fen.ledger import KEEPER, Book, Cap, Entry, Room, claim_replica
from fen.storage import Storage
from fen.upstreams import Dialect, OpenAIBatches
from tests.fakes.pipeline import Puppet, Watcher
from tests.fakes.upstream import FakeUpstream
from tests.integration.batch.bench import QUICK, Shop, make_shop
from tests.unit.batch.prices import CARD, catalogue, tariff

PRICES = catalogue(tariff("1"), tariff("0.5", tier="batch"))


class Trade:
    """A shop, its vendor and its books. budgets: those of whoever makes batches."""

    def __init__(self, shop: Shop, fake: FakeUpstream, book: Book) -> None:
        self.shop = shop
        self.fake = fake
        self.vendor = fake.batches
        self.book = book
        self.budgets: tuple[str, ...] = ()
        self.watcher = Watcher()
        self.upstream = OpenAIBatches(fake.base_url, None, Dialect())
        self.parts = Parts(
            keyring=Keyring(shop.storage),
            catalogue=PRICES,
            book=book,
            upstreams={"vendor": Puppet(asyncio.Event())},
            observer=self.watcher,
            replica="rep_test",
            batches={"vendor": self.upstream},
        )
        shop.vendors = Vendors(Deferrals(lambda: self.parts), self._call_as, "batch")

    async def _call_as(self, key_id: str | None) -> Caller:
        if key_id is None:
            return Caller(inside=True)
        budgets = tuple(parse_budget(text, "key", key_id) for text in self.budgets)
        return Caller(key=Key(key_id, key_id, datetime.now(UTC), budgets=budgets))

    async def entries(self, batch: Batch) -> list[Entry]:
        """What the books have of a batch's calls at vendors, in the order of their holds."""
        found = await self.book.latest(1000)
        return [entry for entry in reversed(found) if entry.hold.replica == KEEPER + batch.id]

    async def room(self, key_id: str) -> Room:
        [room] = await self.book.rooms([self.cap(key_id)])
        return room

    def cap(self, key_id: str) -> Cap:
        budget = parse_budget(self.budgets[0], "key", key_id)
        return Cap(budget.cap_id, 0, budget.limit)

    async def until_made(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the vendor has so many batches."""
        async with asyncio.timeout(20):
            while len(self.vendor.made) < count:  # noqa: ASYNC110 (the fake tells nobody)
                await asyncio.sleep(0.01)
        return self.vendor.made

    async def until_deferred(self, lines: int) -> None:
        """Wait until so many lines are at vendors, and their batches' ids are known."""
        query = (
            "SELECT count(*) FROM batch_lines l JOIN vendor_batches v ON l.vendor_batch = v.id"
            " WHERE v.state = 'sent' AND l.state = 'deferred'"
        )
        async with asyncio.timeout(20):
            while await self.shop.storage.read(lambda c: _count(c, query)) != lines:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def _count(connection: Any, query: str) -> int:
    return cast(int, connection.exec_driver_sql(query).scalar_one())


@asynccontextmanager
async def open_trade(storage: Storage, home: Path) -> AsyncIterator[Trade]:
    """Put all of it together."""
    async with FakeUpstream() as fake:
        book = Book(storage, claim_replica(home / "books"))
        await book.recover()
        trade = Trade(make_shop(storage, home, PRICES, replace(QUICK, tries=2)), fake, book)
        try:
            yield trade
        finally:
            await trade.upstream.close()
            await book.close()


def price(*entries: Entry) -> Decimal:
    """What settled entries cost, at the price of a batch: each token the same."""
    tokens = sum(e.settlement.usage.total_tokens for e in entries if e.settlement is not None)
    return Decimal(tokens) * Decimal("0.5") / 1_000_000


MODEL = CARD.id
