"""Calls on a budget, through the whole pipeline: what each end of a call leaves of it."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest

from fen.accounts import Key, make_caps, parse_budget
from fen.accounts.tier import Tier
from fen.gateway import Caller, Reply
from fen.ledger import Room
from fen.wire.answer import Whole
from fen.wire.errors import BudgetExceeded, UpstreamFailed
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.books import NOON, usd
from tests.fakes.pipeline import Books, Desk, finish, make_desk, read, report, text

USAGE = Usage(input=10, output=5)  # 20e-6 USD at the puppet's prices
WHOLE = Whole(b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Deep."}}]}', USAGE)


pytestmark = pytest.mark.asyncio(loop_scope="session")
_numbers = count()


def make_key(limit: str | None = None) -> Key:
    """A key that no other test spends the budget of."""
    key_id = f"key_budgeted_{next(_numbers)}"
    budgets = () if limit is None else (parse_budget(limit, "key", key_id),)
    return Key(key_id, key_id, NOON, budgets=budgets)


async def ask(desk: Desk, key: Key, **members: Any) -> Reply:
    chat = {"model": "puppet/model", "messages": [{"role": "user", "content": "How deep is the sea?"}]}
    request = parse_request("openai.chat", msgspec.json.encode(chat | members))
    return await desk.pipeline.answer(request, Caller(key=key))


async def look(desk: Desk, key: Key) -> Room:
    await desk.book._storage.check()
    [room] = await desk.book.rooms(make_caps(key.budgets, datetime.now(UTC)))
    return room


async def test_an_answer_costs_its_budget_what_it_came_to(books: Books) -> None:
    desk, key = make_desk(books, WHOLE), make_key("1USD/day")
    reply = await ask(desk, key)
    assert "x-fen-max-tokens" not in dict(reply.headers)
    room = await look(desk, key)
    assert (room.held, room.spent) == (usd(0), usd("0.00002"))


async def test_the_mark_up_counts_and_the_cost_stays_the_vendors(books: Books) -> None:
    tier = Tier("api", markup=Decimal("1.5"))
    desk, key = make_desk(books, WHOLE, tiers={"api": tier}), make_key("1USD/day")
    await ask(desk, key)
    settlement = (await desk.entry()).settlement
    assert settlement is not None
    assert (settlement.cost, settlement.charge) == (usd("0.00002"), usd("0.00003"))
    assert (await look(desk, key)).spent == usd("0.00003")


async def test_an_answer_that_was_cut_says_so(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    bound = (await ask(desk, make_key()), await desk.entry())[1].hold.input_bound
    assert bound is not None
    key = make_key(f"{usd(bound + 2 * 40).amount / 1_000_000:f}USD")
    desk = make_desk(books, WHOLE)
    reply = await ask(desk, key)
    assert dict(reply.headers)["x-fen-max-tokens"] == "40"
    [sent] = desk.puppet.asked
    assert msgspec.json.decode(sent.request.to_bytes())["max_tokens"] == 40


async def test_a_spent_budget_asks_no_upstream(books: Books) -> None:
    desk, key = make_desk(books, WHOLE), make_key("0.000001USD/day")
    with pytest.raises(BudgetExceeded, match=r"found 0\.000001 USD left of 0\.000001 USD"):
        await ask(desk, key)
    assert desk.puppet.asked == []
    assert await desk.entries() == []


async def test_a_bill_above_its_hold_is_charged_as_the_hold(books: Books) -> None:
    desk = make_desk(books, Whole(WHOLE.body, Usage(input=10, output=1_000_000)))
    key = make_key("1USD/day")
    await ask(desk, key)
    entry = await desk.entry()
    assert entry.settlement is not None
    assert "over_hold" in entry.settlement.flags
    assert (entry.settlement.cost, entry.settlement.charge) == (usd("2.00001"), entry.hold.charge_max)
    assert (await look(desk, key)).spent == entry.hold.charge_max


async def test_an_upstreams_error_gives_everything_back(books: Books) -> None:
    desk, key = make_desk(books, UpstreamFailed("it broke")), make_key("1USD/day")
    with pytest.raises(UpstreamFailed):
        await ask(desk, key)
    room = await look(desk, key)
    assert (room.held, room.spent) == (usd(0), usd(0))


async def test_an_aborted_stream_is_charged_for_what_was_produced(books: Books) -> None:
    desk, key = (
        make_desk(books, [text("Deep" * 4), text("er" * 8), finish(), report(USAGE)]),
        make_key("1USD"),
    )
    reply = await ask(desk, key, stream=True)
    assert reply.rest is not None
    await reply.rest.aclose()
    room, entry = await look(desk, key), await desk.entry()
    assert entry.settlement is not None
    assert (entry.settlement.certainty, entry.settlement.reason) == ("estimated", "disconnected")
    assert room.held == usd(0)
    assert entry.settlement.charge == room.spent
    assert usd(0) < room.spent < usd("0.0002")


async def test_a_whole_stream_is_charged_as_it_was_reported(books: Books) -> None:
    desk, key = make_desk(books, [text("Deep."), finish(), report(USAGE)]), make_key("1USD")
    await read(await ask(desk, key, stream=True))
    room = await look(desk, key)
    assert (room.held, room.spent) == (usd(0), usd("0.00002"))
