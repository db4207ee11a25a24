import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from fen.ledger import Book, UsageRow, fold_usage
from fen.storage import Storage, open_storage
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import NOON, make_hold, make_settlement, usd

DAY = timedelta(days=1)
TOMORROW = datetime(2026, 3, 15, tzinfo=UTC)
GROUPS: list[Sequence[str]] = [
    (),
    ("key", "model"),
    ("day", "upstream"),
    ("key", "model", "upstream", "day", "certainty"),
]


async def write(book: Book, request: str, hold: dict[str, object], settlement: dict[str, object]) -> None:
    await book.hold(make_hold(request, **hold))
    await book.settle(make_settlement(request, **settlement))


async def write_all_sorts(book: Book) -> None:
    """Entries of several days, keys, currencies; some without price, some without charge, one open."""
    yuan = Money(Decimal("0.123456789012"), "CNY")
    unpriced = {"prices": None, "cost_max": None, "charge_max": None}
    sorts: list[tuple[dict[str, object], dict[str, object]]] = [
        ({}, {}),
        ({"key_id": None}, {"cost": usd("0.000000000001"), "charge": usd("0.000000000003")}),
        ({"key_id": "key_2", "model": "large"}, {"certainty": "estimated", "reason": "no_usage"}),
        ({"held_at": NOON - DAY}, {"usage": Usage(1, 2, 3, 4, 5, 6, 7, 8)}),
        ({"held_at": NOON - DAY, **unpriced}, {"cost": None, "charge": None}),
        ({"held_at": NOON - DAY}, {"cost": None, "charge": None}),
        ({"held_at": NOON - DAY}, {"charge": None}),
        ({"held_at": NOON - DAY}, {"cost": None, "charge": usd(0)}),
        ({"held_at": NOON - 2 * DAY, "upstream": "other", **unpriced}, {"cost": yuan, "charge": yuan}),
        ({"held_at": NOON - 2 * DAY}, {"cost": usd(9_000_000), "charge": usd(9_000_000)}),
        ({"held_at": NOON - 2 * DAY}, {"cost": usd("8999999.999999999999"), "charge": usd(0)}),
    ]
    for number, (hold, settlement) in enumerate(sorts):
        await write(book, f"req_{number}", hold, settlement)
    await book.hold(make_hold("req_open", held_at=NOON - 2 * DAY))


async def sums(book: Book, **options: object) -> list[list[UsageRow]]:
    return [await book.usage(by, **options) for by in GROUPS]  # type: ignore[arg-type]


async def test_a_row_says_what_was_used_and_what_it_cost(book: Book) -> None:
    await write(book, "req_1", {}, {"usage": Usage(600, 100, 50, 100, 20, 5, 6, 7), "cost": usd("0.0002")})
    await write(book, "req_2", {}, {"certainty": "estimated", "reason": "crash", "cost": None})
    await book.hold(make_hold("req_3"))
    assert await book.usage() == [
        UsageRow(
            key="key_1",
            model="small",
            requests=2,
            input_tokens=600 + 50 + 5 + 7 + 600,
            cached_tokens=200,
            output_tokens=100 + 20 + 6 + 100,
            cost=Decimal("0.0002"),
            currency="USD",
            charge=Decimal("0.0003"),
            charge_currency="USD",
            exact=1,
            estimated=1,
            unpriced=1,
        )
    ]


async def test_currencies_are_never_added_up(book: Book) -> None:
    await write_all_sorts(book)
    assert [(row.currency, row.charge_currency) for row in await book.usage([])] == [
        (None, None),
        ("CNY", "CNY"),
        ("USD", "USD"),
    ]


async def test_a_period_has_its_first_moment_and_not_its_last(book: Book) -> None:
    await write(book, "req_1", {}, {})

    async def count(since: datetime | None, until: datetime | None) -> int:
        return sum(row.requests for row in await book.usage(since=since, until=until))

    instant = timedelta(microseconds=1)
    assert await count(NOON, None) == await count(None, NOON + instant) == 1
    assert await count(NOON + instant, None) == await count(None, NOON) == 0


async def test_one_keys_usage_is_its_own(book: Book) -> None:
    await write_all_sorts(book)
    assert [(row.key, row.requests) for row in await book.usage(key="key_2")] == [("key_2", 1)]
    assert await book.usage(key="") == []


@pytest.mark.parametrize("by", GROUPS)
async def test_sums_that_are_folded_are_those_of_the_database(book: Book, by: Sequence[str]) -> None:
    await write_all_sorts(book)
    await book.prune(NOON - DAY)
    finest = await book.usage(GROUPS[-1])
    assert fold_usage(finest, by) == await book.usage(by)


