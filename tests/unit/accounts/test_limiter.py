import pytest

from fen.accounts.limiter import LocalLimiter
from fen.accounts.rate import Charge, Rate

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


async def test_rate_comes_back_with_time() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock)
    charge = Charge("k", "requests", 1, Rate(60, burst=1))
    assert (await limiter.take([charge])).allowed
    refused = await limiter.take([charge])
    assert not refused.allowed
    assert refused.decisions[0].retry_after == 1.0
    clock.now += SECOND
    assert (await limiter.take([charge])).allowed


async def test_what_is_worked_off_is_forgotten() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock)
    for number in range(10_000):
        clock.now += SECOND // 100  # a charge is worked off after a second: some hundred are kept
        await limiter.take([Charge(f"k{number}", "requests", 1, Rate(60))])
        assert len(limiter) <= 1024


async def test_what_is_owed_is_kept() -> None:
    limiter = LocalLimiter(Clock())
    charges = [Charge(f"k{number}", "requests", 1, Rate(60, burst=1)) for number in range(3000)]
    for charge in charges:
        await limiter.take([charge])
    assert not any([(await limiter.take([charge])).allowed for charge in charges])


async def test_two_charges_of_one_key_are_refused() -> None:
    charge = Charge("k", "requests", 1, Rate(60))
    with pytest.raises(ValueError, match="expected keys that differ"):
        await LocalLimiter().take([charge, charge])
