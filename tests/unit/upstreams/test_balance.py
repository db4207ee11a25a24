"""Which member a call goes to, and when one is set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from fen.upstreams.balance import BalancedUpstream, Pauses
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected, UpstreamTimeout
from fen.wire.ports import Outbound, Speech
from fen.wire.request import parse_request

BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
PAUSES = Pauses(unreached=5.0, refused=60.0, busy=1.0, quota=40.0, most=300.0)
UNREACHED = UpstreamFailed("no connection", reached=False)
REFUSED = UpstreamFailed("wrong key", code="upstream_refused_key")


def busy(retry_after: str | None = None, code: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(429, ErrorBody("too much", "rate_limit_error", code=code), retry_after)


def call(model: str = "model", stream: bool = False) -> Outbound:
    return Outbound(parse_request("openai.chat", BODY), model, stream, "req-1")


class Events:
    """A stream of two events that remembers being closed."""

    def __init__(self, error: UpstreamFailed | None = None) -> None:
        self.left = 2
        self.error = error
        self.closed = 0

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        if self.left:
            self.left -= 1
            return Event(b"{}", 1)
        raise self.error or StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


class Member:
    """An upstream that counts its calls and does as it is told."""

    format: Speech = "openai"

    def __init__(self) -> None:
        self.calls = 0
        self.closed = 0
        self.error: UpstreamFailed | None = None
        self.wait: Callable[[], Awaitable[object]] | None = None
        self.events = Events()

    async def send(self, outbound: Outbound) -> Whole | Stream:
        self.calls += 1
        if self.wait is not None:
            await self.wait()
        if self.error is not None:
            raise self.error
        return Stream(self.events) if outbound.stream else Whole(b"{}")

    async def close(self) -> None:
        self.closed += 1


class World:
    def __init__(self, size: int = 2) -> None:
        self.now = 100.0
        self.members = [Member() for _ in range(size)]
        named = {f"member {number}": member for number, member in enumerate(self.members)}
        self.upstream = BalancedUpstream(named, PAUSES, lambda: self.now, lambda: 0.0)

    @property
    def calls(self) -> list[int]:
        return [member.calls for member in self.members]


async def test_calls_one_after_another_go_round() -> None:
    world = World(3)
    for _ in range(9):
        await world.upstream.send(call())
    assert world.calls == [3, 3, 3]


async def test_a_call_goes_where_fewest_are_under_way() -> None:
    world = World()
    gate = asyncio.Event()
    world.members[0].wait = gate.wait
    slow = [asyncio.create_task(world.upstream.send(call())) for _ in range(2)]
    await asyncio.sleep(0)
    assert world.calls == [1, 1]
    for _ in range(5):
        await world.upstream.send(call())
    assert world.calls == [1, 6]
    gate.set()
    await asyncio.gather(*slow)
    await world.upstream.send(call())
    await world.upstream.send(call())
    assert world.calls == [2, 7]


@pytest.mark.parametrize("end", ["read", "broken", "closed unread", "closed twice", "closed in between"])
async def test_a_stream_counts_until_it_ends_or_is_closed(end: str) -> None:
    world = World()
    stream = await world.upstream.send(call(stream=True))
    assert isinstance(stream, Stream)
    [busier] = [member for member in world.members if member.calls]
    [other] = [member for member in world.members if not member.calls]
    for _ in range(3):
        await world.upstream.send(call())
    assert (busier.calls, other.calls) == (1, 3)
    if end == "broken":
        busier.events.error = UpstreamFailed("broke")
        with pytest.raises(UpstreamFailed):
            _ = [event async for event in stream.events]
    elif end == "read":
        assert len([event async for event in stream.events]) == 2
    elif end == "closed in between":
        async with aclosing(stream.events) as events:
            await anext(aiter(events))
    for _ in range(2 if end == "closed twice" else 1):
        await stream.events.aclose()
    assert busier.events.closed > 0
    for _ in range(4):
        await world.upstream.send(call())
    assert (busier.calls, other.calls) == (3, 5)


async def test_a_cancelled_call_counts_no_more() -> None:
    world = World()
    world.members[0].wait = world.members[1].wait = asyncio.Event().wait
    waiting = [asyncio.create_task(world.upstream.send(call())) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [member.outstanding for member in world.upstream._members] == [0, 0]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (UNREACHED, 5.0),
        (UpstreamTimeout("no connection in time", reached=False), 5.0),
        (REFUSED, 60.0),
        (busy(), 1.0),
        (busy("7"), 7.0),
        (busy("Thu, 01 Jan 1970 00:00:09 GMT"), 9.0),
        (busy("1e9"), 300.0),
        (busy(code="insufficient_quota"), 40.0),
    ],
)
async def test_a_member_at_fault_is_set_aside_and_the_call_goes_to_another(
    error: UpstreamFailed, seconds: float
) -> None:
    world = World()
    first, second = world.members
    first.error = error
    for _ in range(6):
        assert isinstance(await world.upstream.send(call()), Whole)
    assert first.calls == 1
    assert second.calls == 6
    first.error = None
    world.now += seconds - 0.01
    await world.upstream.send(call())
    await world.upstream.send(call())
    assert first.calls == 1
    world.now += 0.01
    await world.upstream.send(call())
    await world.upstream.send(call())
    assert first.calls == 2


async def test_a_member_is_busy_for_one_model_but_unreachable_for_all() -> None:
    for error, calls in ((busy("9"), 2), (UNREACHED, 1)):
        world = World()
        first = world.members[0]
        first.error = error
        for _ in range(2):
            await world.upstream.send(call("one"))
        first.error = None
        for _ in range(2):
            await world.upstream.send(call("another"))
        assert first.calls == calls


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("the upstream answered 500"),
        UpstreamTimeout("no first byte"),
        UpstreamRejected(400, ErrorBody("malformed", "invalid_request_error")),
    ],
)
async def test_other_failures_are_told_and_sent_to_nobody_else(error: UpstreamFailed) -> None:
    world = World()
    for member in world.members:
        member.error = error
    for count in (1, 2, 3):
        with pytest.raises(UpstreamFailed) as caught:
            await world.upstream.send(call())
        assert caught.value is error
        assert sum(world.calls) == count


async def test_when_all_refuse_the_one_with_the_shortest_pause_is_told() -> None:
    world = World(3)
    errors = [busy("30"), busy("2"), REFUSED]
    for member, error in zip(world.members, errors, strict=True):
        member.error = error
    with pytest.raises(UpstreamRejected) as caught:
        await world.upstream.send(call())
    assert caught.value is errors[1]
    assert world.calls == [1, 1, 1]


async def test_when_all_are_set_aside_the_next_to_come_back_is_asked_alone() -> None:
    world = World()
    world.members[0].error, world.members[1].error = busy("30"), busy("2")
    for count in (2, 3, 4):
        with pytest.raises(UpstreamRejected):
            await world.upstream.send(call())
        assert sum(world.calls) == count
    assert world.calls == [1, 3]


async def test_who_was_set_aside_is_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    for member in world.members:
        member.error = REFUSED
    for _ in range(3):
        with pytest.raises(UpstreamFailed):
            await world.upstream.send(call())
    lines = sorted(record.getMessage() for record in caplog.records)
    assert lines == [f"member {number} is set aside for 60 s: wrong key" for number in (0, 1)]


async def test_closing_closes_all() -> None:
    world = World(3)
    await world.upstream.close()
    assert [member.closed for member in world.members] == [1, 1, 1]
    assert world.upstream.format == "openai"
