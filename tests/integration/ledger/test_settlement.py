import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from fen.ledger import Book, Entry
from fen.storage import Storage
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import make_hold, make_settlement, usd


async def find_one(book: Book, request: str = "req_1") -> Entry:
    (entry,) = await book.find(request)
    return entry


async def test_a_hold_and_its_settlement_come_back_as_they_were(book: Book) -> None:
    hold, settlement = make_hold(tag="eval:一"), make_settlement(flags=("total_not_sum", "negative"))
    await book.hold(hold)
    assert await find_one(book) == Entry(hold, 0, None)
    assert await book.settle(settlement)
    assert await find_one(book) == Entry(hold, 0, settlement)


async def test_a_second_hold_of_an_id_changes_nothing(book: Book) -> None:
    await book.hold(make_hold())
    await book.hold(make_hold(model="large", cost_max=usd(5)))
    assert (await find_one(book)).hold == make_hold()
    await book.settle(make_settlement())
    await book.hold(make_hold())
    assert (await find_one(book)).settlement == make_settlement()


async def test_the_first_settlement_stands(book: Book) -> None:
    await book.hold(make_hold())
    assert await book.settle(make_settlement())
    assert not await book.settle(make_settlement(cost=usd(0), status=500))
    assert not await book.release("req_1-1", "late", 502)
    assert (await find_one(book)).settlement == make_settlement()


async def test_of_many_that_settle_at_once_one_wins(book: Book) -> None:
    await book.hold(make_hold())
    rivals = [make_settlement(duration_ms=number) for number in range(40)]
    ends = [book.settle(rival) for rival in rivals]
    ends[20:20] = [book.release("req_1-1", "upstream_failed", 502) for _ in range(3)]
    assert sorted(await asyncio.gather(*ends)) == [False] * 42 + [True]
    assert [row.requests for row in await book.usage()] == [1]


async def test_two_processes_that_settle_at_once_settle_once(
    book: Book, storage: Storage, database_url: str
) -> None:
    from fen.storage import open_storage

    second_storage = open_storage(database_url)
    second = Book(second_storage)
    requests = [f"req_{number}" for number in range(100)]
    await asyncio.gather(*(book.hold(make_hold(request)) for request in requests))
    won = await asyncio.gather(
        *(each.settle(make_settlement(request)) for request in requests for each in (book, second))
    )
    await second_storage.close()
    assert sum(won) == 100
    assert [row.requests for row in await book.usage()] == [100]


async def test_a_release_costs_nothing_exactly(book: Book) -> None:
    await book.hold(make_hold())
    assert await book.release("req_1-1", "upstream_failed", 502)
    settled = (await find_one(book)).settlement
    assert settled is not None
    assert settled.cost == settled.charge == usd(0)
    assert (settled.usage, settled.certainty, settled.status) == (Usage(), "exact", 502)
    assert settled.reason == "upstream_failed"
    assert settled.duration_ms >= 0


async def test_a_release_without_a_price_is_of_no_currency(book: Book) -> None:
    await book.hold(make_hold(prices=None, cost_max=None, charge_max=None))
    await book.release("req_1-1", "upstream_failed", 502)
    settled = (await find_one(book)).settlement
    assert settled is not None
    assert settled.cost is None


@pytest.mark.parametrize(
    ("cost", "charge", "flags"),
    [
        ("0.00045", "0.00045", ("odd",)),
        ("0.000450000001", "0.00045", ("odd", "over_hold")),
        ("0.00045", "0.000450000001", ("odd", "over_hold")),
    ],
)
@pytest.mark.parametrize("reservations", [None, ()])
async def test_what_passes_its_hold_is_flagged_and_kept(
    book: Book, cost: str, charge: str, flags: tuple[str, ...], reservations: tuple[()] | None
) -> None:
    await book.hold(make_hold())
    told = make_settlement(cost=usd(cost), charge=usd(charge), flags=("odd",), reservations=reservations)
    await book.settle(told)
    settled = (await find_one(book)).settlement
    assert settled is not None
    assert settled.flags == flags
    assert settled.cost == usd(cost)


