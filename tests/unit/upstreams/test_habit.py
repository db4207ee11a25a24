"""Whom a balanced upstream prefers, and when it does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fen.upstreams.balance import MOST_AHEAD, BalancedUpstream
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound, Speech
from fen.wire.request import parse_request

BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
CALL = Outbound(parse_request("openai.chat", BODY), "model", False, "req-1")
STREAM = Outbound(parse_request("openai.chat", BODY), "model", True, "req-2")
BROKE = UpstreamFailed("it broke")


class Events:
    """A stream that ends at once, with an error or without."""

    def __init__(self, error: UpstreamFailed | None) -> None:
        self.error = error

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        raise self.error or StopAsyncIteration

    async def aclose(self) -> None:
        pass


class Member:
    format: Speech = "openai"

    def __init__(self) -> None:
        self.calls = 0
        self.error: UpstreamFailed | None = None

    async def send(self, outbound: Outbound) -> Whole | Stream:
        self.calls += 1
        if outbound.stream:
            return Stream(Events(self.error))
        if self.error is not None:
            raise self.error
        return Whole(b"{}")

    async def close(self) -> None:
        pass


class Loyal:
    """Prefers one member wherever it is offered; what it was told is in `offered`, `noted` and `left`."""

    def __init__(self) -> None:
        self.offered: list[list[str]] = []
        self.noted: list[str] = []
        self.left: list[str] = []

    def prefer(self, ids: Sequence[str]) -> str:
        self.offered.append(list(ids))
        return "b" if "b" in ids else ids[0]

    def note(self, name: str) -> None:
        self.noted.append(name)

    def leave(self, name: str) -> None:
        self.left.append(name)


class World:
    def __init__(self) -> None:
        self.members = {name: Member() for name in "abc"}
        self.tie = Loyal()
        self.upstream = BalancedUpstream(self.members, habit=lambda _: self.tie)

    @property
    def calls(self) -> list[int]:
        return [member.calls for member in self.members.values()]


@pytest.fixture
def world() -> World:
    return World()


async def test_the_preferred_member_is_asked_and_noted(world: World) -> None:
    for _ in range(5):
        await world.upstream.send(CALL)
    assert world.calls == [0, 5, 0]
    assert world.tie.noted == ["b"] * 5
    assert [sorted(ids) for ids in world.tie.offered] == [["a", "b", "c"]] * 5


async def test_a_call_that_nothing_ties_goes_round(world: World) -> None:
    upstream = BalancedUpstream(world.members, habit=lambda _: None)
    for _ in range(6):
        await upstream.send(CALL)
    assert world.calls == [2, 2, 2]


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("no connection", reached=False),
        UpstreamFailed("wrong key", code="upstream_refused_key"),
        UpstreamRejected(429, ErrorBody("too much", "rate_limit_error"), "60"),
    ],
    ids=repr,
)
async def test_a_member_that_is_set_aside_is_not_offered(world: World, error: UpstreamFailed) -> None:
    world.members["b"].error = error
    await world.upstream.send(CALL)
    await world.upstream.send(CALL)
    assert world.members["b"].calls == 1
    assert "b" not in world.tie.noted
    assert all("b" not in ids for ids in world.tie.offered[1:])


async def test_a_member_far_busier_than_others_is_not_offered(world: World) -> None:
    """What all calls begin with would otherwise send them all to one."""
    answers = [await world.upstream.send(STREAM) for _ in range(MOST_AHEAD + 1)]
    assert world.calls == [0, MOST_AHEAD + 1, 0]
    answers.append(await world.upstream.send(STREAM))
    assert world.members["b"].calls == MOST_AHEAD + 1
    first = answers[0]
    assert isinstance(first, Stream)
    await first.events.aclose()
    await world.upstream.send(STREAM)
    assert world.members["b"].calls == MOST_AHEAD + 2


@pytest.mark.parametrize(
    ("error", "left"),
    [(BROKE, ["b"]), (UpstreamRejected(400, ErrorBody("no", "invalid_request_error")), [])],
    ids=repr,
)
async def test_a_member_at_fault_is_let_go_and_one_that_refuses_is_not(
    world: World, error: UpstreamFailed, left: list[str]
) -> None:
    world.members["b"].error = error
    with pytest.raises(UpstreamFailed):
        await world.upstream.send(CALL)
    assert world.tie.left == left


async def test_a_stream_that_breaks_lets_its_member_go_and_one_that_ends_does_not(world: World) -> None:
    answer = await world.upstream.send(STREAM)
    assert isinstance(answer, Stream)
    assert [event async for event in answer.events] == []
    assert world.tie.left == []
    world.members["b"].error = BROKE
    answer = await world.upstream.send(STREAM)
    assert isinstance(answer, Stream)
    with pytest.raises(UpstreamFailed, match="it broke"):
        await anext(answer.events)
    await answer.events.aclose()
    assert world.tie.left == ["b"]
