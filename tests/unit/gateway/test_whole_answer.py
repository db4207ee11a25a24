"""Whatever becomes of a call for a whole answer, its hold is settled once and telemetry hears of it once."""

import asyncio
from decimal import Decimal

import pytest

from fen.gateway import Reply
from fen.ledger import Entry
from fen.wire.answer import Stream, Whole
from fen.wire.errors import (
    BooksUnavailable,
    ErrorBody,
    Internal,
    NotFound,
    Unsupported,
    UpstreamFailed,
    UpstreamRejected,
)
from fen.wire.money import Money
from fen.wire.ports import Outbound
from fen.wire.usage import Usage
from tests.fakes.pipeline import RATES, Books, Desk, make_card, make_desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

USAGE = Usage(input=10, cached_input=20, output=5)
COST = Decimal("0.000022")  # (10 x 1 + 20 x 0.1 + 5 x 2) per million
ANSWER = Whole(b'{"choices":[],"x_unknown":1.10}', USAGE, ("odd",), 20)


def check(desk: Desk, entry: Entry, status: int, certainty: str, reason: str | None) -> None:
    """The books and the one record of telemetry say the same."""
    settlement = entry.settlement
    assert settlement is not None
    assert (settlement.status, settlement.certainty, settlement.reason) == (status, certainty, reason)
    [record] = desk.watcher.records
    assert (record.status, record.usage, record.request_id) == (
        status,
        settlement.usage,
        desk.watcher.started[0],
    )
    assert record.span == f"span of {record.request_id}"


