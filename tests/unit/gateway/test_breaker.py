"""The breaker's table: what opens it, for how long, what its probe decides, and what counts for nothing."""

from __future__ import annotations

import asyncio

import pytest

from fen.gateway.breaker import STATES, BreakerPolicy, Breakers, BreakerView, Circuit, judge, list_states
from fen.wire.errors import (
    BudgetExceeded,
    ErrorBody,
    InvalidRequest,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamTimeout,
)

HERE: Circuit = ("vendor", "model-1")
THERE: Circuit = ("vendor", "model-2")
NOON = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT
POLICY = BreakerPolicy(
    failures=3,
    rate=0.5,
    window=10.0,
    least=8,
    open_first=4.0,
    open_most=10.0,
    busy_most=60.0,
    probe_lost=50.0,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(POLICY, clock, lambda: NOON)


def rejected(status: int, retry_after: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody("refused", "some_error"), retry_after)


def trip(breakers: Breakers, circuit: Circuit = HERE) -> None:
    for _ in range(POLICY.failures):
        assert breakers.allow(circuit)
        breakers.failed(circuit)


def state(breakers: Breakers, circuit: Circuit = HERE) -> str:
    return next(view.state for view in breakers.snapshot() if (view.upstream, view.model) == circuit)


def test_failures_in_a_row_open_it_for_that_model_alone(breakers: Breakers) -> None:
    trip(breakers)
    assert not breakers.allow(HERE)
    assert not breakers.is_busy(HERE)
    assert breakers.allow(THERE)
    assert breakers.seconds(HERE) == 4.0
    assert breakers.seconds(THERE) == 0.0


def test_an_answer_between_failures_keeps_it_closed(breakers: Breakers) -> None:
    for _ in range(2):
        breakers.failed(HERE)
        breakers.failed(HERE)
        breakers.succeeded(HERE)
    assert breakers.allow(HERE)


def test_too_many_failures_among_answers_open_it(breakers: Breakers) -> None:
    for _ in range(4):
        assert breakers.allow(HERE)
        breakers.succeeded(HERE)
        breakers.failed(HERE)
    assert not breakers.allow(HERE)


def test_few_failures_among_answers_do_not(breakers: Breakers) -> None:
    for _ in range(30):
        breakers.failed(HERE)
        breakers.succeeded(HERE)
        breakers.succeeded(HERE)
    assert breakers.allow(HERE)


def test_failures_older_than_the_window_are_forgotten(breakers: Breakers, clock: Clock) -> None:
    for _ in range(6):  # 2 of 3 fail: three failures in a row never come, eight calls in a window neither
        for _ in range(2):
            breakers.failed(HERE)
        breakers.succeeded(HERE)
        clock.now += 5.0
    assert breakers.allow(HERE)


def test_one_probe_goes_out_and_its_answer_closes_it(breakers: Breakers, clock: Clock) -> None:
    trip(breakers)
    clock.now += 4.0
    assert state(breakers) == "half_open"
    assert [breakers.allow(HERE) for _ in range(3)] == [True, False, False]
    assert breakers.seconds(HERE) == 1.0
    breakers.succeeded(HERE)
    assert [breakers.allow(HERE) for _ in range(3)] == [True, True, True]
    assert state(breakers) == "closed"


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_the_most(
    breakers: Breakers, clock: Clock
) -> None:
    trip(breakers)
    for seconds in (4.0, 8.0, 10.0, 10.0):
        assert breakers.seconds(HERE) == seconds
        clock.now += seconds
        assert breakers.allow(HERE)
        breakers.failed(HERE)
    assert breakers.snapshot() == [BreakerView("vendor", "model-1", "open", 10.0, 5)]


def test_an_opening_soon_after_a_closing_goes_on_doubling(breakers: Breakers, clock: Clock) -> None:
    trip(breakers)
    clock.now += 4.0
    assert breakers.allow(HERE)
    breakers.succeeded(HERE)
    trip(breakers)
    assert breakers.seconds(HERE) == 8.0


def test_a_window_of_health_forgives_earlier_openings(breakers: Breakers, clock: Clock) -> None:
    trip(breakers)
    clock.now += 4.0
    assert breakers.allow(HERE)
    breakers.succeeded(HERE)
    clock.now += 10.0
    trip(breakers)
    assert breakers.seconds(HERE) == 4.0


def test_calls_that_began_before_the_opening_change_nothing(breakers: Breakers, clock: Clock) -> None:
    for _ in range(5):
        assert breakers.allow(HERE)
    trip(breakers)
    breakers.succeeded(HERE)
    breakers.failed(HERE)
    assert breakers.seconds(HERE) == 4.0
    clock.now += 4.0
    breakers.failed(HERE)  # the open time is over, but no probe is out yet
    assert breakers.allow(HERE)


def test_a_probe_that_tells_nothing_makes_room_for_another(breakers: Breakers, clock: Clock) -> None:
    trip(breakers)
    clock.now += 4.0
    assert breakers.allow(HERE)
    breakers.left(HERE)
    assert breakers.allow(HERE)
    assert not breakers.allow(HERE)
    clock.now += POLICY.probe_lost
    assert breakers.allow(HERE)


def test_a_busy_model_is_left_alone_for_as_long_as_it_says(breakers: Breakers, clock: Clock) -> None:
    for _ in range(9):
        breakers.ended(HERE, rejected(429, "2"))
    assert not breakers.allow(HERE)
    assert state(breakers) == "busy"
    assert breakers.is_busy(HERE)
    assert not breakers.is_busy(THERE)
    clock.now += 2.0
    assert breakers.allow(HERE)
    breakers.ended(HERE, rejected(429))
    assert breakers.allow(HERE)


def test_a_busy_answer_to_a_probe_closes_the_breaker_but_keeps_the_pause(
    breakers: Breakers, clock: Clock
) -> None:
    trip(breakers)
    clock.now += 4.0
    assert breakers.allow(HERE)
    breakers.ended(HERE, rejected(429, "Sun, 06 Nov 1994 08:49:40 GMT"))
    assert breakers.snapshot() == [BreakerView("vendor", "model-1", "busy", 3.0, 1)]


def test_an_absurd_pause_is_cut(breakers: Breakers) -> None:
    breakers.ended(HERE, rejected(429, "1e30"))
    assert breakers.seconds(HERE) == POLICY.busy_most


def test_a_shorter_pause_does_not_end_a_longer_one(breakers: Breakers) -> None:
    breakers.busy(HERE, 30.0)
    breakers.busy(HERE, 1.0)
    assert breakers.seconds(HERE) == 30.0


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, "works"),
        (rejected(400), "works"),
        (rejected(404), "works"),
        (rejected(409), "works"),
        (rejected(422), "works"),
        (rejected(429, "1"), "busy"),
        (rejected(408), "fails"),
        (rejected(500), "fails"),
        (rejected(503, "1"), "fails"),
        (UpstreamFailed("no connection", reached=False), "fails"),
        (UpstreamFailed("wrong key", code="upstream_refused_key"), "fails"),
        (UpstreamTimeout("no first byte"), "fails"),
        (BudgetExceeded("spent"), "none"),
        (InvalidRequest("malformed"), "none"),
        (asyncio.CancelledError(), "none"),
        (RuntimeError("a fault of Fen's own"), "none"),
    ],
)
def test_only_the_upstreams_own_faults_count(
    breakers: Breakers, error: BaseException | None, verdict: str
) -> None:
    assert judge(error) == verdict
    for _ in range(POLICY.failures):
        breakers.ended(HERE, error)
    if verdict != "busy":
        assert breakers.allow(HERE) == (verdict != "fails")


