"""Whatever calls, crashes and recoveries do in whatever order: money is neither lost nor made."""

import asyncio
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from fen.ledger import Book, claim_replica
from fen.storage import open_storage
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import NOON, PRICES, make_hold, make_settlement
from tests.sizes import pick

COST = st.decimals(min_value=0, max_value=Decimal("0.01"), places=12)
TOKENS = st.integers(0, 600)


class Books(RuleBasedStateMachine):
    """One database, a process that may crash at any moment, and what an honest clerk would remember."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="fen-books-")
        self.home = Path(self.folder.name)
        self.storage = open_storage(f"sqlite:///{self.home}/fen.db")
        self.open: dict[str, int] = {}  # by id, the highest checkpoint
        self.bounds: dict[str, tuple[int, int]] = {}
        self.settled: dict[str, Money | None] = {}
        self.crashed: set[str] = set()
        self.count = 0

    @initialize()
    def start(self) -> None:
        self.replica = claim_replica(self.home)
        self.book = Book(self.storage, self.replica)
        assert self.run(self.book.recover()) == 0

    @rule(target=holds, tokens=TOKENS, bound=TOKENS, key=st.sampled_from(["key_1", "key_2", None]))
    def hold(self, tokens: int, bound: int, key: str | None) -> str:
        request = f"req_{self.count}"
        self.count += 1
        worst = Money(tokens * PRICES.per_million["input"] + bound * PRICES.per_million["output"], "USD")
        most = Money(worst.amount / 1_000_000, "USD")
        hold = make_hold(
            request,
            key_id=key,
            input_bound=tokens,
            input_estimate=tokens // 2,
            output_bound=bound,
            cost_max=most,
            charge_max=most,
            replica=self.replica.id,
        )
        self.run(self.book.hold(hold))
        self.run(self.book.hold(hold))  # a second time changes nothing
        self.open[hold.id] = 0
        self.bounds[hold.id] = (tokens, bound)
        return hold.id

    @rule(target=holds, count=st.integers(2, 5))
    def hold_several_at_once(self, count: int) -> object:
        return multiple(*[self.hold(100, 50, "key_1") for _ in range(count)])

    @rule(hold=holds, tokens=TOKENS)
    def checkpoint(self, hold: str, tokens: int) -> None:
        async def post() -> None:
            self.book.checkpoint(hold, tokens)
            await (
                self.storage.check()
            )  # nobody waits for a checkpoint; what is queued behind it is written later

        self.run(post())
        if hold in self.open:
            self.open[hold] = max(self.open[hold], tokens)

    @rule(hold=holds, cost=COST, tokens=TOKENS)
    def settle(self, hold: str, cost: Decimal, tokens: int) -> None:
        amount = Money(cost, "USD")
        settlement = make_settlement(id=hold, cost=amount, charge=amount, usage=Usage(output=tokens))
        assert self.run(self.book.settle(settlement)) == (hold in self.open)
        self.close_one(hold, amount)

    @rule(hold=holds)
    def release(self, hold: str) -> None:
        assert self.run(self.book.release(hold, "upstream_failed", 502)) == (hold in self.open)
        self.close_one(hold, Money(Decimal(0), "USD"))

    @rule(hold=holds, costs=st.lists(COST, min_size=2, max_size=4, unique=True))
    def settle_in_a_race(self, hold: str, costs: list[Decimal]) -> None:
        async def race() -> list[bool]:
            amounts = [Money(cost, "USD") for cost in costs]
            rivals = [make_settlement(id=hold, cost=amount, charge=amount) for amount in amounts]
            return await asyncio.gather(*(self.book.settle(rival) for rival in rivals))

        won = self.run(race())
        assert sum(won) == (hold in self.open)
        if any(won):
            self.close_one(hold, Money(costs[won.index(True)], "USD"))

    @rule()
    def crash_and_start_again(self) -> None:
        self.replica.abandon()  # all that a kill leaves: the file, and no lock on it
        self.replica = claim_replica(self.home)
        self.book = Book(self.storage, self.replica)
        assert self.run(self.book.recover()) == len(self.open)
        for hold in list(self.open):
            self.crashed.add(hold)
            self.settled[hold] = None
        self.open.clear()

    @rule()
    def prune_nothing_yet(self) -> None:
        assert self.run(self.book.prune(NOON)) == 0

    @invariant()
    def every_hold_is_open_or_settled_once(self) -> None:
        entries = self.run(self.book.latest(10_000)) if self.count else []
        states = Counter(entry.hold.id for entry in entries)
        assert set(states) == self.open.keys() | self.settled.keys()
        assert set(states.values()) <= {1}
        for entry in entries:
            hold, settlement = entry.hold.id, entry.settlement
            assert (settlement is None) == (hold in self.open)
            if settlement is None:
                assert entry.checkpoint == self.open[hold]
            elif hold in self.crashed:
                tokens, bound = self.bounds[hold]
                assert settlement.certainty == "estimated"
                assert settlement.reason == "crash"
                assert settlement.usage.output == min(entry.checkpoint, bound)
                assert settlement.usage.input <= tokens
                assert settlement.cost is not None
                assert entry.hold.cost_max is not None
                seen = settlement.usage.output * PRICES.per_million["output"] / 1_000_000
                assert seen <= settlement.cost.amount <= entry.hold.cost_max.amount
            else:
                assert settlement.cost == self.settled[hold]

    @invariant()
    def the_sums_are_those_of_the_rows(self) -> None:
        entries = self.run(self.book.latest(10_000)) if self.count else []
        costs = [entry.settlement.cost for entry in entries if entry.settlement is not None]
        total = sum((cost.amount for cost in costs if cost is not None), Decimal(0))
        rows = self.run(self.book.usage(["key"]))
        assert sum((row.cost or Decimal(0) for row in rows), Decimal(0)) == total
        assert sum(row.requests for row in rows) == len(self.settled)
        assert sum(row.estimated for row in rows) == len(self.crashed)

    def teardown(self) -> None:
        async def end() -> None:
            before = await self.book.usage(["key"])
            left = len(self.open)
            await self.book.close()
            assert sum(row.requests for row in await self.book.usage([])) == len(self.settled) + left
            if not left:
                await self.book.prune(NOON.replace(day=NOON.day + 1))
                assert await self.book.usage(["key"]) == before
            await self.storage.close()

        if hasattr(self, "book"):
            self.run(end())
        self.loop.close()
        self.folder.cleanup()

    def close_one(self, hold: str, amount: Money) -> None:
        if self.open.pop(hold, None) is not None:
            self.settled[hold] = amount

    def run(self, work):
        return self.loop.run_until_complete(work)


test_conservation = Books.TestCase
test_conservation.settings = settings(
    max_examples=pick(8, 400), stateful_step_count=pick(25, 60), deadline=None
)
