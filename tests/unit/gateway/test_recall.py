"""The cache in the pipeline: what a hit sends, costs and leaves in the books."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fen.accounts import Key
from fen.gateway import Call, Caller, Reply
from fen.gateway.cache import AnswerCache, Rule, Wish
from fen.gateway.pipeline import admit, attempt, choose, make_id, settle
from fen.gateway.recall import HIT_FLAG, consult, recall, retain
from fen.wire.answer import Whole
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, finish, make_desk, read, report, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

USAGE = Usage(input=7, output=3)
BODY = msgspec.json.encode(
    {
        "choices": [{"message": {"content": "deep"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
)
KEY = Key("k1", "k1", datetime.now(UTC))


def make_cache() -> AnswerCache:
    return AnswerCache(Rule(keys=frozenset({"k1"})))


async def serve(desk: Desk, cache: AnswerCache, wish: Wish | None = "use", **members: Any) -> Reply:
    """Take a call through the stages, with the cache around the attempt."""
    body = {"model": "puppet/model", "messages": [{"role": "user", "content": "How deep is the sea?"}]}
    request = parse_request("openai.chat", msgspec.json.encode(body | members))
    parts = desk.parts
    call = Call(make_id(), request, Caller(key=KEY), time.time_ns())
    desk.watcher.started.append(call.id)
    call = await choose(await admit(call, parts), parts)
    asked = consult(call, parts, cache.rule, wish)
    found = await recall(call, parts, cache, asked)
    if found is None:
        found = retain(await attempt(call, parts), cache, asked)
    reply = (await settle(found, parts)).reply
    assert reply is not None
    return reply


async def test_a_hit_sends_nothing_and_costs_nothing(books: Books) -> None:
    desk, cache = make_desk(books, Whole(BODY, USAGE)), make_cache()
    first = await serve(desk, cache)
    assert (await desk.entry()).settlement.cost.amount == Decimal("0.000013")  # pyright: ignore[reportOptionalMemberAccess]
    again = await serve(desk, cache)
    assert len(desk.puppet.asked) == 1
    assert first.body == again.body
    headers = dict(again.headers)
    assert (headers["x-fen-cost"], headers["x-fen-model"]) == ("0 USD", "puppet/model")
    entry = await desk.entry()
    settlement = entry.settlement
    assert settlement is not None
    assert (settlement.usage, settlement.flags, settlement.certainty) == (Usage(), (HIT_FLAG,), "exact")
    assert settlement.cost is not None
    assert settlement.charge is not None
    assert entry.hold.cost_max is not None
    amounts = (settlement.cost.amount, settlement.charge.amount, entry.hold.cost_max.amount)
    assert amounts == (0, 0, 0)
    assert (entry.hold.key_id, settlement.status) == ("k1", 200)


async def test_a_stream_is_replayed_as_a_stream_with_its_own_figures(books: Books) -> None:
    events: list[Any] = [text("very "), text("deep"), finish(), report(USAGE)]
    desk, cache = make_desk(books, events), make_cache()
    wanted: Any = {"stream": True, "stream_options": {"include_usage": True}}
    first = await read(await serve(desk, cache, **wanted))
    again = await read(await serve(desk, cache, **wanted))
    assert len(desk.puppet.asked) == 1
    assert first[:-2] == again[:-2]
    assert first[-2]["usage"] == again[-2]["usage"]
    assert (again[-2]["fen"]["cost"], first[-2]["fen"]["cost"]) == ("0", "0.000013")
    assert first[-2]["fen"]["request_id"] != again[-2]["fen"]["request_id"]
    assert again[-1] == "[DONE]"
    plain = await read(await serve(desk, cache, stream=True))
    assert plain == [*first[:-2], "[DONE]"]
    assert len(desk.puppet.asked) == 1


async def test_a_refresh_asks_again(books: Books) -> None:
    desk, cache = make_desk(books, Whole(BODY, USAGE)), make_cache()
    for wish, asked in (("use", 1), ("refresh", 2), ("use", 2), ("off", 3), (None, 4)):
        await serve(desk, cache, wish)  # pyright: ignore[reportArgumentType]
        assert len(desk.puppet.asked) == asked


async def test_what_a_budget_cut_or_another_model_wrote_is_not_kept(books: Books) -> None:
    desk, cache = make_desk(books, Whole(BODY, USAGE)), make_cache()
    request = parse_request(
        "openai.chat", b'{"model":"puppet/model","messages":[{"role":"user","content":"?"}]}'
    )
    call = Call(make_id(), request, Caller(key=KEY), time.time_ns())
    call = await choose(await admit(call, desk.parts), desk.parts)
    asked = consult(call, desk.parts, cache.rule, "use")
    answered = await attempt(call, desk.parts)
    answered.tally.clamped = 16
    retain(answered, cache, asked)
    answered.tally.clamped, answered.tally.card = None, None
    retain(answered, cache, asked)
    assert len(cache) == 0
    answered.tally.card = call.candidates[0].card
    retain(answered, cache, asked)
    assert len(cache) == 1


async def test_pipeline_asks_the_cache_before_it_asks_anybody_else(books: Books) -> None:
    desk = make_desk(books, Whole(BODY, USAGE), cache=make_cache())
    request = parse_request(
        "openai.chat", b'{"model":"puppet/model","temperature":0,"messages":[{"role":"user","content":"a"}]}'
    )
    said = [
        dict((await desk.pipeline.answer(request, Caller(inside=True, key=KEY, cache=wish))).headers)
        for wish in (None, None, "off", "refresh")
    ]
    assert [headers.get("x-fen-cache") for headers in said] == ["miss", "hit", None, "miss"]
    assert len(desk.puppet.asked) == 3
    assert [record.status for record in desk.watcher.records] == [200] * 4
