"""The requests of a period that took longest or cost most."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from fen.ledger import Book
from fen.storage import Storage
from fen.wire.money import Money
from tests.fakes.books import NOON, make_hold, make_settlement, usd

HOUR = timedelta(hours=1)
SINCE, UNTIL = NOON - HOUR, NOON + HOUR


def yuan(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


async def write_some(book: Book) -> None:
    """Ten requests of two keys in dollars, two in yuan, one without a price, one open, two out of time."""
    for number in range(10):
        hold = make_hold(
            f"req_{number}", key_id=f"key_{number % 2}", held_at=NOON + number * timedelta(minutes=1)
        )
        await book.hold(hold)
        cost = usd(Decimal(number % 5) / 100_000)
        await book.settle(make_settlement(f"req_{number}", cost=cost, charge=cost, duration_ms=100 * number))
    free = {"prices": None, "cost_max": None, "charge_max": None}
    for number, cost in enumerate((yuan("0.0009"), yuan("0.00000001"), None)):
        await book.hold(make_hold(f"req_free_{number}", **free))
        await book.settle(make_settlement(f"req_free_{number}", cost=cost, charge=cost, duration_ms=50))
    await book.hold(make_hold("req_open"))
    for name, at in (("early", SINCE - timedelta(microseconds=1)), ("late", UNTIL)):
        await book.hold(make_hold(f"req_{name}", held_at=at))
        await book.settle(make_settlement(f"req_{name}", duration_ms=10**6, cost=usd("0.0004")))


async def names(book: Book, by: str, limit: int, key: str | None = None) -> list[str]:
    found = await book.extremes(by, limit, SINCE, UNTIL, key)  # type: ignore[arg-type]
    return [entry.hold.request_id.removeprefix("req_") for entry in found]


async def test_the_slowest_come_first_and_one_keys_apart(book: Book) -> None:
    await write_some(book)
    assert await names(book, "duration", 3) == ["9", "8", "7"]
    assert await names(book, "duration", 3, "key_0") == ["8", "6", "4"]
    assert len(await names(book, "duration", 100)) == 12  # not the open one, nor what took no time
    assert await names(book, "duration", 5, "nobody") == []


async def test_the_costliest_come_first_in_each_currency(book: Book) -> None:
    await write_some(book)
    assert await names(book, "cost", 3) == ["4", "9", "3", "free_0", "free_1"]
    assert await names(book, "cost", 1, "key_1") == ["9", "free_0"]  # of each currency
    found = await names(book, "cost", 100)
    assert "free_2" not in found  # nobody knows what it cost
    assert "0" not in found  # it cost nothing


@pytest.mark.parametrize("limit", [0, -3])
async def test_a_list_of_none_is_no_list(book: Book, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit: found {limit}, expected at least 1"):
        await book.extremes("cost", limit, SINCE, UNTIL)


async def test_an_index_bounds_what_is_read(book: Book, storage: Storage) -> None:
    def explain(connection: sa.Connection) -> str:
        period = "SELECT id FROM ledger_entries WHERE held_at >= 5 AND held_at < 9"
        best = f"{period} ORDER BY duration_ms DESC LIMIT 9"
        if storage.kind == "postgresql":
            connection.execute(sa.text("SET enable_seqscan = off"))
            return str(connection.execute(sa.text(f"EXPLAIN {best}")).all())
        return str(connection.execute(sa.text(f"EXPLAIN QUERY PLAN {best}")).all())

    assert "ix_ledger_entries_held_at" in await storage.read(explain)
