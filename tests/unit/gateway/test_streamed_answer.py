"""Whatever becomes of a stream, its hold is settled once, and no later than the client has all."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from fen.gateway import Reply, meter
from fen.wire.errors import BooksUnavailable, UpstreamFailed, UpstreamTimeout
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.pipeline import RATES, Books, Step, finish, make_desk, payloads, read, report, text
from tests.unit.gateway.test_whole_answer import check

pytestmark = pytest.mark.asyncio(loop_scope="session")

USAGE = Usage(input=10, cached_input=20, output=5)
COST = Decimal("0.000022")
ASKED = {"stream": True, "stream_options": {"include_usage": True}}
WHOLE: list[Step] = [text("Very "), text("deep."), finish(), report(USAGE, x_unknown=[1.5])]


async def test_stream_that_asked_for_usage_gets_the_final_figures(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    reply = await desk.ask(**ASKED)
    got = await read(reply)
    entry = await desk.entry()
    assert [chunk["choices"][0]["delta"] for chunk in got[:3]] == [
        {"content": "Very "},
        {"content": "deep."},
        {},
    ]
    assert got[3] == {
        "choices": [],
        "usage": {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35},
        "x_unknown": [1.5],
        "fen": {
            "request_id": entry.hold.request_id,
            "model": "puppet/model",
            "cost": str(COST),
            "currency": "USD",
            "certainty": "exact",
            "attempts": 1,
            "segments": 1,
        },
    }
    assert got[4:] == ["[DONE]"]
    told = dict(reply.headers)
    assert told["x-fen-cost-max"] == str(entry.hold.cost_max)
    assert "x-fen-cost" not in told
    check(desk, entry, 200, "exact", None)
    assert entry.settlement is not None
    assert entry.settlement.cost == entry.settlement.charge == Money(COST, "USD")
    assert entry.settlement.first_ms is not None
    assert desk.puppet.events.closed


@pytest.mark.parametrize("options", [None, {"include_usage": False}, {}])
async def test_stream_that_did_not_ask_gets_no_usage_and_is_settled_all_the_same(
    books: Books, options: object
) -> None:
    desk = make_desk(books, WHOLE)
    got = await read(await desk.ask(stream=True, stream_options=options))
    entry = await desk.entry()
    assert len(got) == 4
    assert got[-1] == "[DONE]"
    assert all("usage" not in chunk for chunk in got[:-1])
    check(desk, entry, 200, "exact", None)


async def test_last_report_counts_and_is_shown_once(books: Books) -> None:
    early = report(Usage(input=30, output=1), name="early")
    answer: list[Step] = [early, text("a"), finish(), early, report(USAGE, name="last")]
    desk = make_desk(books, answer)
    got = await read(await desk.ask(**ASKED))
    entry = await desk.entry()
    assert [chunk["name"] for chunk in got[:-1] if "usage" in chunk] == ["last"]
    assert entry.settlement is not None
    assert entry.settlement.usage == USAGE


async def test_usage_beside_text_is_read_and_told_again_at_the_end(books: Books) -> None:
    told = text("a", usage={"prompt_tokens": 30})
    answer: list[Step] = [replace(told, usage=USAGE), finish()]
    desk = make_desk(books, answer)
    got = await read(await desk.ask(**ASKED))
    entry = await desk.entry()
    assert got[0]["usage"] == {"prompt_tokens": 30}
    assert got[2]["usage"] == {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}
    assert got[2]["fen"]["certainty"] == "exact"
    check(desk, entry, 200, "exact", None)


async def test_stream_without_usage_is_settled_by_estimate_and_says_so(books: Books) -> None:
    desk = make_desk(books, [text("12345678"), text("1"), text("2"), text("3"), finish()])
    got = await read(await desk.ask(**ASKED))
    entry = await desk.entry()
    assert got[-2]["usage"]["completion_tokens"] == 4  # one for each chunk at least
    assert got[-2]["fen"]["certainty"] == "estimated"
    check(desk, entry, 200, "estimated", "no_usage")


async def test_stream_without_a_price_says_so(books: Books) -> None:
    desk = make_desk(books, WHOLE, rates=None)
    reply = await desk.ask(**ASKED)
    got = await read(reply)
    entry = await desk.entry()
    assert dict(reply.headers)["x-fen-cost-max"] == "unknown"
    assert (got[-2]["fen"]["cost"], got[-2]["fen"]["currency"]) == (None, None)
    assert entry.settlement is not None
    assert entry.settlement.cost is None


async def test_error_before_anything_went_out_is_the_answer_and_costs_nothing(books: Books) -> None:
    error = UpstreamTimeout("too slow")
    desk = make_desk(books, [error])
    with pytest.raises(UpstreamTimeout) as caught:
        await desk.ask(**ASKED)
    entry = await desk.entry()
    assert caught.value is error
    assert error.request_id == entry.hold.request_id
    check(desk, entry, 504, "exact", "upstream_timeout")
    assert entry.settlement is not None
    assert entry.settlement.cost == Money(Decimal(0), "USD")
    assert desk.puppet.events.closed


async def test_error_after_content_is_told_within_the_stream_and_charged_nothing(books: Books) -> None:
    desk = make_desk(books, [text("abcdefgh"), UpstreamFailed("broke")])
    got = await read(await desk.ask(**ASKED))
    entry = await desk.entry()
    assert len(got) == 2
    assert got[1]["error"]["message"] == "broke"
    check(desk, entry, 502, "estimated", "upstream_failed")
    assert entry.settlement is not None
    assert entry.settlement.usage.output == 2
    assert entry.settlement.cost is not None
    assert entry.settlement.cost.amount > 0  # the vendor may bill it
    assert entry.settlement.charge == Money(Decimal(0), "USD")  # the key does not pay it


async def test_connection_that_breaks_after_all_has_come_is_no_error(books: Books) -> None:
    desk = make_desk(books, [*WHOLE, UpstreamFailed("broke")])
    got = await read(await desk.ask(**ASKED))
    entry = await desk.entry()
    assert got[-1] == "[DONE]"
    check(desk, entry, 200, "exact", None)


async def test_client_that_leaves_stops_the_upstream_and_pays_what_was_produced(books: Books) -> None:
    desk = make_desk(books, [text("abcdefgh"), text("x"), asyncio.Event()])
    reply = await desk.ask(**ASKED)
    assert reply.rest is not None
    await anext(reply.rest)
    await reply.rest.aclose()
    entry = await desk.entry()
    assert desk.puppet.events.closed
    check(desk, entry, 499, "estimated", "disconnected")
    assert entry.settlement is not None
    assert entry.settlement.usage == Usage(input=entry.hold.input_estimate, output=3)
    assert entry.settlement.cost == entry.settlement.charge


async def test_client_that_never_reads_on_is_settled_too(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    reply = await desk.ask(**ASKED)
    assert reply.rest is not None
    await reply.rest.aclose()
    entry = await desk.entry()
    check(desk, entry, 499, "estimated", "disconnected")
    assert desk.puppet.events.closed


async def test_task_that_is_cancelled_between_chunks_settles(books: Books) -> None:
    desk = make_desk(books, [text("a"), asyncio.Event()])
    call = asyncio.create_task(read(await desk.ask(**ASKED)))
    await desk.puppet.events.waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    assert desk.puppet.events.closed
    check(desk, entry, 499, "estimated", "disconnected")


async def test_task_that_is_cancelled_before_the_first_chunk_settles(books: Books) -> None:
    desk = make_desk(books, [asyncio.Event()])
    call = asyncio.create_task(desk.ask(**ASKED))
    await desk.puppet.events.waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    assert desk.puppet.events.closed
    check(desk, entry, 499, "estimated", "disconnected")
    assert entry.settlement is not None
    assert entry.settlement.usage.output == 0


@pytest.mark.parametrize("last", [asyncio.Event, None])
async def test_client_that_leaves_after_all_was_produced_pays_the_exact_price(
    books: Books, last: type[asyncio.Event] | None
) -> None:
    """Before the upstream's end of stream, or while the settlement waits for the disk."""
    desk = make_desk(books, WHOLE if last is None else [*WHOLE, last()])
    reply = await desk.ask(**ASKED)
    if last is None:
        desk.book.gate.clear()
    call = asyncio.create_task(read(reply))
    await (desk.book.waiting if last is None else desk.puppet.events.waiting).wait()
    desk.book.gate.clear()
    call.cancel()
    await asyncio.sleep(0)
    desk.book.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    entry = await desk.entry()
    check(desk, entry, 200, "exact", None)
    assert entry.settlement is not None
    assert entry.settlement.usage == USAGE


