"""What routes decided: the log, the sums of what that saved, and what stays of a key that is forgotten."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fen.ledger import Expected, RouteBook, Routed
from fen.storage import Storage
from fen.wire.money import Money

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def make_routed(request: str = "req_1", **changes: Any) -> Routed:
    told: dict[str, Any] = {
        "request_id": request,
        "at": NOON,
        "key_id": "key_a",
        "tag": "mail",
        "route": "fen/auto",
        "chosen": "a/small",
        "model": "a/small",
        "reason": "target",
        "propensity": 0.97,
        "p": 0.8,
        "familiar": True,
        "artefact": "art_1",
        "escalated": None,
        "cost": usd("0.000000000001"),
        "reference": "a/large",
        "reference_cost": usd("0.02"),
        "expected": (Expected("a/small", 0.8, Decimal("0.001")), Expected("b/free", 0.5)),
    }
    return Routed(**(told | changes))


async def flush(storage: Storage) -> None:
    """Wait until what was posted is written: operations run in the order in which they came."""
    await storage.writer.run(lambda _: None)


async def test_a_decision_comes_back_as_it_was(storage: Storage) -> None:
    book = RouteBook(storage)
    routed = make_routed()
    book.note(routed)
    await flush(storage)
    assert await book.find("req_1") == routed
    assert await book.find("req_2") is None
    assert [one async for one in book.read()] == [routed]


async def test_savings_are_exact_and_a_request_counts_once(storage: Storage) -> None:
    book = RouteBook(storage)
    for _ in range(2):
        book.note(make_routed())
    book.note(make_routed("req_2", cost=usd("0.015")))
    book.note(make_routed("req_3", reference_cost=None))
    book.note(make_routed("req_4", reference_cost=Money(Decimal(1), "CNY")))
    await flush(storage)
    other, known = await book.savings()
    assert (other.currency, known.currency) == (None, "USD")
    assert (known.requests, known.compared) == (2, 2)
    assert known.cost == Decimal("0.015000000001")
    assert known.reference_cost == Decimal("0.04")
    assert known.saved == Decimal("0.024999999999")
    assert (other.requests, other.compared, other.cost) == (2, 0, 0)


async def test_large_sums_stay_exact(storage: Storage) -> None:
    book = RouteBook(storage)
    for number in range(12):
        book.note(
            make_routed(f"req_{number}", cost=usd("9000000"), reference_cost=usd("9000000.000000000001"))
        )
    await flush(storage)
    (row,) = await book.savings()
    assert row.cost == Decimal(9_000_000) * 12
    assert row.saved == Decimal("0.000000000012")


async def test_pages_leave_nothing_out(storage: Storage) -> None:
    book = RouteBook(storage)
    for number in range(25):
        book.note(make_routed(f"req_{number:03}", at=NOON + timedelta(microseconds=number // 5)))
    await flush(storage)
    ids = [one.request_id async for one in book.read()]
    assert ids == sorted(ids)
    assert len(ids) == 25
    late = [one.request_id async for one in book.read(NOON + timedelta(microseconds=4))]
    assert late == ids[20:]
    early = [one.request_id async for one in book.read(None, NOON + timedelta(microseconds=1))]
    assert early == ids[:5]


async def test_the_sums_outlive_the_log_and_the_key(storage: Storage) -> None:
    book = RouteBook(storage)
    book.note(make_routed())
    book.note(make_routed("req_2", at=NOON + timedelta(days=1), key_id="key_b"))
    await flush(storage)
    before = await book.savings(by=("route",))
    assert await book.forget_key("key_a") == 2
    found = await book.find("req_1")
    assert found is not None
    assert (found.key_id, found.tag) == (None, None)
    assert await book.prune(NOON + timedelta(days=1)) == 1
    assert await book.find("req_1") is None
    assert await book.savings(by=("route",)) == before
    assert [row.key for row in await book.savings(by=("key",))] == [None, "key_b"]
    assert [row.requests for row in await book.savings(since=NOON + timedelta(hours=12))] == [1]