def test_the_snapshot_is_in_order_and_has_only_what_was_called(breakers: Breakers) -> None:
    breakers.succeeded(THERE)
    breakers.succeeded(HERE)
    assert breakers.allow(("vendor", "never-called"))
    assert [view.model for view in breakers.snapshot()] == ["model-1", "model-2"]


def test_of_each_that_was_called_one_state_is_the_one(breakers: Breakers) -> None:
    trip(breakers)
    breakers.succeeded(THERE)
    figures = dict(list_states(breakers))
    assert len(figures) == 2 * len(STATES)
    assert [labels for labels, figure in figures.items() if figure] == [
        ("vendor", "model-1", "open"),
        ("vendor", "model-2", "closed"),
    ]
    assert set(figures.values()) == {0.0, 1.0}


def test_each_opening_and_the_closing_are_in_the_log(
    breakers: Breakers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    trip(breakers)
    breakers.failed(HERE)
    clock.now += 4.0
    assert breakers.allow(HERE)
    breakers.failed(HERE)
    clock.now += 8.0
    assert breakers.allow(HERE)
    breakers.succeeded(HERE)
    breakers.succeeded(HERE)
    assert [record.getMessage() for record in caplog.records] == [
        "model-1 of upstream vendor keeps failing: left alone for 4 s",
        "model-1 of upstream vendor keeps failing: left alone for 8 s",
        "model-1 of upstream vendor answers again",
    ]