async def test_answer_comes_back_as_it_was_with_its_price(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    reply = await desk.ask()
    entry = await desk.entry()
    assert reply.body is ANSWER.body
    assert dict(reply.headers) == {
        "x-fen-model": "puppet/model",
        "x-fen-request-id": entry.hold.request_id,
        "x-fen-cost": f"{COST} USD",
        "x-fen-attempts": "1",
        "x-fen-segments": "1",
    }
    check(desk, entry, 200, "exact", None)
    assert entry.settlement is not None
    assert entry.settlement.usage == USAGE
    assert entry.settlement.cost == entry.settlement.charge == Money(COST, "USD")
    assert entry.settlement.flags == ("odd",)
    assert desk.watcher.records[0].cost == Money(COST, "USD")


async def test_hold_is_written_before_the_call_and_bounds_its_cost(books: Books) -> None:
    gate = asyncio.Event()
    desk = make_desk(books, gate)
    call = asyncio.create_task(desk.ask(max_tokens=7, n=3))
    await desk.puppet.called.wait()
    hold = (await desk.entry()).hold
    call.cancel()
    await asyncio.wait([call])
    [outbound] = desk.puppet.asked
    assert outbound.model == hold.upstream_model == "its-own-name"
    assert outbound.traceparent == "00-1-2-01"
    assert hold.output_bound == 21
    assert hold.input_bound is not None
    assert hold.input_bound >= len(outbound.request.body)
    assert hold.cost_max == Money((hold.input_bound * 1 + 21 * 2) / Decimal(1_000_000), "USD")


async def test_answer_without_usage_is_settled_by_estimate(books: Books) -> None:
    desk = make_desk(books, Whole(b"{}", None, (), 41))
    reply = await desk.ask()
    entry = await desk.entry()
    check(desk, entry, 200, "estimated", "no_usage")
    assert entry.settlement is not None
    assert entry.settlement.usage == Usage(input=entry.hold.input_estimate, output=11)
    assert dict(reply.headers)["x-fen-cost"] == str(entry.settlement.cost)


async def test_estimate_stays_within_the_hold(books: Books) -> None:
    desk = make_desk(books, Whole(b"{}", None, (), 10_000))
    await desk.ask(max_tokens=9)
    entry = await desk.entry()
    assert entry.settlement is not None
    assert entry.settlement.usage.output == 9


@pytest.mark.parametrize("usage", [USAGE, Usage(input=1, audio_input=3)])
async def test_cost_that_is_not_known_is_not_zero(books: Books, usage: Usage) -> None:
    priced = RATES if usage.audio_input else None
    desk = make_desk(books, Whole(b"{}", usage), rates=priced)
    reply = await desk.ask()
    entry = await desk.entry()
    assert dict(reply.headers)["x-fen-cost"] == "unknown"
    assert entry.settlement is not None
    assert entry.settlement.cost is entry.settlement.charge is None
    assert (entry.hold.cost_max is None) is (priced is None)


ERRORS = [
    UpstreamFailed("broke"),
    UpstreamRejected(422, ErrorBody("no", "invalid_request_error", "messages", "odd"), "3"),
]


@pytest.mark.parametrize("error", ERRORS)
async def test_upstream_error_costs_nothing(books: Books, error: UpstreamFailed) -> None:
    desk = make_desk(books, error)
    with pytest.raises(UpstreamFailed) as caught:
        await desk.ask()
    entry = await desk.entry()
    assert caught.value is error
    assert error.request_id == entry.hold.request_id
    check(desk, entry, error.status, "exact", error.code)
    assert entry.settlement is not None
    assert entry.settlement.usage == Usage()
    assert entry.settlement.cost == entry.settlement.charge == Money(Decimal(0), "USD")
    assert desk.watcher.records[0].error == error.code


async def test_fault_of_fens_own_costs_nothing_and_names_the_request(books: Books) -> None:
    desk = make_desk(books, RuntimeError("a bug"))
    with pytest.raises(Internal) as caught:
        await desk.ask()
    entry = await desk.entry()
    check(desk, entry, 500, "exact", "internal_error")
    assert "a bug" not in caught.value.message
    assert entry.hold.request_id in caught.value.message


async def test_client_that_leaves_before_the_answer_pays_for_its_input(books: Books) -> None:
    desk = make_desk(books, asyncio.Event())
    call = asyncio.create_task(desk.ask())
    await desk.puppet.called.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    check(desk, entry, 499, "estimated", "disconnected")
    assert entry.settlement is not None
    assert entry.settlement.usage == Usage(input=entry.hold.input_estimate)


async def test_client_that_leaves_while_its_answer_is_settled_pays_what_it_used(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    call = asyncio.create_task(_with_closed_gate(desk))
    await desk.book.waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    check(desk, entry, 200, "exact", None)
    assert entry.settlement is not None
    assert entry.settlement.usage == USAGE


async def _with_closed_gate(desk: Desk) -> Reply:
    send = desk.puppet.send

    async def send_and_close(outbound: Outbound) -> Whole | Stream:
        desk.book.gate.clear()
        return await send(outbound)

    desk.puppet.send = send_and_close
    return await desk.ask()


async def test_client_that_leaves_during_the_hold_sends_and_pays_nothing(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    desk.book.gate.clear()
    call = asyncio.create_task(desk.ask())
    await desk.book.waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    assert desk.puppet.asked == []
    check(desk, entry, 499, "exact", "disconnected")
    assert entry.settlement is not None
    assert entry.settlement.cost == Money(Decimal(0), "USD")


async def test_without_books_nothing_is_sent(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    desk.book.away = True
    with pytest.raises(BooksUnavailable):
        await desk.ask()
    assert await desk.entries() == []
    assert desk.puppet.asked == []
    assert [record.status for record in desk.watcher.records] == [503]


async def test_books_that_go_away_leave_the_hold_open(books: Books) -> None:
    gate = asyncio.Event()
    desk = make_desk(books, ANSWER)
    desk.puppet._answer = gate
    call = asyncio.create_task(desk.ask())
    await desk.puppet.called.wait()
    desk.book.away = True
    desk.puppet._answer = ANSWER
    gate.set()
    with pytest.raises(BooksUnavailable) as caught:
        await call
    entry = await desk.entry()
    assert entry.settlement is None  # what was used is not forgotten: a recovery settles it
    assert caught.value.request_id == entry.hold.request_id
    assert [record.status for record in desk.watcher.records] == [503]


async def test_error_is_told_even_where_the_books_have_gone_away(books: Books) -> None:
    gate = asyncio.Event()
    desk = make_desk(books, ANSWER)
    desk.puppet._answer = gate
    call = asyncio.create_task(desk.ask())
    await desk.puppet.called.wait()
    desk.book.away = True
    desk.puppet._answer = UpstreamFailed("broke")
    gate.set()
    with pytest.raises(UpstreamFailed, match="broke"):
        await call
    assert (await desk.entry()).settlement is None
    assert [record.status for record in desk.watcher.records] == [502]


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


async def test_what_cannot_be_served_is_neither_held_nor_sent(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    with pytest.raises(Unsupported):
        await desk.ask(messages=[{"role": "user", "content": [IMAGE]}])
    assert await desk.entries() == []
    with pytest.raises(NotFound):
        await desk.ask(model="puppet/other")
    assert await desk.entries() == []
    assert desk.puppet.asked == []
    assert [record.status for record in desk.watcher.records] == [400, 404]
    assert [record.model for record in desk.watcher.records] == [None, None]


async def test_embeddings_are_held_and_settled_by_their_input(books: Books) -> None:
    desk = make_desk(books, Whole(b"{}", Usage(input=4)), card=make_card(abilities=None))
    reply = await desk.ask({"model": "puppet/model", "input": "a b"}, "openai.embeddings")
    entry = await desk.entry()
    assert entry.hold.output_bound == 0
    assert entry.hold.format == "openai.embeddings"
    assert dict(reply.headers)["x-fen-cost"] == "0.000004 USD"
    check(desk, entry, 200, "exact", None)
