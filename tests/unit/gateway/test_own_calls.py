"""Calls that this process makes for itself: within a budget of their own, single, pinned, and witnessed."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest

from fen.accounts import Budget
from fen.accounts.tier import Tier
from fen.gateway import Caller, Reply
from fen.gateway.call import Handling
from fen.gateway.quote import quote
from fen.ledger import Reservation, Room, Settlement
from fen.storage import Cursor
from fen.wire.answer import Whole
from fen.wire.errors import (
    BooksUnavailable,
    BudgetBusy,
    BudgetExceeded,
    ContextLengthExceeded,
    InvalidRequest,
    UpstreamFailed,
)
from fen.wire.request import Request, parse_request
from fen.wire.usage import Usage
from tests.fakes.books import make_hold, usd
from tests.fakes.pipeline import Books, Desk, make_desk, read, report, text

USAGE = Usage(input=10, output=5)  # 20e-6 USD at the puppet's prices
WHOLE = Whole(b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Deep."}}]}', USAGE)

pytestmark = pytest.mark.asyncio(loop_scope="session")
_numbers = count()


def make_budget(limit: str) -> Budget:
    return Budget("run", f"run_own_{next(_numbers)}", usd(limit), "total")


def make_request(**members: Any) -> Request:
    chat = {"model": "puppet/model", "messages": [{"role": "user", "content": "How deep is the sea?"}]}
    return parse_request("openai.chat", msgspec.json.encode(chat | members))


async def ask(desk: Desk, caller: Caller, **members: Any) -> Reply:
    return await desk.pipeline.answer(make_request(**members), caller)


async def look(desk: Desk, budget: Budget) -> Room:
    await desk.book._storage.check()
    [room] = await desk.book.rooms([budget.cap(0)])
    return room


def sent_limit(desk: Desk) -> int:
    return msgspec.json.decode(desk.puppet.asked[-1].request.to_bytes())["max_tokens"]


async def test_a_call_counts_towards_its_callers_budget(books: Books) -> None:
    desk, budget = make_desk(books, WHOLE), make_budget("1")
    await ask(desk, Caller(inside=True, budgets=(budget,)))
    assert budget.cap_id.startswith("run:run_own_")
    assert budget.cap_id.endswith("/total/USD")
    room = await look(desk, budget)
    assert (room.held, room.spent) == (usd(0), usd("0.00002"))


async def test_such_a_call_is_never_cut(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    found = quote(make_request(max_tokens=90), Caller(inside=True), desk.parts)
    assert found.worst is not None
    assert found.output_bound == 90
    enough = make_budget(f"{found.worst.amount:f}")
    await ask(desk, Caller(inside=True, budgets=(enough,)), max_tokens=90)
    assert (await desk.entry()).hold.cost_max == found.worst
    short = make_budget(f"{found.worst.amount - Decimal('0.000001'):f}")
    with pytest.raises(BudgetExceeded):
        await ask(desk, Caller(inside=True, budgets=(short,)), max_tokens=90)
    assert len(desk.puppet.asked) == 1
    assert sent_limit(desk) == 90


async def test_it_waits_for_room_and_is_then_told_to_come_again(books: Books) -> None:
    desk, budget = make_desk(books, WHOLE, tiers={"api": Tier("api", hold_wait=0.01)}), make_budget("0.01")
    taken = Reservation(budget.cap_id, 0, budget.limit.amount)
    everything = {"cost_max": budget.limit, "charge_max": budget.limit, "reservations": (taken,)}
    hold = make_hold(f"req_own_{next(_numbers)}", **everything)
    assert await desk.book.reserve(hold, (budget.cap(0),)) == ()
    with pytest.raises(BudgetBusy):
        await ask(desk, Caller(inside=True, budgets=(budget,)))
    await desk.book.release(hold.id, "gone", 499)
    await ask(desk, Caller(inside=True, budgets=(budget,)))
    assert len(desk.puppet.asked) == 1


async def test_a_mark_up_is_not_what_such_a_budget_counts(books: Books) -> None:
    budget = make_budget("1")
    desk = make_desk(books, WHOLE, tiers={"api": Tier("api", markup=Decimal("0.5"))})
    await ask(desk, Caller(inside=True, budgets=(budget,)))
    assert (await look(desk, budget)).spent == usd("0.00002")


async def test_what_a_vendor_may_bill_is_counted_though_the_answer_was_lost(books: Books) -> None:
    budget = make_budget("1")
    desk = make_desk(books, [text("deep " * 20), UpstreamFailed("broke")])
    told = await read(await ask(desk, Caller(inside=True, budgets=(budget,)), stream=True))
    assert "error" in told[-1]
    settlement = (await desk.entry()).settlement
    assert settlement is not None
    assert settlement.cost == settlement.charge
    assert (await look(desk, budget)).spent == settlement.cost != usd(0)


async def test_without_a_price_there_is_no_keeping_to_it(books: Books) -> None:
    desk = make_desk(books, WHOLE, rates=None)
    with pytest.raises(InvalidRequest, match="found no known price"):
        await ask(desk, Caller(inside=True, budgets=(make_budget("1"),)))
    assert desk.puppet.asked == []


async def test_a_single_call_is_cut_where_the_model_ends(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    await ask(desk, Caller(inside=True, single=True), max_tokens=500)
    assert sent_limit(desk) == 100
    tool = {"type": "function", "function": {"name": "f"}}
    with pytest.raises(ContextLengthExceeded):
        await ask(desk, Caller(inside=True), max_tokens=500, tools=[tool])


async def test_a_pinned_call_has_no_other_candidate(books: Books) -> None:
    handlings = {"puppet/model": Handling(fallbacks=("puppet/model",))}
    desk = make_desk(books, UpstreamFailed("broke"), handlings=handlings)
    with pytest.raises(UpstreamFailed):
        await ask(desk, Caller(inside=True, pinned=True))
    assert len(desk.puppet.asked) == 1
    with pytest.raises(UpstreamFailed):
        await ask(desk, Caller(inside=True))
    assert len(desk.puppet.asked) == 3


class Note:
    """A witness that writes a row beside the settlement."""

    def __init__(self, fails: bool = False) -> None:
        self.seen: list[tuple[Whole, Settlement]] = []
        self.fails = fails
        self.id = f"note_{next(_numbers)}"

    def __call__(self, answer: Whole, settlement: Settlement) -> Callable[[Cursor], object]:
        self.seen.append((answer, settlement))
        return self.write

    def write(self, cursor: Cursor) -> None:
        row = (self.id, "run", 1, b"", b"")
        cursor.execute("INSERT OR IGNORE INTO eval_responses VALUES (?, ?, ?, ?, ?)", row)
        if self.fails:
            raise BooksUnavailable("no room")

    def count(self, cursor: Cursor) -> int:
        cursor.execute("SELECT count(*) FROM eval_responses WHERE id = ?", (self.id,))
        return cursor.fetchone()[0]


async def test_a_witness_writes_in_the_settlements_transaction(books: Books) -> None:
    desk, note = make_desk(books, WHOLE), Note()
    reply = await ask(desk, Caller(inside=True, single=True, witness=note))
    [(answer, settlement)] = note.seen
    assert answer.body == reply.body
    entry = await desk.entry()
    assert entry.settlement is not None
    assert (settlement.id, settlement.usage) == (entry.hold.id, entry.settlement.usage)
    assert await books.storage.writer.run(note.count) == 1


async def test_neither_is_written_without_the_other(books: Books) -> None:
    desk, note = make_desk(books, WHOLE), Note(fails=True)
    with pytest.raises(BooksUnavailable):
        await ask(desk, Caller(inside=True, single=True, witness=note))
    assert (await desk.entry()).settlement is None
    assert await books.storage.writer.run(note.count) == 0


@pytest.mark.parametrize("members", [{"stream": True}, {"max_tokens": 50}])
async def test_a_witness_sees_no_answer_that_may_still_change(books: Books, members: dict[str, Any]) -> None:
    stream, note = "stream" in members, Note()
    desk = make_desk(books, [text("Deep."), report(USAGE)] if stream else WHOLE)
    reply = await ask(desk, Caller(inside=True, single=stream, witness=note), **members)
    if stream:
        await read(reply)
    assert note.seen == []
