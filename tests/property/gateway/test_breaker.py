"""Laws of the breaker, whatever happens in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.gateway.breaker import BreakerPolicy, Breakers

CIRCUIT = ("vendor", "model")
POLICY = BreakerPolicy(
    failures=3,
    rate=0.5,
    window=10.0,
    least=6,
    open_first=2.0,
    open_most=16.0,
    busy_most=20.0,
    probe_lost=30.0,
)


class World:
    """A breaker with a clock, and the calls that it let out and that have not told their end."""

    def __init__(self) -> None:
        self.now = 0.0
        self.breakers = Breakers(POLICY, lambda: self.now, lambda: 0.0)
        self.under_way = 0

    @property
    def state(self) -> str:
        views = self.breakers.snapshot()
        return views[0].state if views else "closed"

    def act(self, what: str, seconds: float) -> bool:
        """Do one thing; returns whether a call went out."""
        if what == "wait":
            self.now += seconds
        elif what == "call":
            went = self.breakers.allow(CIRCUIT)
            self.under_way += went
            return went
        elif self.under_way:
            self.under_way -= 1
            if what == "busy":
                self.breakers.busy(CIRCUIT, seconds)
            else:
                getattr(self.breakers, what)(CIRCUIT)
        return False


acts = st.lists(
    st.tuples(
        st.sampled_from(["call", "call", "call", "wait", "failed", "failed", "succeeded", "left", "busy"]),
        st.sampled_from([0.0, 0.5, 2.0, 9.0, 31.0]),
    ),
    max_size=80,
)


@given(acts)
def test_half_open_never_lets_out_a_second_probe_before_the_first_tells_its_end(
    done: list[tuple[str, float]],
) -> None:
    world = World()
    probe_at: float | None = None
    for what, seconds in done:
        half_open = world.state == "half_open"
        told = what not in ("call", "wait") and world.under_way > 0
        went = world.act(what, seconds)
        if told or world.state == "closed":
            probe_at = None
        if went and half_open:
            assert probe_at is None or world.now - probe_at >= POLICY.probe_lost
            probe_at = world.now


@given(acts)
def test_an_open_or_busy_breaker_lets_nothing_out(done: list[tuple[str, float]]) -> None:
    world = World()
    for what, seconds in done:
        before = world.state
        wait = world.breakers.seconds(CIRCUIT)
        went = world.act(what, seconds)
        assert not (went and before in ("open", "busy"))
        if what == "call":
            assert went == (wait == 0)


@given(acts)
def test_whatever_has_happened_a_call_goes_out_in_the_end_and_its_answer_closes_it(
    done: list[tuple[str, float]],
) -> None:
    world = World()
    for what, seconds in done:
        world.act(what, seconds)
    world.now += max(POLICY.open_most, POLICY.busy_most, POLICY.probe_lost)
    assert world.breakers.allow(CIRCUIT)
    world.breakers.succeeded(CIRCUIT)
    assert world.state == "closed"
    assert world.breakers.allow(CIRCUIT)


@given(acts, st.integers(1, 12))
def test_an_upstream_that_stays_broken_is_asked_ever_more_rarely_but_always_again(
    done: list[tuple[str, float]], rounds: int
) -> None:
    world = World()
    for what, seconds in done:
        world.act(what, seconds)
    world.now += POLICY.probe_lost + POLICY.open_most
    while world.breakers.allow(CIRCUIT):
        world.breakers.failed(CIRCUIT)
    waits: list[float] = []
    for _ in range(rounds):
        waits.append(world.breakers.seconds(CIRCUIT))
        world.now += waits[-1]
        assert world.breakers.allow(CIRCUIT)
        assert not world.breakers.allow(CIRCUIT)
        world.breakers.failed(CIRCUIT)
    assert waits == sorted(waits)
    assert 0 < waits[0] <= waits[-1] <= POLICY.open_most


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0.0, 5.0)), max_size=30))
def test_failures_below_both_bars_never_open_it(blocks: list[tuple[int, float]]) -> None:
    world = World()
    for failures, step in blocks:
        # At most two in a row, and wherever the window begins less than half of its calls.
        for end in ["failed"] * failures + ["succeeded"] * 5:
            assert world.act("call", 0.0)
            world.act(end, 0.0)
            world.now += step
    assert world.state == "closed"


def test_the_clock_may_start_anywhere() -> None:
    for start in (0.0, 1e9, -5.0):
        breakers = Breakers(POLICY, lambda start=start: start)
        assert breakers.allow(CIRCUIT)
        for _ in range(POLICY.failures):
            breakers.failed(CIRCUIT)
        assert breakers.seconds(CIRCUIT) == pytest.approx(POLICY.open_first)
