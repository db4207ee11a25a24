"""Caps: taken with a hold, spent by its settlement, free again by its release; on both databases."""

import asyncio
import logging
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fen.ledger import Book, Cap, Difference, Exchange, Hold, Reservation, claim_replica
from fen.storage import Storage, open_storage
from fen.wire.money import Money
from tests.fakes.books import NOON, make_hold, make_settlement, usd

DAY = 20526
ONE = Decimal("0.00045")  # a hold's worst charge
FX = Exchange("USD", "CNY", Decimal("7.1"), "the bank", date(2026, 3, 1))


def make_cap(limit: str, name: str = "key:key_1/day/USD", window: int = DAY, currency: str = "USD") -> Cap:
    return Cap(name, window, Money(Decimal(limit), currency))


def make_capped(request: str, *caps: Cap, **changes: Any) -> Hold:
    """A hold that takes 0.00045 USD of each cap, or what that is in its currency."""
    taken = [
        Reservation(cap.id, cap.window, ONE * FX.rate, FX)
        if cap.limit.currency == "CNY"
        else Reservation(cap.id, cap.window, ONE)
        for cap in caps
    ]
    return make_hold(request, reservations=tuple(taken), **changes)


async def look(book: Book, *caps: Cap) -> list[tuple[Decimal, Decimal]]:
    """What is held and spent of each."""
    return [(room.held.amount, room.spent.amount) for room in await book.rooms(caps)]


@pytest.mark.parametrize("known", [True, False])
async def test_a_hold_takes_of_every_cap_and_its_settlement_spends(book: Book, known: bool) -> None:
    key, team = make_cap("0.001"), make_cap("1", "team:red/total/USD", 0)
    hold = make_capped("req_1", key, team)
    assert await book.reserve(hold, (key, team)) == ()
    assert await look(book, key, team) == [(ONE, 0)] * 2
    [entry] = await book.find("req_1")
    assert entry.hold == hold
    settlement = make_settlement(reservations=hold.reservations if known else None)
    assert await book.settle(settlement)
    assert await look(book, key, team) == [(0, Decimal("0.00015"))] * 2
    assert not await book.settle(settlement)
    assert not await book.release("req_1-1", "late", 502)
    assert await look(book, key, team) == [(0, Decimal("0.00015"))] * 2
    assert await book.check() == []


async def test_one_cap_without_room_leaves_all_as_they_were(book: Book) -> None:
    wide, narrow = make_cap("1"), make_cap("0.0008", "team:red/total/USD", 0)
    assert await book.reserve(make_capped("req_1", wide, narrow), (wide, narrow)) == ()
    first, second = await book.reserve(make_capped("req_2", wide, narrow), (wide, narrow))
    assert (first.cap, second.cap) == (wide, narrow)
    assert (second.held, second.spent, second.unspent, second.left) == (
        usd(ONE),
        usd(0),
        usd("0.0008"),
        usd("0.00035"),
    )
    assert await look(book, wide, narrow) == [(ONE, 0)] * 2
    assert await book.find("req_2") == []
    assert await book.check() == []


async def test_a_release_gives_everything_back(book: Book) -> None:
    cap = make_cap("0.00045")
    assert await book.reserve(make_capped("req_1", cap), (cap,)) == ()
    assert await book.reserve(make_capped("req_2", cap), (cap,)) != ()
    assert await book.release("req_1-1", "upstream_failed", 502)
    assert await look(book, cap) == [(0, 0)]
    assert await book.reserve(make_capped("req_2", cap), (cap,)) == ()


async def test_a_cap_is_full_to_the_last_digit_and_not_beyond(book: Book) -> None:
    cap = make_cap("0.0009")
    for number in range(2):
        assert await book.reserve(make_capped(f"req_{number}", cap), (cap,)) == ()
    least = Reservation(cap.id, cap.window, Decimal("0.000000000001"))
    assert await book.reserve(make_hold("req_3", reservations=(least,)), (cap,)) != ()
    larger = make_cap("0.000900000001")
    assert await book.reserve(make_hold("req_3", reservations=(least,)), (larger,)) == ()


