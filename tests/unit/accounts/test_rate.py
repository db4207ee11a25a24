import pytest

from fen.accounts.rate import Charge, Rate, describe, settle, take

SECOND = 1_000_000_000
PER_MINUTE = Rate(60)  # one a second, 60 at once
NOW = 1_000 * SECOND


@pytest.mark.parametrize(
    ("tat", "cost", "allowed", "after", "remaining", "reset", "retry_after"),
    [
        (0, 1, True, NOW + SECOND, 59, 1.0, 0.0),
        (NOW, 1, True, NOW + SECOND, 59, 1.0, 0.0),
        (0, 60, True, NOW + 60 * SECOND, 0, 60.0, 0.0),
        (0, 61, False, 0, 60, 0.0, None),
        (NOW + 60 * SECOND, 1, False, NOW + 60 * SECOND, 0, 60.0, 1.0),
        (NOW + 59 * SECOND + 1, 1, False, NOW + 59 * SECOND + 1, 0, 59.000000001, 1e-9),
        (NOW + 59 * SECOND, 1, True, NOW + 60 * SECOND, 0, 60.0, 0.0),
        (NOW + 30 * SECOND, 40, False, NOW + 30 * SECOND, 30, 30.0, 10.0),
        (NOW + 90 * SECOND, 0, False, NOW + 90 * SECOND, 0, 90.0, 30.0),
        (NOW + 5 * SECOND, 0, True, NOW + 5 * SECOND, 55, 5.0, 0.0),
    ],
)
def test_charge_is_decided(
    tat: int, cost: int, allowed: bool, after: int, remaining: int, reset: float, retry_after: float | None
) -> None:
    decision = take(tat, NOW, cost, PER_MINUTE)
    assert (decision.allowed, decision.tat, decision.remaining) == (allowed, after, remaining)
    assert (decision.reset_seconds, decision.retry_after) == (reset, retry_after)


@pytest.mark.parametrize(
    ("tat", "difference", "after"),
    [
        (NOW + 10 * SECOND, 5, NOW + 15 * SECOND),
        (NOW + 10 * SECOND, -4, NOW + 6 * SECOND),
        (NOW + 10 * SECOND, -40, NOW),
        (0, -4, NOW),
        (0, 4, NOW + 4 * SECOND),
        (NOW + 60 * SECOND, 100, NOW + 160 * SECOND),
    ],
)
def test_settling_moves_what_is_owed(tat: int, difference: int, after: int) -> None:
    assert settle(tat, NOW, difference, PER_MINUTE) == after


def test_rate_is_never_faster_than_its_limit() -> None:
    assert Rate(7).interval == 8_571_428_572
    assert Rate(60).interval == SECOND
    assert Rate(10, period=86_400).interval == 8_640 * SECOND


def test_burst_is_the_limit_unless_it_is_given() -> None:
    assert Rate(60).burst == 60
    assert Rate(60, burst=5).burst == 5
    assert describe(0, 0, Rate(60, burst=5)).remaining == 5


@pytest.mark.parametrize(("limit", "period", "burst"), [(0, 60, 0), (-1, 60, 0), (1, 0, 0), (1, 60, -1)])
def test_rate_of_nothing_is_refused(limit: int, period: int, burst: int) -> None:
    with pytest.raises(ValueError, match="expected a limit, a period and a burst of at least 1"):
        Rate(limit, period, burst)


def test_share_is_a_part_and_at_least_one() -> None:
    assert Rate(100, burst=10).share(4) == Rate(25, burst=2)
    assert Rate(2).share(3) == Rate(1)


def test_share_admits_a_call_that_the_whole_would() -> None:
    def share(cost: int) -> Rate:
        return Charge("k", "tokens", cost, Rate(100)).share(4).rate

    assert share(10) == Rate(25)
    assert share(60) == Rate(25, burst=60)
    assert share(200) == Rate(25, burst=100)
    assert take(0, 0, 200, share(200)).retry_after is None