@pytest.mark.parametrize("reservations", [None, ()])
async def test_without_a_worst_case_nothing_passes_it(book: Book, reservations: tuple[()] | None) -> None:
    await book.hold(make_hold(cost_max=None, charge_max=None))
    await book.settle(make_settlement(cost=usd(1000), reservations=reservations))
    assert (await find_one(book)).settlement == make_settlement(cost=usd(1000))


async def test_another_currency_is_refused_and_the_hold_stays_open(book: Book) -> None:
    await book.hold(make_hold())
    yuan = Money(Decimal(1), "CNY")
    with pytest.raises(ValueError, match="found a cost in CNY and a charge in USD, expected USD and USD"):
        await book.settle(make_settlement(cost=yuan))
    with pytest.raises(ValueError, match="found a cost in USD and a charge in CNY, expected USD and USD"):
        await book.settle(make_settlement(charge=yuan))
    assert (await find_one(book)).settlement is None
    assert await book.settle(make_settlement())


async def test_a_settlement_brings_the_currency_that_its_hold_did_not_know(book: Book) -> None:
    await book.hold(make_hold(prices=None, cost_max=None, charge_max=None))
    settlement = make_settlement(cost=Money(Decimal(1), "CNY"), charge=usd(2))
    await book.settle(settlement)
    assert (await find_one(book)).settlement == settlement


async def test_a_settlement_follows_its_hold(book: Book) -> None:
    with pytest.raises(LookupError, match="found no hold 'req_9-1', expected one"):
        await book.settle(make_settlement("req_9"))
    with pytest.raises(LookupError, match="found no hold"):
        await book.release("req_9-1", "late", 502)


async def test_a_checkpoint_never_falls_and_ends_with_the_settlement(book: Book) -> None:
    await book.hold(make_hold())
    for tokens in (5, 30, 20, 30, 0):
        book.checkpoint("req_1-1", tokens)
    book.checkpoint("req_9-1", 5)  # of a hold that is not there
    await book.settle(make_settlement())
    book.checkpoint("req_1-1", 400)
    await book.hold(make_hold("req_2"))  # what was posted before is written with it
    assert (await find_one(book)).checkpoint == 30


async def test_an_upstreams_absurd_report_is_settled_and_flagged(book: Book) -> None:
    await book.hold(make_hold())
    await book.settle(
        make_settlement(usage=Usage(input=2**70, output=10**12 + 1), cost=usd("1e25"), reason="a\0b")
    )
    settled = (await find_one(book)).settlement
    assert settled is not None
    assert settled.usage == Usage(input=10**12, output=10**12)
    assert settled.flags == ("over_limit", "over_hold")
    assert settled.reason == "a?b"


async def test_one_bad_settlement_harms_no_other(book: Book) -> None:
    requests = [f"req_{number}" for number in range(30)]
    await asyncio.gather(*(book.hold(make_hold(request)) for request in requests))
    good = [book.settle(make_settlement(request)) for request in requests]
    bad = make_settlement("req_3", usage=Usage(input=-1))
    ends = await asyncio.gather(*good[:10], book.settle(bad), *good[10:], return_exceptions=True)
    assert isinstance(ends.pop(10), ValueError)
    assert ends == [True] * 30


async def test_the_attempts_of_a_request_are_found_in_their_order_and_nobody_elses(book: Book) -> None:
    for number in (2, 1, 3):
        await book.hold(make_hold("req_1", id=f"req_1-{number}"))
    for other in ("req_10", "req_", "req_1.5", "req_1-1"):
        await book.hold(make_hold(other, id=f"{other}:1"))
    assert [entry.hold.id for entry in await book.find("req_1")] == ["req_1-1", "req_1-2", "req_1-3"]


@pytest.mark.parametrize("request_id", ["", "req_9", "a\0b", "a\ud800", "'; DROP TABLE keys; --", "%"])
async def test_a_request_that_is_not_there_is_not_found(book: Book, request_id: str) -> None:
    await book.hold(make_hold())
    assert await book.find(request_id) == []


async def test_a_hold_without_a_currency_keeps_its_charge_at_nothing_known(book: Book) -> None:
    hold = make_hold(prices=None, cost_max=None, charge_max=None)
    await book.hold(hold)
    unpriced = replace(make_settlement(), cost=None, charge=None)
    await book.settle(unpriced)
    assert await find_one(book) == Entry(hold, 0, unpriced)
