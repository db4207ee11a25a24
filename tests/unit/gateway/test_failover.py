"""A failed attempt is tried again where that is safe, and each attempt has an entry of its own."""

import asyncio

import pytest
from msgspec.structs import replace

from fen.gateway.breaker import BreakerPolicy, Breakers
from fen.gateway.call import Handling
from fen.gateway.retry import Policy
from fen.ledger import Entry
from fen.wire.answer import Event, Whole
from fen.wire.errors import (
    ErrorBody,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamPaused,
    UpstreamRejected,
    UpstreamTimeout,
)
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, finish, read, report, text
from tests.fakes.troupe import Player, make_troupe

pytestmark = pytest.mark.asyncio(loop_scope="session")

USAGE = Usage(input=10, output=5)
ANSWER = Whole(b'{"choices":[]}', USAGE, (), 20)
BROKE = UpstreamFailed("broke")
BUSY = UpstreamRejected(429, ErrorBody("busy", "rate_limit_error", None, "busy"), "0")
REFUSED = UpstreamRejected(400, ErrorBody("no", "invalid_request_error", None, "odd"))
STREAM = [text("Very "), text("deep."), finish(), report(USAGE)]
ASKED = {"stream": True, "stream_options": {"include_usage": True}}
FALLBACK = {"puppet/model": Handling(("spare/model",))}


def ends(entries: list[Entry]) -> list[tuple[str, int]]:
    """Each attempt's number and status, all of them settled."""
    assert all(entry.settlement for entry in entries)
    return [
        (entry.hold.id.rpartition("-")[2], entry.settlement.status) for entry in entries if entry.settlement
    ]


async def check_total(desk: Desk, attempts: int, segments: int = 1) -> None:
    """Telemetry hears of one call, whatever its attempts were."""
    [record] = desk.watcher.records
    entries = await desk.entries()
    assert len(entries) == attempts
    costs = [entry.settlement.cost.amount for entry in entries if entry.settlement and entry.settlement.cost]
    assert record.cost is not None
    assert record.cost.amount == sum(costs)
    assert record.status == 200


@pytest.mark.parametrize("error", [BROKE, BUSY, UpstreamFailed("away", reached=False)])
async def test_whole_answer_comes_from_a_later_attempt(books: Books, error: UpstreamFailed) -> None:
    player = Player(error, error, ANSWER)
    desk = make_troupe(books, {"puppet": player})
    reply = await desk.ask()
    told = dict(reply.headers)
    assert reply.body == ANSWER.body
    assert (told["x-fen-attempts"], told["x-fen-segments"]) == ("3", "1")
    assert ends(await desk.entries()) == [("1", error.status), ("2", error.status), ("3", 200)]
    await check_total(desk, 3)


async def test_stream_that_dies_before_its_first_content_is_tried_again(books: Books) -> None:
    player = Player([text(""), BROKE], STREAM)
    desk = make_troupe(books, {"puppet": player})
    got = await read(await desk.ask(**ASKED))
    assert [chunk["choices"][0]["delta"].get("content") for chunk in got[:2]] == ["Very ", "deep."]
    assert (got[-2]["fen"]["attempts"], got[-2]["fen"]["segments"]) == (2, 1)
    assert ends(await desk.entries()) == [("1", 502), ("2", 200)]
    assert player.streams[0].closed
    await check_total(desk, 2)


async def test_stream_that_dies_after_its_first_content_is_not_tried_again(books: Books) -> None:
    player = Player([text("Very "), BROKE], STREAM)
    desk = make_troupe(books, {"puppet": player})
    got = await read(await desk.ask(**ASKED))
    assert got[-1]["error"]["message"] == "broke"
    assert ends(await desk.entries()) == [("1", 502)]


async def test_refusal_of_the_request_is_not_tried_again(books: Books) -> None:
    player = Player(REFUSED, ANSWER)
    desk = make_troupe(books, {"puppet": player, "spare": Player(ANSWER)}, handlings=FALLBACK)
    with pytest.raises(UpstreamRejected) as caught:
        await desk.ask()
    assert caught.value is REFUSED
    assert ends(await desk.entries()) == [("1", 400)]