async def test_end_of_the_stream_waits_for_the_books(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    reply = await desk.ask(**ASKED)
    desk.book.gate.clear()
    got: list[bytes] = [reply.body]

    async def collect(reply: Reply) -> None:
        assert reply.rest is not None
        async for piece in reply.rest:
            got.append(piece)  # noqa: PERF401 (what came so far is looked at)

    call = asyncio.create_task(collect(reply))
    await desk.book.waiting.wait()
    before = payloads(b"".join(got))
    assert len(before) == 3
    assert all("usage" not in chunk for chunk in before)
    desk.book.gate.set()
    await call
    assert payloads(b"".join(got))[-1] == "[DONE]"


async def test_books_that_are_away_at_the_end_are_told_in_place_of_done(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    reply = await desk.ask(**ASKED)
    desk.book.away = True
    got = await read(reply)
    entry = await desk.entry()
    assert got[-1]["error"]["code"] == "books_unavailable"
    assert "[DONE]" not in got
    assert entry.settlement is None  # a recovery settles it
    assert [record.status for record in desk.watcher.records] == [503]


async def test_books_that_are_away_when_the_client_leaves_trouble_nobody(books: Books) -> None:
    desk = make_desk(books, WHOLE)
    reply = await desk.ask(**ASKED)
    desk.book.away = True
    assert reply.rest is not None
    await reply.rest.aclose()
    assert (await desk.entry()).settlement is None


async def test_books_that_are_away_before_anything_went_out_are_the_answer(books: Books) -> None:
    gate = asyncio.Event()
    desk = make_desk(books, [gate, report(USAGE)])
    call = asyncio.create_task(desk.ask(**ASKED))
    await desk.puppet.events.waiting.wait()
    desk.book.away = True
    gate.set()
    with pytest.raises(BooksUnavailable):
        await call
    assert (await desk.entry()).settlement is None


async def test_open_stream_writes_down_what_it_has_produced(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "CHECKPOINT_SECONDS", 0.0)
    desk = make_desk(books, [text("abcdefgh"), text("abcdefgh"), asyncio.Event()])
    call = asyncio.create_task(read(await desk.ask(**ASKED)))
    await desk.puppet.events.waiting.wait()
    call.cancel()
    await asyncio.wait([call])
    entry = await desk.entry()
    assert entry.checkpoint == 4


async def test_estimate_of_a_stream_stays_within_its_hold(books: Books) -> None:
    desk = make_desk(books, [text("abcdefgh" * 100), finish()], rates=RATES)
    await read(await desk.ask(max_tokens=3, **ASKED))
    entry = await desk.entry()
    assert entry.settlement is not None
    assert entry.settlement.usage.output == 3
    assert "over_hold" not in entry.settlement.flags
