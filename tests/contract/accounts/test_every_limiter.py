"""What holds for every limiter: in this process, in Valkey, and in this process because Valkey is away."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from fen.accounts.limiter import Limiter, LocalLimiter
from fen.accounts.rate import Charge, Rate
from fen.accounts.shared_limiter import SharedLimiter, ValkeyLimiter
from fen.storage.valkey import Valkey
from tests.fakes.valkey import ValkeyServer

DAY = 86_400
BURST = 20
SLOW = Rate(BURST, period=DAY)  # nothing comes back while a test runs


@pytest.fixture(params=["local", "valkey", "shared", "degraded"])
async def limiter(
    request: pytest.FixtureRequest, valkey: Valkey, server: ValkeyServer
) -> AsyncIterator[Limiter]:
    if request.param == "local":
        yield LocalLimiter()
    elif request.param == "valkey":
        yield ValkeyLimiter(valkey)
    elif request.param == "shared":
        yield SharedLimiter(valkey, lambda: 3)
    else:
        absent = Valkey("valkey://127.0.0.1:1")
        yield SharedLimiter(absent, lambda: 1)
        await absent.close()


def ask(cost: int = 1, key: str = "k") -> Charge:
    return Charge(key, "requests", cost, SLOW)


async def test_as_much_as_the_burst_is_admitted_however_it_is_asked_for(limiter: Limiter) -> None:
    verdicts = await asyncio.gather(*(limiter.take([ask()]) for _ in range(5 * BURST)))
    assert sum(verdict.allowed for verdict in verdicts) == BURST
    assert not (await limiter.take([ask()])).allowed
    assert (await limiter.take([ask(key="another")])).allowed


async def test_remaining_counts_down(limiter: Limiter) -> None:
    remaining = [(await limiter.take([ask(7)])).decisions[0].remaining for _ in range(3)]
    assert remaining == [13, 6, 6]


async def test_refusal_says_how_long_to_wait(limiter: Limiter) -> None:
    taken = (await limiter.take([ask(BURST)])).decisions[0]
    assert taken.retry_after == 0
    assert taken.reset_seconds == pytest.approx(DAY)
    refused = (await limiter.take([ask(2)])).decisions[0]
    assert refused.retry_after == pytest.approx(2 * DAY / BURST, rel=1e-3)
    assert refused.reset_seconds == pytest.approx(DAY, rel=1e-3)


async def test_more_than_the_burst_never_passes(limiter: Limiter) -> None:
    decision = (await limiter.take([ask(BURST + 1)])).decisions[0]
    assert (decision.allowed, decision.retry_after, decision.remaining) == (False, None, BURST)


async def test_all_are_taken_or_none(limiter: Limiter) -> None:
    assert (await limiter.take([ask(1, "r"), ask(15, "t")])).allowed
    verdict = await limiter.take([ask(1, "r"), ask(6, "t")])
    assert [decision.allowed for decision in verdict.decisions] == [True, False]
    assert [decision.remaining for decision in verdict.decisions] == [19, 5]
    verdict = await limiter.take([ask(19, "r"), ask(5, "t")])
    assert verdict.allowed
    assert [decision.remaining for decision in verdict.decisions] == [0, 0]


async def test_estimate_is_corrected(limiter: Limiter) -> None:
    verdict = await limiter.take([ask(1, "r"), ask(15, "t")])
    limiter.settle(verdict, [1, 5])
    look = await limiter.take([ask(0, "r"), ask(0, "t")])
    assert [decision.remaining for decision in look.decisions] == [19, 15]


async def test_what_came_too_much_is_owed(limiter: Limiter) -> None:
    verdict = await limiter.take([ask(1)])
    limiter.settle(verdict, [3 * BURST])
    decision = (await limiter.take([ask(1)])).decisions[0]
    assert (decision.allowed, decision.remaining) == (False, 0)
    assert decision.retry_after == pytest.approx(DAY * (2 * BURST + 1) / BURST, rel=1e-3)


async def test_no_more_comes_back_than_is_owed(limiter: Limiter) -> None:
    verdict = await limiter.take([ask(5)])
    limiter.settle(verdict, [0])
    limiter.settle(verdict, [0])
    taken = await asyncio.gather(*(limiter.take([ask()]) for _ in range(2 * BURST)))
    assert sum(verdict.allowed for verdict in taken) == BURST


async def test_rate_comes_back_with_time(limiter: Limiter) -> None:
    charge = Charge("k", "requests", 1, Rate(1000, period=1, burst=1))
    admitted = 0
    async with asyncio.timeout(30):
        for _ in itertools.count():
            admitted += (await limiter.take([charge])).allowed
            if admitted == 20:  # a second's fiftieth
                break


async def test_fractions_of_a_burst_add_up_to_it(limiter: Limiter) -> None:
    """Few limits divide a day into whole units of a clock; a whole burst passes nevertheless, and no more."""
    for limit in range(1, 60):
        rate = Rate(limit, period=DAY)
        whole = Charge(f"whole{limit}", "tokens", limit, rate)
        assert [(await limiter.take([whole])).allowed for _ in range(2)] == [True, False]
        parts = [Charge(f"parts{limit}", "tokens", 1, rate)] * (limit + 1)
        taken = await asyncio.gather(*(limiter.take([part]) for part in parts))
        assert [verdict.allowed for verdict in taken] == [True] * limit + [False]


async def test_two_charges_of_one_key_are_refused(limiter: Limiter) -> None:
    with pytest.raises(ValueError, match="expected keys that differ"):
        await limiter.take([ask(), ask()])