async def test_fallback_answers_once_the_model_asked_for_has_failed_for_good(books: Books) -> None:
    first, spare = Player(BROKE), Player(ANSWER)
    desk = make_troupe(
        books, {"puppet": first, "spare": spare}, handlings=FALLBACK, policy=Policy(1, base=0.0)
    )
    reply = await desk.ask()
    assert dict(reply.headers)["x-fen-model"] == "spare/model"
    entries = await desk.entries()
    assert [entry.hold.model for entry in entries] == ["puppet/model", "puppet/model", "spare/model"]
    assert desk.watcher.records[0].model == "spare/model"
    await check_total(desk, 3)


async def test_upstream_that_wants_a_long_pause_is_left_for_the_next(books: Books) -> None:
    slow = UpstreamRejected(429, ErrorBody("busy", "rate_limit_error", None, "busy"), "3600")
    desk = make_troupe(books, {"puppet": Player(slow), "spare": Player(ANSWER)}, handlings=FALLBACK)
    assert dict((await desk.ask()).headers)["x-fen-attempts"] == "2"


async def test_fallback_that_cannot_serve_the_request_is_passed_over(books: Books) -> None:
    spare = Player(ANSWER, speech="anthropic")
    desk = make_troupe(books, {"puppet": Player(BROKE), "spare": spare}, handlings=FALLBACK)
    with pytest.raises(UpstreamFailed, match="broke"):
        await desk.ask(seed=1)  # Anthropic's format has no counterpart of it
    assert spare.asked == []


async def test_last_error_is_told_when_nobody_answers(books: Books) -> None:
    late = UpstreamTimeout("too slow")
    desk = make_troupe(books, {"puppet": Player(BROKE), "spare": Player(late)}, handlings=FALLBACK)
    with pytest.raises(UpstreamTimeout) as caught:
        await desk.ask()
    assert caught.value is late
    entries = await desk.entries()
    assert late.request_id == entries[0].hold.request_id
    assert ends(entries)[-1] == (str(len(entries)), 504)
    assert [record.status for record in desk.watcher.records] == [504]


async def test_upstream_that_keeps_failing_is_left_alone(books: Books) -> None:
    breakers = Breakers(BreakerPolicy(failures=2))
    player = Player(BROKE)
    desk = make_troupe(books, {"puppet": player}, breakers=breakers, policy=Policy(0))
    for _ in range(2):
        with pytest.raises(UpstreamFailed, match="broke"):
            await desk.ask()
    with pytest.raises(UpstreamPaused) as caught:
        await desk.ask()
    assert len(player.asked) == 2
    assert (caught.value.status, caught.value.code) == (503, "upstream_paused")
    assert dict(caught.value.headers)["retry-after"] == "5"
    assert await desk.entries() == []  # nothing was held for it


async def test_upstream_that_wants_a_long_pause_is_told_as_busy_until_it_is_over(books: Books) -> None:
    slow = UpstreamRejected(429, ErrorBody("slow down", "rate_limit_error"), "120")
    player = Player(slow)
    desk = make_troupe(books, {"puppet": player})
    with pytest.raises(UpstreamRejected, match="slow down"):
        await desk.ask()
    with pytest.raises(UpstreamBusy, match="found upstream puppet busy, expected to answer again") as caught:
        await desk.ask()
    assert len(player.asked) == 1
    assert (caught.value.status, caught.value.type, caught.value.code) == (
        429,
        "rate_limit_error",
        "upstream_busy",
    )
    assert dict(caught.value.headers)["retry-after"] == "120"
    assert [record.status for record in desk.watcher.records] == [429, 429]


async def test_upstream_that_is_busy_is_left_for_the_next(books: Books) -> None:
    slow = UpstreamRejected(429, ErrorBody("slow down", "rate_limit_error"), "120")
    player = Player(slow)
    desk = make_troupe(books, {"puppet": player, "spare": Player(ANSWER)}, handlings=FALLBACK)
    for _ in range(2):
        assert dict((await desk.ask()).headers)["x-fen-model"] == "spare/model"
    assert len(player.asked) == 1


