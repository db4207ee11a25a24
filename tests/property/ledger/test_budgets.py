"""Whatever calls, crashes and prunings do in whatever order: no cap is passed, none keeps what is free."""

import asyncio
import tempfile
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from fen.ledger import Book, Cap, Hold, Reservation, claim_replica
from fen.storage import open_storage
from fen.wire.money import Money
from tests.fakes.books import NOON, make_hold, make_settlement, usd
from tests.sizes import pick

LIMITS = (Decimal("0.01"), Decimal("0.02"), Decimal("0.035"))
CAPS = tuple(
    Cap(f"{name}/USD", window, usd(limit))
    for name, window, limit in zip(
        ("key:key_1/day", "team:red/month", "tier:api/total"), (20526, 20500, 0), LIMITS, strict=True
    )
)
AMOUNT = st.decimals(min_value=0, max_value=Decimal("0.012"), places=12)
SOME_CAPS = st.sets(st.sampled_from(CAPS), min_size=1).map(
    lambda found: tuple(sorted(found, key=lambda cap: cap.id))
)


class Budgets(RuleBasedStateMachine):
    """Caps, and what an honest clerk would remember of them."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="fen-budgets-")
        self.home = Path(self.folder.name)
        self.storage = open_storage(f"sqlite:///{self.home}/fen.db")
        self.open: dict[str, Hold] = {}
        self.spent: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.count = 0

    @initialize()
    def start(self) -> None:
        self.replica = claim_replica(self.home)
        self.book = Book(self.storage, self.replica)
        assert self.run(self.book.recover()) == 0

    @rule(target=holds, amount=AMOUNT, caps=SOME_CAPS)
    def reserve(self, amount: Decimal, caps: tuple[Cap, ...]) -> str:
        hold = self.make(amount, caps)
        fits = all(self.held(cap) + self.spent[cap.id] + amount <= cap.limit.amount for cap in caps)
        rooms = self.run(self.book.reserve(hold, caps))
        assert (rooms == ()) == fits
        if fits:
            self.open[hold.id] = hold
        return hold.id

    @rule(amounts=st.lists(AMOUNT, min_size=2, max_size=6), caps=SOME_CAPS)
    def reserve_several_at_once(self, amounts: list[Decimal], caps: tuple[Cap, ...]) -> None:
        made = [self.make(amount, caps) for amount in amounts]

        async def race() -> list[object]:
            return await asyncio.gather(*(self.book.reserve(hold, caps) for hold in made))

        for hold, rooms in zip(made, self.run(race()), strict=True):
            if rooms == ():
                self.open[hold.id] = hold

    @rule(hold=holds, part=st.integers(0, 3))
    def settle(self, hold: str, part: int) -> None:
        """At nothing, a half, all, or more than the hold."""
        known = self.open.get(hold)
        most = known.charge_max.amount if known is not None and known.charge_max is not None else Decimal(1)
        charge = usd(most * part / 2).quantized()
        settlement = make_settlement(id=hold, cost=charge, charge=charge)
        try:
            assert self.run(self.book.settle(settlement)) == (known is not None)
        except LookupError:
            assert known is None  # there was no room for it
        self.close_one(hold, min(charge.amount, most))

    @rule(hold=holds)
    def release(self, hold: str) -> None:
        try:
            assert self.run(self.book.release(hold, "upstream_failed", 502)) == (hold in self.open)
        except LookupError:
            assert hold not in self.open
        self.close_one(hold, Decimal(0))

    @rule()
    def crash_and_start_again(self) -> None:
        self.replica.abandon()
        self.replica = claim_replica(self.home)
        self.book = Book(self.storage, self.replica)
        assert self.run(self.book.recover()) == len(self.open)
        for hold in list(self.open):
            [entry] = self.run(self.book.find(hold.removesuffix("-1")))
            assert entry.settlement is not None
            assert entry.settlement.charge is not None
            self.close_one(hold, entry.settlement.charge.amount)

    @rule()
    def prune(self) -> None:
        self.run(self.book.prune(NOON + timedelta(days=1)))

    @invariant()
    def each_cap_says_what_the_clerk_remembers(self) -> None:
        if not hasattr(self, "book"):
            return
        for room in self.run(self.book.rooms(CAPS)):
            assert room.held == usd(self.held(room.cap))
            assert room.spent == usd(self.spent[room.cap.id])
            assert (room.held + room.spent).amount <= room.cap.limit.amount
        assert self.run(self.book.check()) == []

    def teardown(self) -> None:
        async def end() -> None:
            await self.book.close()
            assert all(room.held == usd(0) for room in await self.book.rooms(CAPS))
            await self.storage.close()

        if hasattr(self, "book"):
            self.run(end())
        self.loop.close()
        self.folder.cleanup()

    def make(self, amount: Decimal, caps: tuple[Cap, ...]) -> Hold:
        self.count += 1
        most = Money(amount, "USD")
        taken = tuple(Reservation(cap.id, cap.window, amount) for cap in caps)
        return make_hold(
            f"req_{self.count}", cost_max=most, charge_max=most, replica=self.replica.id, reservations=taken
        )

    def held(self, cap: Cap) -> Decimal:
        return sum(
            (each.amount for hold in self.open.values() for each in hold.reservations if each.cap == cap.id),
            Decimal(0),
        )

    def close_one(self, hold: str, charge: Decimal) -> None:
        known = self.open.pop(hold, None)
        if known is not None:
            for reservation in known.reservations:
                self.spent[reservation.cap] += charge

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)


test_budgets = Budgets.TestCase
test_budgets.settings = settings(max_examples=pick(8, 400), stateful_step_count=pick(25, 60), deadline=None)