async def test_the_largest_amounts_fit_and_do_not_overflow(book: Book) -> None:
    cap = make_cap("9000000")
    most = Reservation(cap.id, cap.window, Decimal(9_000_000))
    assert await book.reserve(make_hold("req_1", reservations=(most,)), (cap,)) == ()
    assert await book.reserve(make_hold("req_2", reservations=(most,)), (cap,)) != ()
    lowered = make_cap("1")
    [room] = await book.reserve(make_capped("req_2", lowered), (lowered,))
    assert room.left.amount == -8_999_999


async def test_each_window_is_counted_apart(book: Book) -> None:
    today, tomorrow = make_cap("0.0005"), make_cap("0.0005", window=DAY + 1)
    assert await book.reserve(make_capped("req_1", today), (today,)) == ()
    assert await book.reserve(make_capped("req_2", tomorrow), (tomorrow,)) == ()
    assert await book.reserve(make_capped("req_3", tomorrow), (tomorrow,)) != ()


async def test_a_cap_in_another_currency_counts_by_the_holds_rate(book: Book) -> None:
    dollars, yuan = make_cap("1"), make_cap("1", "team:red/day/CNY", currency="CNY")
    hold = make_capped("req_1", dollars, yuan)
    assert await book.reserve(hold, (dollars, yuan)) == ()
    assert await look(book, dollars, yuan) == [(ONE, 0), (ONE * FX.rate, 0)]
    await book.settle(make_settlement())
    spent = Decimal("0.00015")
    assert await look(book, dollars, yuan) == [(0, spent), (0, spent * FX.rate)]
    [entry] = await book.find("req_1")
    assert entry.hold == hold
    assert await book.check() == []


@pytest.mark.parametrize("known", [True, False])
async def test_a_bill_above_its_hold_is_told_and_not_charged(
    book: Book, caplog: pytest.LogCaptureFixture, known: bool
) -> None:
    cap = make_cap("1")
    hold = make_capped("req_1", cap)
    await book.reserve(hold, (cap,))
    with caplog.at_level(logging.ERROR, "fen.ledger"):
        taken = hold.reservations if known else None
        await book.settle(make_settlement(cost=usd(5), charge=usd(5), reservations=taken))
    [entry] = await book.find("req_1")
    assert entry.settlement is not None
    assert (entry.settlement.cost, entry.settlement.charge) == (usd(5), usd(ONE))
    assert entry.settlement.flags == ("over_hold",)
    assert await look(book, cap) == [(0, ONE)]
    assert "above its hold" in caplog.text
    assert "req_1-1" in caplog.text
    assert await book.check() == []


@pytest.mark.parametrize("known", [True, False])
async def test_a_charge_that_nobody_knows_is_the_holds(book: Book, known: bool) -> None:
    cap = make_cap("1")
    hold = make_capped("req_1", cap)
    await book.reserve(hold, (cap,))
    taken = hold.reservations if known else None
    await book.settle(make_settlement(cost=None, charge=None, flags=("odd",), reservations=taken))
    [entry] = await book.find("req_1")
    assert entry.settlement is not None
    assert (entry.settlement.cost, entry.settlement.charge) == (None, usd(ONE))
    assert entry.settlement.flags == ("odd", "charged_hold")
    assert await look(book, cap) == [(0, ONE)]
    await book.hold(make_hold("req_2"))  # without a cap it stays unknown
    await book.settle(make_settlement("req_2", cost=None, charge=None))
    [entry] = await book.find("req_2")
    assert entry.settlement is not None
    assert (entry.settlement.charge, entry.settlement.flags) == (None, ())


async def test_a_second_reservation_of_an_id_changes_nothing(book: Book) -> None:
    """As after a commit of which a broken connection told nothing."""
    cap = make_cap("0.0006")
    hold = make_capped("req_1", cap)
    for _ in range(3):  # the last ones find the cap filled, by themselves
        assert await book.reserve(hold, (cap,)) == ()
    assert await look(book, cap) == [(ONE, 0)]
    roomy = make_cap("1")
    assert await book.reserve(hold, (roomy,)) == ()
    assert await look(book, cap) == [(ONE, 0)]


async def test_reservations_belong_to_their_caps(book: Book) -> None:
    cap, other = make_cap("1"), make_cap("1", "team:red/total/USD", 0)
    for hold, caps in (
        (make_capped("req_1", cap), (other,)),
        (make_capped("req_1", cap), ()),
        (make_capped("req_1", cap, cap), (cap, cap)),
        (make_capped("req_1", cap, charge_max=None), (cap,)),
    ):
        with pytest.raises(ValueError, match="hold 'req_1-1': found"):
            await book.reserve(hold, caps)
    assert await book.find("req_1") == []


