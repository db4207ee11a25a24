"""The connection to an upstream: what goes out at once, what is closed when, what is kept.

The upstream is the fake, in the same event loop, so that both sides' times can be compared.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fen.upstreams import OpenAIUpstream, response
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import UpstreamFailed, UpstreamTimeout
from fen.wire.ports import Deadlines
from tests.contract.upstreams.conftest import outbound
from tests.fakes.upstream import FakeUpstream, Record

WITHIN = 0.1
"""Seconds after which a connection that nobody needs must be gone (docs/decisions.md, 1)."""


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


@pytest.fixture
async def upstream(fake: FakeUpstream) -> AsyncIterator[OpenAIUpstream]:
    opened = OpenAIUpstream(fake.base_url)
    yield opened
    await opened.close()


async def begin(upstream: OpenAIUpstream, script: str, deadlines: Deadlines | None = None) -> Stream:
    answer = await upstream.send(outbound(script, True, max_tokens=None, deadlines=deadlines))
    assert isinstance(answer, Stream)
    return answer


async def closing_time(record: Record, since: float) -> float:
    await asyncio.wait_for(record.closed.wait(), 5)
    assert record.closed_at is not None
    assert not record.hung_up
    return record.closed_at - since


async def test_each_event_is_handed_on_before_the_next_is_sent(
    fake: FakeUpstream, upstream: OpenAIUpstream
) -> None:
    stream = await begin(upstream, "tokens-5-gap-30ms")
    behind: list[int] = []
    tokens = 0
    async for event in stream.events:
        tokens += bool(event.produced)
        if event.produced:
            behind.append(fake.records[0].tokens_sent - tokens)
    assert behind == [0] * 5


async def test_cancelled_before_the_headers(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    call = asyncio.create_task(upstream.send(outbound("hang", False)))
    [record] = await fake.until(lambda _: True)
    since = asyncio.get_running_loop().time()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await closing_time(record, since) < WITHIN


async def test_cancelled_on_a_kept_connection(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    await upstream.send(outbound("tokens-1", False))
    call = asyncio.create_task(upstream.send(outbound("hang", False)))
    record = (await fake.until(lambda _: True, 2))[1]
    since = asyncio.get_running_loop().time()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await closing_time(record, since) < WITHIN
    assert fake.connections == 1


async def test_cancelled_within_a_whole_answer(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    call = asyncio.create_task(upstream.send(outbound("tokens-9-stall-1", False)))
    [record] = await fake.until(lambda record: record.stalled.is_set())
    since = asyncio.get_running_loop().time()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await closing_time(record, since) < WITHIN


@pytest.mark.parametrize("script", ["tokens-9-stall-2", "tokens-999-gap-1ms"])
async def test_reader_cancelled_between_chunks(
    fake: FakeUpstream, upstream: OpenAIUpstream, script: str
) -> None:
    stream = await begin(upstream, script)

    async def read() -> None:
        async for _ in stream.events:
            pass

    reader = asyncio.create_task(read())
    [record] = await fake.until(lambda record: record.tokens_sent >= 2)
    await asyncio.sleep(0.02)
    since = asyncio.get_running_loop().time()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await stream.events.aclose()
    assert await closing_time(record, since) < WITHIN
    assert not record.finished.is_set()


async def test_stream_closed_between_chunks(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    stream = await begin(upstream, "tokens-9-stall-2")
    await anext(stream.events)
    [record] = fake.records
    since = asyncio.get_running_loop().time()
    await stream.events.aclose()
    assert await closing_time(record, since) < WITHIN


async def test_stream_closed_before_its_first_event_is_read(
    fake: FakeUpstream, upstream: OpenAIUpstream
) -> None:
    stream = await begin(upstream, "tokens-9-stall-2")
    [record] = await fake.until(lambda record: record.stalled.is_set())
    since = asyncio.get_running_loop().time()
    await stream.events.aclose()
    assert await closing_time(record, since) < WITHIN


DEADLINES = [
    ("hang", Deadlines(first=0.1), 0.1, "first byte"),
    ("hang", Deadlines(total=0.1), 0.1, "whole answer"),
    ("tokens-9-stall-0", Deadlines(first=0.1), 0.1, "first content"),
    ("tokens-9-stall-1", Deadlines(between=0.1), 0.1, "next bytes"),
    ("tokens-9-gap-40ms", Deadlines(total=0.15), 0.15, "whole answer"),
]


@pytest.mark.parametrize(("script", "deadlines", "after", "what"), DEADLINES)
async def test_deadline_closes_the_connection(
    fake: FakeUpstream, upstream: OpenAIUpstream, script: str, deadlines: Deadlines, after: float, what: str
) -> None:
    since = asyncio.get_running_loop().time()
    with pytest.raises(UpstreamTimeout, match=what):
        [_ async for _ in (await begin(upstream, script, deadlines=deadlines)).events]
    took = await closing_time(fake.records[0], since)
    assert after - 0.02 < took < after + WITHIN


async def test_the_time_between_bytes_runs_from_the_first_content_on(
    fake: FakeUpstream, upstream: OpenAIUpstream
) -> None:
    stream = await begin(upstream, "tokens-3-stall-0", deadlines=Deadlines(first=30.0, between=0.1))
    assert (await anext(stream.events)).produced == 0
    thinking = asyncio.ensure_future(anext(stream.events))
    assert await asyncio.wait([thinking], timeout=0.4) == (set(), {thinking})
    fake.release()
    assert (await thinking).produced > 0
    assert sum(bool(event.produced) for event in [event async for event in stream.events]) == 2


async def test_trickle_within_the_deadlines_is_read_to_its_end(upstream: OpenAIUpstream) -> None:
    stream = await begin(upstream, "tokens-6-gap-40ms", deadlines=Deadlines(first=0.15, between=0.15))
    events = [event async for event in stream.events]
    assert sum(bool(event.produced) for event in events) == 6


@pytest.mark.parametrize("script", ["silent", "reset-2", "drop-2", "half-2", "malformed-2", "error-2"])
async def test_stream_that_breaks_fails_after_what_came(upstream: OpenAIUpstream, script: str) -> None:
    got: list[Event] = []

    async def collect() -> None:
        async for event in (await begin(upstream, f"tokens-9-{script}")).events:
            got.append(event)  # noqa: PERF401 (what came before the error is looked at)

    with pytest.raises(UpstreamFailed) as caught:
        await collect()
    assert (caught.value.status, caught.value.reached) == (502, True)
    assert sum(bool(event.produced) for event in got) == (0 if script == "silent" else 2)


@pytest.mark.parametrize("script", ["silent", "reset-0", "drop-0", "half-0", "malformed-0", "error-0"])
async def test_whole_answer_that_breaks_fails(upstream: OpenAIUpstream, script: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send(outbound(script, False))
    assert (caught.value.status, caught.value.reached) == (502, True)


async def test_nobody_listens(fake: FakeUpstream) -> None:
    async with FakeUpstream() as gone:
        address = gone.base_url
    upstream = OpenAIUpstream(address)
    with pytest.raises(UpstreamFailed, match="no connection") as caught:
        await upstream.send(outbound("tokens-1", False))
    assert caught.value.reached is False


async def test_connection_is_kept_between_calls(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    for stream in (False, True, False, True):
        answer = await upstream.send(outbound("tokens-3", stream))
        if isinstance(answer, Stream):
            assert [event async for event in answer.events][-1].usage is not None
            await answer.events.aclose()
            await idle_connection(upstream)
    assert fake.connections == 1


async def idle_connection(upstream: OpenAIUpstream) -> None:
    """A stream's content ends with `[DONE]`; the end of its body may come a little later."""
    async with asyncio.timeout(5):
        while not upstream._client._idle:  # noqa: ASYNC110 (the client tells nobody)
            await asyncio.sleep(0)