async def test_a_tag_is_known_until_its_day_is_a_sum(book: Book) -> None:
    await write_all_sorts(book)
    await write(book, "req_tagged", {"tag": "project", "held_at": NOON - DAY}, {})
    await write(book, "req_later", {"tag": "project"}, {})
    assert [(row.tag, row.requests) for row in await book.usage(["tag"]) if row.tag] == [("project", 2)]
    await book.prune(NOON)
    assert [(row.tag, row.requests) for row in await book.usage(["tag"]) if row.tag] == [("project", 1)]


async def test_an_unknown_group_is_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="found 'colour', expected one of key, model"):
        await book.usage(["colour"])


async def test_sums_pass_64_bits_to_the_last_digit(book: Book) -> None:
    for number in range(3):
        amount = usd("8999999.999999999999")
        await write(
            book, f"req_{number}", {"cost_max": None, "charge_max": None}, {"cost": amount, "charge": amount}
        )
    for _ in range(2):  # from the entries, then from the daily sums
        (row,) = await book.usage()
        assert row.cost == row.charge == Decimal("26999999.999999999997")
        await book.prune(TOMORROW)


async def test_pruning_keeps_every_sum_to_the_last_digit(book: Book) -> None:
    await write_all_sorts(book)
    before = await sums(book)
    assert await book.prune(NOON - 2 * DAY + timedelta(hours=11, minutes=59)) == 0  # no whole day before
    assert await book.prune(NOON) == 8
    assert await sums(book) == before
    assert await book.prune(TOMORROW) == 3
    assert await sums(book) == before
    assert [entry.hold.request_id for entry in await book.latest(100)] == ["req_open"]


async def test_a_row_that_comes_late_joins_the_sum_of_its_day(book: Book) -> None:
    await write_all_sorts(book)
    await book.prune(TOMORROW)
    await book.settle(make_settlement("req_open", cost=usd(7_000_000)))
    before = await sums(book)
    assert await book.prune(TOMORROW) == 1
    assert await sums(book) == before


async def test_two_processes_that_prune_at_once_count_nothing_twice(book: Book, database_url: str) -> None:
    requests = [f"req_{number}" for number in range(1200)]
    await asyncio.gather(*(write(book, request, {"model": f"m{len(request)}"}, {}) for request in requests))
    before = await sums(book)
    other = open_storage(database_url)
    pruned = await asyncio.gather(book.prune(TOMORROW), Book(other).prune(TOMORROW))
    await book.prune(TOMORROW)
    await other.close()
    assert sum(pruned) <= 1200
    assert await book.latest(1) == []
    assert await sums(book) == before


async def test_a_forgotten_key_is_nowhere_and_its_sums_stay(book: Book, storage: Storage) -> None:
    await write_all_sorts(book)
    await write(book, "req_tagged", {"tag": "secret project"}, {})
    await book.prune(NOON)
    totals = await book.usage([])
    assert await book.forget_key("key_1") == 2 + 1 + 4  # settled, open, daily sums
    assert await book.usage([]) == totals
    assert {row.key for row in await book.usage(["key"])} == {None, "key_2"}
    assert all(entry.hold.tag is None for entry in await book.latest(100))
    assert await book.forget_key("key_1") == 0
    found = await storage.read(_dump)
    assert "key_1" not in found
    assert "secret project" not in found


async def test_the_latest_come_first_and_one_keys_apart(book: Book) -> None:
    for number in range(10):
        at = NOON + timedelta(seconds=number % 5)
        await book.hold(make_hold(f"req_{number}", held_at=at, key_id=f"key_{number % 2}"))
    await book.settle(make_settlement("req_4"))
    found = await book.latest(4)
    assert [entry.hold.request_id for entry in found] == ["req_9", "req_4", "req_8", "req_3"]
    assert [entry.settlement is None for entry in found] == [True, False, True, True]
    assert [entry.hold.request_id for entry in await book.latest(100, "key_0")] == [
        f"req_{number}" for number in (4, 8, 2, 6, 0)
    ]
    assert await book.latest(5, "nobody") == []


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_list_of_none_is_no_list(book: Book, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit: found {limit}, expected at least 1"):
        await book.latest(limit)


async def test_an_index_serves_the_latest(book: Book, storage: Storage) -> None:
    def explain(connection: sa.Connection) -> str:
        order = "SELECT * FROM ledger_entries ORDER BY held_at DESC, id DESC LIMIT 10"
        if storage.kind == "postgresql":
            connection.execute(sa.text("SET enable_seqscan = off"))
            return str(connection.execute(sa.text(f"EXPLAIN {order}")).all())
        return str(connection.execute(sa.text(f"EXPLAIN QUERY PLAN {order}")).all())

    assert "ix_ledger_entries_held_at" in await storage.read(explain)


def _dump(connection: sa.Connection) -> str:
    tables = ("ledger_entries", "ledger_daily")
    return str([connection.execute(sa.text(f"SELECT * FROM {table}")).all() for table in tables])