async def test_client_that_leaves_during_a_pause_pays_nothing(books: Books) -> None:
    waiting = UpstreamRejected(429, ErrorBody("busy", "rate_limit_error", None, "busy"), "9")
    player = Player(waiting)
    desk = make_troupe(books, {"puppet": player})
    call = asyncio.create_task(desk.ask())
    await player.called.wait()
    await desk.entries()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert ends(await desk.entries()) == [("1", 429)]
    [record] = desk.watcher.records
    assert (record.status, record.error, record.usage) == (499, "disconnected", Usage())


RESUME = {"fen": {"resume": True}, "max_tokens": 100, **ASKED}


async def test_answer_that_broke_is_gone_on_with_where_the_client_allowed_it(books: Books) -> None:
    rest = [text("deep, very deep."), finish(), report(USAGE)]
    player = Player([text("Very "), BROKE], rest)
    desk = make_troupe(books, {"puppet": player})
    got = await read(await desk.ask(**RESUME))
    said = "".join(
        chunk["choices"][0]["delta"].get("content") or "" for chunk in got[:-2] if chunk["choices"]
    )
    assert said == "Very deep, very deep."
    finishes = [chunk["choices"][0].get("finish_reason") for chunk in got[:-2] if chunk["choices"]]
    assert [reason for reason in finishes if reason] == ["stop"]
    assert (got[-2]["fen"]["attempts"], got[-2]["fen"]["segments"]) == (2, 2)
    assert got[-2]["fen"]["certainty"] == "estimated"
    assert ends(await desk.entries()) == [("1", 502), ("2", 200)]
    assert all("fen" not in player.body(number) for number in range(2))
    assert player.body()["messages"][1] == {"role": "assistant", "content": "Very "}
    await check_total(desk, 2, 2)


async def test_answer_that_keeps_breaking_ends_with_the_error(books: Books) -> None:
    player = Player([text("Very "), replace(text("deep")), BROKE])
    desk = make_troupe(books, {"puppet": player}, policy=Policy(5, attempts=3, base=0.0))
    got = await read(await desk.ask(**RESUME))
    assert got[-1]["error"]["message"] == "broke"
    assert len(await desk.entries()) == 3
    assert all(events.closed for events in player.streams)


async def test_wishes_are_told_apart_from_what_is_sent(books: Books) -> None:
    player = Player(ANSWER)
    desk = make_troupe(books, {"puppet": player})
    await desk.ask(fen={"resume": False}, x_vendor=[1])
    assert player.body().keys() == {"model", "messages", "x_vendor"}


async def test_slow_stream_of_empty_chunks_is_not_kept_back_for_ever(books: Books) -> None:
    quiet = Event(b'{"choices":[{"index":0,"delta":{"audio":{"data":"AAAA"}}}]}')
    gate = asyncio.Event()
    desk = make_troupe(books, {"puppet": Player([quiet] * 9 + [gate])})
    reply = await desk.ask(**ASKED)
    assert reply.rest is not None
    await reply.rest.aclose()
    assert ends(await desk.entries()) == [("1", 499)]


async def test_a_call_that_meets_a_busy_upstream_waits_for_it(books: Books) -> None:
    breakers = Breakers()
    player = Player(ANSWER)
    desk = make_troupe(books, {"puppet": player}, breakers=breakers, policy=Policy(0, base=0.0))
    breakers.busy(("puppet", "its-own-name"), 0.25)
    assert dict((await desk.ask()).headers)["x-fen-attempts"] == "1"
    assert breakers.snapshot()[0].state == "closed"
    assert ends(await desk.entries()) == [("1", 200)]
    await check_total(desk, 1)


async def test_a_call_that_meets_a_busy_upstream_goes_elsewhere_at_once_where_it_can(books: Books) -> None:
    breakers = Breakers()
    breakers.busy(("puppet", "its-own-name"), 60.0)
    desk = make_troupe(
        books, {"puppet": Player(ANSWER), "spare": Player(ANSWER)}, handlings=FALLBACK, breakers=breakers
    )
    assert dict((await desk.ask()).headers)["x-fen-model"] == "spare/model"