async def test_of_many_from_two_replicas_as_many_get_in_as_fit(book: Book, database_url: str) -> None:
    storage = open_storage(database_url)
    second = Book(storage)
    caps = [make_cap("0.0045", f"key:key_{number}/day/USD") for number in range(3)]
    asked = []
    for number in range(60):  # in every order, from both: what would wait for each other in a circle
        chosen = [caps[number % 3], caps[(number + 1 + number // 3 % 2) % 3]]
        each = (book, second)[number % 2]
        asked.append(each.reserve(make_capped(f"req_{number}", *chosen), chosen))
    async with asyncio.timeout(20):
        ends = await asyncio.gather(*asked)
    assert sum(end == () for end in ends) <= 15
    assert max(held for held, _ in await look(book, *caps)) == Decimal("0.0045")
    assert await book.check() == []
    await storage.close()


async def test_what_a_dead_replica_held_is_spent_by_estimate_or_free(
    book: Book, storage: Storage, fen_home: Path
) -> None:
    cap = make_cap("0.001")
    dead = claim_replica(fen_home)
    gone = Book(storage, dead)
    for request in ("req_1", "req_2"):
        assert await gone.reserve(make_capped(request, cap, replica=dead.id), (cap,)) == ()
    assert await book.reserve(make_capped("req_3", cap), (cap,)) != ()
    dead.abandon()
    assert await book.recover() == 2
    assert await look(book, cap) == [(0, Decimal("0.00024"))]  # the likely input of each, and no output
    assert await book.reserve(make_capped("req_3", cap), (cap,)) == ()
    assert await book.check() == []


async def test_pruning_leaves_the_windows_as_they_are(book: Book) -> None:
    cap, team = make_cap("1"), make_cap("9", "team:red/total/CNY", 0, "CNY")
    for number in range(3):
        await book.reserve(make_capped(f"req_{number}", cap, team), (cap, team))
    for number in range(2):
        await book.settle(make_settlement(f"req_{number}"))
    before = await look(book, cap, team)
    assert await book.prune(NOON + timedelta(days=2)) == 2
    assert await look(book, cap, team) == before
    assert await book.check() == []
    await book.settle(make_settlement("req_2"))
    assert await look(book, cap) == [(0, Decimal("0.00045"))]
    await book.prune(NOON + timedelta(days=2))
    assert await book.check() == []


async def test_forgetting_a_key_leaves_its_budgets_full(book: Book) -> None:
    cap, team = make_cap("1"), make_cap("1", "team:red/total/USD", 0)
    for number in range(3):
        await book.reserve(make_capped(f"req_{number}", cap, team), (cap, team))
    await book.settle(make_settlement("req_0"))
    await book.release("req_1-1", "upstream_failed", 502)
    assert await book.forget_key("key_1") == 3
    entries = await book.latest(10)
    assert {entry.hold.key_id for entry in entries} == {None}
    assert {tuple(each.cap for each in entry.hold.reservations) for entry in entries} == {(team.id,)}
    # One that is open counts in full for the key from now on; its team learns what it came to.
    assert await look(book, cap, team) == [(0, Decimal("0.0006")), (ONE, Decimal("0.00015"))]
    assert await book.check() == []
    await book.settle(make_settlement("req_2"))
    assert await look(book, cap, team) == [(0, Decimal("0.0006")), (0, Decimal("0.0003"))]
    assert await book.check() == []


async def test_a_check_finds_what_is_wrong(book: Book, storage: Storage) -> None:
    cap = make_cap("1")
    await book.reserve(make_capped("req_1", cap), (cap,))
    await storage.writer.run(lambda cursor: cursor.execute("UPDATE budget_windows SET held = 5, spent = 7"))
    assert await book.check() == [Difference(cap.id, DAY, 5, 7, 450_000_000, 0)]
    await storage.writer.run(lambda cursor: cursor.execute("DELETE FROM budget_windows"))
    assert await book.check() == [Difference(cap.id, DAY, 0, 0, 450_000_000, 0)]
