"""What holds for slots of every kind: never more than the limit, and none left behind."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from fen.accounts.shared_slots import SharedSlots
from fen.accounts.slots import LocalSlots, Slots
from fen.storage.valkey import Valkey
from tests.sizes import pick

LIMIT = 5


@pytest.fixture(params=["local", "shared", "degraded"])
async def slots(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Slots]:
    if request.param == "local":
        yield LocalSlots()
    elif request.param == "shared":
        yield SharedSlots(valkey, "rep_1", lambda: 3)
    else:
        absent = Valkey("valkey://127.0.0.1:1")
        yield SharedSlots(absent, "rep_1", lambda: 1)
        await absent.close()


async def test_as_many_as_the_limit_are_given_out(slots: Slots) -> None:
    given = await asyncio.gather(*(slots.acquire("k", LIMIT) for _ in range(20)))
    held = [slot for slot in given if slot is not None]
    assert len(held) == LIMIT
    assert len(set(held)) == LIMIT
    assert await slots.acquire("another", LIMIT) is not None
    slots.release(held[0])
    assert await slots.acquire("k", LIMIT) is not None
    assert await slots.acquire("k", LIMIT) is None


async def test_second_release_changes_nothing(slots: Slots) -> None:
    first, second = await slots.acquire("k", 2), await slots.acquire("k", 2)
    assert first is not None
    assert second is not None
    slots.release(first)
    slots.release(first)
    assert await slots.acquire("k", 2) is not None
    assert await slots.acquire("k", 2) is None


async def test_cancelled_calls_leave_no_slot_behind(slots: Slots) -> None:
    """Calls come, stay for some turns of the loop, and are cancelled at any moment of it."""
    dice = random.Random(11)
    busy = most = 0

    async def call() -> None:
        nonlocal busy, most
        slot = await slots.acquire("k", LIMIT)
        if slot is None:
            return
        try:
            busy += 1
            most = max(most, busy)
            for _ in range(dice.randrange(10)):
                await asyncio.sleep(0)
        finally:
            busy -= 1
            slots.release(slot)

    for _ in range(pick(30, 1000)):
        calls = [asyncio.create_task(call()) for _ in range(12)]
        for _ in range(dice.randrange(12)):
            await asyncio.sleep(0)
        for task in dice.sample(calls, 6):
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert 1 <= most <= LIMIT
    given = [await slots.acquire("k", LIMIT) for _ in range(LIMIT)]
    assert None not in given
