"""The laws of a rate, for any sequence of arrivals."""

from hypothesis import given
from hypothesis import strategies as st

from fen.accounts.limiter import LocalLimiter
from fen.accounts.rate import Charge, Rate, Verdict, describe, settle, take

SECOND = 1_000_000_000

rates = st.builds(
    Rate,
    limit=st.integers(1, 10**9),
    period=st.sampled_from([1, 60, 3600]),
    burst=st.integers(0, 1000),
)
gaps = st.one_of(st.just(0), st.integers(0, 10**6), st.integers(0, 200 * SECOND))
arrivals = st.lists(st.tuples(gaps, st.integers(0, 1200)), max_size=40)
moments = st.integers(0, 10**6 * SECOND)


@given(rates, arrivals, moments)
def test_no_window_admits_more_than_burst_and_rate(
    rate: Rate, sequence: list[tuple[int, int]], start: int
) -> None:
    now, tat = start, 0
    admitted: list[tuple[int, int]] = []
    for gap, cost in sequence:
        now += gap
        decision = take(tat, now, cost, rate)
        tat = decision.tat
        if decision.allowed:
            admitted.append((now, cost))
    for first, (begin, _) in enumerate(admitted):
        total = 0
        for end, cost in admitted[first:]:
            total += cost
            # total <= burst + limit x time / period, in whole numbers
            worth = rate.burst * rate.period * SECOND + rate.limit * (end - begin)
            assert total * rate.period * SECOND <= worth


@given(rates, moments, moments, st.integers(0, 1200))
def test_refused_charge_changes_nothing(rate: Rate, tat: int, now: int, cost: int) -> None:
    decision = take(tat, now, cost, rate)
    if not decision.allowed:
        assert decision.tat == tat


@given(rates, moments, moments, st.integers(0, 1200))
def test_what_is_said_to_remain_is_admitted_and_no_more(rate: Rate, tat: int, now: int, cost: int) -> None:
    decision = take(tat, now, cost, rate)
    seen = take(decision.tat, now, decision.remaining, rate)
    assert seen.allowed == (decision.tat - now <= rate.burst * rate.interval)  # not so while in debt
    assert not take(decision.tat, now, decision.remaining + 1, rate).allowed


@given(rates, moments, moments, st.integers(0, 1200))
def test_after_the_reset_the_whole_burst_is_there(rate: Rate, tat: int, now: int, cost: int) -> None:
    decision = take(tat, now, cost, rate)
    reset = now + round(decision.reset_seconds * SECOND)
    assert describe(decision.tat, reset, rate).remaining == rate.burst
    if reset > now:
        assert describe(decision.tat, reset - 1, rate).remaining < rate.burst


@given(rates, moments, moments, st.integers(0, 1200))
def test_retry_after_is_the_first_moment_that_admits(rate: Rate, tat: int, now: int, cost: int) -> None:
    decision = take(tat, now, cost, rate)
    if decision.retry_after is None:
        assert cost > rate.burst
        assert not take(tat, now + 10**18, cost, rate).allowed
    elif not decision.allowed:
        first = now + round(decision.retry_after * SECOND)
        assert first > now
        assert take(tat, first, cost, rate).allowed
        assert not take(tat, first - 1, cost, rate).allowed


@given(rates, moments, moments, st.integers(0, 1000), st.integers(0, 1000))
def test_settling_at_the_estimate_and_back_changes_nothing(
    rate: Rate, tat: int, now: int, more: int, cost: int
) -> None:
    owed = settle(tat, now, more, rate)
    assert settle(owed, now, -more, rate) == max(tat, now)
    assert settle(tat, now, -cost, rate) >= now
    assert settle(tat, now, 0, rate) == max(tat, now)


@given(rates, st.lists(st.tuples(gaps, st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_settled_charges_count_as_their_real_cost_without_idle_time(
    rate: Rate, sequence: list[tuple[int, int, int]]
) -> None:
    """Estimating and settling at one moment is the same as having known; the clock moves between calls."""
    now, tat, known = 0, 0, 0
    for gap, estimated, real in sequence:
        now += gap
        decision = take(tat, now, estimated, rate)
        if decision.allowed:
            tat = settle(decision.tat, now, real - estimated, rate)
            known = max(known, now) + real * rate.interval
        assert max(tat, now) == max(known, now)


charges = st.lists(
    st.tuples(gaps, st.integers(0, 30), st.integers(0, 3000)),
    min_size=1,
    max_size=30,
)


@given(charges)
async def test_several_rates_are_taken_together_or_not_at_all(sequence: list[tuple[int, int, int]]) -> None:
    requests, tokens = Rate(60, burst=20), Rate(6000, burst=2000)
    now = 0
    limiter = LocalLimiter(lambda: now)
    tats = [0, 0]
    for gap, calls, words in sequence:
        now += gap
        pair = (Charge("r", "requests", calls, requests), Charge("t", "tokens", words, tokens))
        alone = [take(tat, now, c.cost, c.rate) for tat, c in zip(tats, pair, strict=True)]
        verdict: Verdict = await limiter.take(pair)
        assert verdict.allowed == all(decision.allowed for decision in alone)
        if verdict.allowed:
            tats = [decision.tat for decision in alone]
        for tat, charge, decision in zip(tats, pair, verdict.decisions, strict=True):
            assert decision.remaining == describe(tat, now, charge.rate).remaining
