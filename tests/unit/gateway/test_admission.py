"""A tier's rates and slots are taken before a call, told with its answer, and given back at its end."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from fen.accounts import Key
from fen.accounts.limiter import LocalLimiter
from fen.accounts.tier import Tier
from fen.gateway import Caller, Reply
from fen.wire.answer import Whole
from fen.wire.errors import ContextLengthExceeded, FenError, Forbidden, RateLimited, UpstreamFailed
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, finish, make_desk, read, report, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = Whole(b'{"choices":[]}', Usage(input=10, output=5), (), 20)
KEY = Key("key_1", "one", datetime(2026, 1, 1, tzinfo=UTC))
BODY = b'{"model":"puppet/model","messages":[{"role":"user","content":"How deep is the sea?"}]%s}'


def tiers(**limits: Any) -> dict[str, Tier]:
    return {"api": Tier("api", **limits)}


async def ask(desk: Desk, key: Key | None = KEY, more: bytes = b"") -> Reply:
    request = parse_request("openai.chat", BODY % more)
    return await desk.pipeline.answer(request, Caller(inside=True, key=key))


async def refuse(desk: Desk, more: bytes = b"") -> FenError:
    with pytest.raises(FenError) as caught:
        await ask(desk, more=more)
    return caught.value


async def test_tier_without_limits_says_nothing_of_rates(books: Books) -> None:
    reply = await ask(make_desk(books, ANSWER))
    assert not [name for name, _ in reply.headers if name.startswith("x-ratelimit")]


async def test_requests_beyond_the_rate_are_refused_and_told_when(books: Books) -> None:
    desk = make_desk(books, ANSWER, tiers=tiers(rpm=2), limiter=LocalLimiter(clock=lambda: 0))
    assert dict((await ask(desk)).headers)["x-ratelimit-remaining-requests"] == "1"
    await ask(desk)
    error = await refuse(desk)
    assert isinstance(error, RateLimited)
    assert dict(error.headers)["retry-after"]
    assert dict(error.told)["x-ratelimit-limit-requests"] == "2"
    assert desk.watcher.records[-1].status == 429
    assert await desk.entries() == []
    await ask(desk, replace(KEY, id="key_2"))  # another key has rates of its own


async def test_tokens_are_estimated_before_and_corrected_after(books: Books) -> None:
    desk = make_desk(books, ANSWER, tiers=tiers(tpm=1000), limiter=LocalLimiter(clock=lambda: 0))
    before = dict((await ask(desk, more=b',"max_tokens":90')).headers)
    after = dict((await ask(desk, more=b',"x_unknown_":90')).headers)
    taken = 1000 - int(before["x-ratelimit-remaining-tokens"])
    assert taken > 90
    left = 1000 - int(after["x-ratelimit-remaining-tokens"])
    assert left == 15 + taken - 90  # what the first one really used, and what the second is expected to
    assert isinstance(await refuse(make_desk(books, ANSWER, tiers=tiers(tpm=3))), ContextLengthExceeded)


async def test_upstream_error_gives_the_tokens_back(books: Books) -> None:
    limiter = LocalLimiter(clock=lambda: 0)
    desk = make_desk(books, UpstreamFailed("broke"), tiers=tiers(tpm=150), limiter=limiter)
    for _ in range(4):
        assert isinstance(await refuse(desk, b',"max_tokens":90'), UpstreamFailed)


async def test_calls_at_once_are_counted_until_their_streams_end(books: Books) -> None:
    steps = [text("Very "), finish(), report(Usage(input=10, output=5))]
    desk = make_desk(books, list(steps), tiers=tiers(concurrency=1))
    reply = await ask(desk, more=b',"stream":true')
    error = await refuse(desk)
    assert isinstance(error, RateLimited)
    assert "found 1 calls under way" in error.message
    await read(reply)
    reply = await ask(desk, more=b',"stream":true')
    assert reply.rest is not None
    await reply.rest.aclose()


async def test_slot_of_a_client_that_leaves_is_free_again(books: Books) -> None:
    desk = make_desk(books, asyncio.Event(), tiers=tiers(concurrency=1))
    for _ in range(2):
        desk.puppet.called.clear()
        call = asyncio.create_task(ask(desk))
        await desk.puppet.called.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_key_of_a_tier_that_is_gone_may_do_nothing(books: Books) -> None:
    desk = make_desk(books, ANSWER)
    with pytest.raises(Forbidden, match="found the key in the tier 'gold', expected one of api"):
        await ask(desk, replace(KEY, tier="gold"))


async def test_tiers_output_limit_binds_whoever_asks_for_none(books: Books) -> None:
    desk = make_desk(books, ANSWER, tiers=tiers(max_output_tokens=20))
    await ask(desk)
    assert b'"max_tokens":20' in desk.puppet.asked[0].request.to_bytes()
    assert (await desk.entry()).hold.output_bound == 20
    error = await refuse(desk, b',"max_tokens":21')
    assert (error.code, error.status) == ("tier_limit", 400)
