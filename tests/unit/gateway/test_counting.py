"""Counting a request's tokens: the upstream's own figure, or an estimate that says so; free either way."""

from typing import Any

import msgspec
import pytest

from fen.accounts.tier import Tier
from fen.gateway import Caller, Reply
from fen.gateway.counting import COUNTING
from fen.wire.answer import Whole
from fen.wire.errors import ErrorBody, Forbidden, NotFound, RateLimited, UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound
from fen.wire.request import parse_count
from tests.fakes.pipeline import Books, Desk
from tests.fakes.troupe import Player, make_troupe

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = [{"role": "user", "content": "How deep is the sea?"}]


class Counter(Player):
    """An upstream that counts, or fails to."""

    def __init__(self, counted: int | UpstreamFailed) -> None:
        super().__init__(Whole(b"{}"), speech="anthropic")
        self._counted = counted

    async def count(self, outbound: Outbound) -> int:
        self.asked.append(outbound)
        if isinstance(self._counted, UpstreamFailed):
            raise self._counted
        return self._counted


async def count(desk: Desk, **members: Any) -> Reply:
    body = msgspec.json.encode({"model": "puppet/model", "messages": SAID, **members})
    caller = Caller(inside=True, headers=(("anthropic-beta", "b"),))
    return await desk.pipeline.answer(parse_count(body), caller, stages=COUNTING)


def rejected(status: int) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody("no", "some_error"))


async def test_the_upstreams_own_count_is_told(books: Books) -> None:
    counter = Counter(14)
    desk = make_troupe(books, {"puppet": counter})
    reply = await count(desk, x_unknown=1.5, fen={})
    assert msgspec.json.decode(reply.body) == {"input_tokens": 14}
    assert dict(reply.headers)["x-fen-model"] == "puppet/model"
    assert counter.body() == {"model": "puppet/model", "messages": SAID, "x_unknown": 1.5}
    [asked] = counter.asked
    assert (asked.model, asked.headers) == ("its-own-name", (("anthropic-beta", "b"),))
    assert await desk.entries() == []
    [record] = desk.watcher.records
    assert (record.status, record.model, record.cost) == (200, "puppet/model", None)


@pytest.mark.parametrize(
    "player",
    [Player(Whole(b"{}")), Player(Whole(b"{}"), speech="anthropic"), Counter(rejected(404))],
    ids=["another format", "the format without a count", "no such route there"],
)
async def test_an_estimate_is_marked_as_one(books: Books, player: Player) -> None:
    desk = make_troupe(books, {"puppet": player})
    few, many = [
        msgspec.json.decode((await count(desk, messages=[{"role": "user", "content": "sea " * words}])).body)
        for words in (5, 500)
    ]
    assert few["fen"] == many["fen"] == {"estimate": True}
    assert 400 <= many["input_tokens"] - few["input_tokens"] <= 600
    assert await desk.entries() == []


async def test_what_the_upstream_refuses_is_refused(books: Books) -> None:
    for error in (rejected(400), UpstreamFailed("broke")):
        desk = make_troupe(books, {"puppet": Counter(error)})
        with pytest.raises(type(error)):
            await count(desk)
        assert [record.status for record in desk.watcher.records] == [error.status]


async def test_the_tier_holds_here_too(books: Books) -> None:
    tier = Tier("api", models=("other/*",))
    with pytest.raises(Forbidden):
        await count(make_troupe(books, {"puppet": Counter(1)}, tiers={"api": tier}))
    with pytest.raises(NotFound):
        await count(make_troupe(books, {"puppet": Counter(1)}), model="no/such")
    desk = make_troupe(books, {"puppet": Counter(1)}, tiers={"api": Tier("api", rpm=1, concurrency=1)})
    await count(desk)
    with pytest.raises(RateLimited):
        await count(desk)