async def test_stream_whose_body_does_not_end_is_closed_soon(
    fake: FakeUpstream, upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "LINGER_SECONDS", 0.05)
    events = (await begin(upstream, "tokens-2-linger")).events
    assert sum([bool(event.produced) async for event in events]) == 2
    since = asyncio.get_running_loop().time()
    assert await closing_time(fake.records[0], since) < 0.05 + WITHIN
    await upstream.send(outbound("tokens-1", False))
    assert fake.connections == 2


async def test_kept_connection_that_was_closed_is_replaced(
    fake: FakeUpstream, upstream: OpenAIUpstream
) -> None:
    await upstream.send(outbound("tokens-1", False))
    fake.drop_idle()
    assert isinstance(await upstream.send(outbound("tokens-1", False)), Whole)
    assert fake.connections == 2


async def test_broken_connection_is_not_kept(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    stream = await begin(upstream, "tokens-9-stall-2")
    await anext(stream.events)
    await stream.events.aclose()
    await upstream.send(outbound("tokens-1", False))
    assert fake.connections == 2


async def test_slow_reader_slows_the_upstream_down(fake: FakeUpstream, upstream: OpenAIUpstream) -> None:
    stream = await begin(upstream, "tokens-200000")
    await anext(stream.events)
    [record] = fake.records
    while True:  # until the upstream stands still
        before = record.tokens_sent
        await asyncio.sleep(0.2)
        if record.tokens_sent == before:
            break
    assert 0 < record.tokens_sent < 200_000
    await stream.events.aclose()
