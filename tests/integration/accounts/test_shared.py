"""Rates and slots of several replicas over one Valkey, which forgets, hangs and dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from fen.accounts.rate import Charge, Rate, Verdict
from fen.accounts.shared_limiter import SharedLimiter
from fen.accounts.shared_slots import SharedSlots
from fen.storage.valkey import Unavailable, Valkey
from tests.fakes.valkey import ValkeyServer

BURST = 60
SLOW = Rate(BURST, period=86_400)  # nothing comes back while a test runs
ONE = Charge("k", "requests", 1, SLOW)
NEVER = 3600.0  # seconds between probes: a test asks by itself whether the server is back

Connect = Callable[..., Valkey]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def connect(server: ValkeyServer) -> AsyncIterator[Connect]:
    """Make clients, each with connections of its own; all are closed in the end."""
    clients: list[Valkey] = []

    def make(timeout: float = 5.0, pause: float = NEVER) -> Valkey:
        clients.append(Valkey(server.url, timeout=timeout, pause=pause))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


async def flush(valkey: Valkey, command: str = "FLUSHALL") -> None:
    await valkey._client.execute_command(command)


async def take_many(limiter: SharedLimiter, times: int) -> list[Verdict]:
    return list(await asyncio.gather(*(limiter.take([ONE]) for _ in range(times))))


def count(verdicts: list[Verdict]) -> int:
    return sum(verdict.allowed for verdict in verdicts)


async def test_two_replicas_are_together_within_the_rate(connect: Connect) -> None:
    limiters = [SharedLimiter(connect(), lambda: 2) for _ in range(2)]
    both = await asyncio.gather(*(take_many(limiter, 2 * BURST) for limiter in limiters))
    assert sum(map(count, both)) == BURST
    assert not any(limiter.degraded for limiter in limiters)
    assert not any(verdict.degraded for verdicts in both for verdict in verdicts)


async def test_refund_of_one_replica_is_the_others_to_take(connect: Connect) -> None:
    mine, yours = connect(), connect()
    first, second = SharedLimiter(mine, lambda: 2), SharedLimiter(yours, lambda: 2)
    verdict = await first.take([Charge("k", "tokens", BURST, SLOW)])
    assert count(await take_many(second, 1)) == 0
    first.settle(verdict, [BURST - 3])
    await first.take([Charge("another", "tokens", 1, SLOW)])  # runs after the settlement
    assert count(await take_many(second, 10)) == 3


async def test_server_that_forgets_begins_anew(connect: Connect) -> None:
    valkey = connect()
    limiter = SharedLimiter(valkey, lambda: 2)
    before = await take_many(limiter, BURST + 5)
    await flush(valkey)
    await flush(valkey, "SCRIPT FLUSH")
    after = await take_many(limiter, BURST + 5)
    assert (count(before), count(after)) == (BURST, BURST)
    assert not limiter.degraded


async def test_flushed_under_load_it_admits_a_burst_more_at_most(connect: Connect) -> None:
    valkey, other = connect(), connect()
    limiters = [SharedLimiter(valkey, lambda: 2), SharedLimiter(other, lambda: 2)]
    loads = [asyncio.create_task(take_many(limiter, 300)) for limiter in limiters]
    await limiters[0].take([ONE])
    await flush(other)
    verdicts = [verdict for load in loads for verdict in await load]
    assert BURST - 1 <= count(verdicts) <= 2 * BURST
    assert not any(verdict.degraded for verdict in verdicts)


async def test_without_a_server_each_replica_has_its_share(server: ValkeyServer, connect: Connect) -> None:
    limiters = [SharedLimiter(connect(), lambda: 3) for _ in range(3)]
    assert count(await take_many(limiters[0], 5)) == 5
    server.stop()
    shares = await asyncio.gather(*(take_many(limiter, BURST) for limiter in limiters))
    assert [count(verdicts) for verdicts in shares] == [BURST // 3] * 3
    assert all(verdict.degraded for verdicts in shares for verdict in verdicts)
    assert all(limiter.degraded for limiter in limiters)


async def test_server_stopped_under_load_fails_no_call(server: ValkeyServer, connect: Connect) -> None:
    limiter = SharedLimiter(connect(), lambda: 2)
    load = asyncio.create_task(take_many(limiter, 600))
    assert count(await take_many(limiter, 1)) == 1
    server.stop()
    verdicts = [*await load, *await take_many(limiter, BURST)]
    assert count([verdict for verdict in verdicts if not verdict.degraded]) <= BURST
    assert count([verdict for verdict in verdicts if verdict.degraded]) == BURST // 2
    assert limiter.degraded


async def test_server_that_hangs_is_left_alone(server: ValkeyServer, connect: Connect) -> None:
    valkey = connect(timeout=0.3)
    limiter = SharedLimiter(valkey, lambda: 2)
    await take_many(limiter, 1)
    server.freeze()
    try:
        assert all(verdict.degraded for verdict in await take_many(limiter, 20))
        with pytest.raises(Unavailable, match="found no answer from Valkey"):
            await valkey.check()
    finally:
        server.thaw()
    await come_back(valkey)
    verdict = (await take_many(limiter, 1))[0]
    assert not verdict.degraded
    # What was asked before the hang may have been counted once, never twice, and no answer is another's.
    assert BURST - 22 <= verdict.decisions[0].remaining <= BURST - 1


async def test_server_that_is_back_is_used_again(server: ValkeyServer, connect: Connect) -> None:
    valkey = connect(pause=0.01)
    limiter = SharedLimiter(valkey, lambda: 2)
    server.stop()
    away = (await take_many(limiter, 1))[0]
    assert limiter.degraded
    server.start()
    async with asyncio.timeout(30):
        while not valkey.available:  # noqa: ASYNC110  its own probe finds it, and tells nobody
            await asyncio.sleep(0.001)
    back = (await take_many(limiter, 1))[0]
    assert (away.degraded, back.degraded, limiter.degraded) == (True, False, False)
    limiter.settle(away, [BURST])  # of the time without it: not the server's to know
    assert (await limiter.take([ONE])).decisions[0].remaining == BURST - 2


async def test_two_replicas_share_slots(connect: Connect) -> None:
    first = SharedSlots(connect(), "rep_1", lambda: 2)
    second = SharedSlots(connect(), "rep_2", lambda: 2)
    given = await asyncio.gather(*(slots.acquire("k", 5) for _ in range(10) for slots in (first, second)))
    assert len([slot for slot in given if slot is not None]) == 5


async def test_killed_replica_leaks_its_slots_for_one_lease(connect: Connect) -> None:
    killed = SharedSlots(connect(), "rep_1", lambda: 2, lease=0.05)
    assert await killed.acquire("k", 1) is not None
    heir = SharedSlots(connect(), "rep_2", lambda: 2, lease=60.0)
    async with asyncio.timeout(30):
        while await heir.acquire("k", 1) is None:  # noqa: ASYNC110  the server tells nobody of an end
            await asyncio.sleep(0.001)


async def test_lease_is_renewed_for_as_long_as_a_slot_is_out(connect: Connect) -> None:
    valkey = connect()
    slots = SharedSlots(valkey, "rep_1", lambda: 2, lease=0.03)
    held = await slots.acquire("k", 1)
    assert held is not None
    first = await find_lease(valkey, held.id)
    keeping = asyncio.create_task(slots.keep_alive())
    async with asyncio.timeout(30):
        while not first < await find_lease(valkey, held.id):  # noqa: ASYNC110  nor of a renewal
            await asyncio.sleep(0.001)
    slots.release(held)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await slots.renew()
    assert await find_lease(valkey, held.id) == 0


async def test_renewal_puts_back_what_a_server_forgot(connect: Connect) -> None:
    valkey = connect()
    slots = SharedSlots(valkey, "rep_1", lambda: 2)
    assert await slots.acquire("k", 1) is not None
    await flush(valkey)
    await slots.renew()
    assert await SharedSlots(connect(), "rep_2", lambda: 2).acquire("k", 1) is None


async def test_slots_without_a_server_count_what_is_out(server: ValkeyServer, connect: Connect) -> None:
    slots = SharedSlots(connect(), "rep_1", lambda: 2)
    held = [await slots.acquire("k", 6) for _ in range(2)]
    assert None not in held
    server.stop()
    assert [await slots.acquire("k", 6) is not None for _ in range(3)] == [True, False, False]
    assert held[0] is not None
    slots.release(held[0])
    assert await slots.acquire("k", 6) is not None
    with pytest.raises(Unavailable):
        await slots.renew()


async def find_lease(valkey: Valkey, number: int) -> float:
    """Return the end of a slot's lease; 0 where it has none."""
    score = await valkey._client.execute_command("ZSCORE", "fen:slots:k", f"rep_1:{number}")
    return float(score or 0)


async def come_back(valkey: Valkey) -> None:
    async with asyncio.timeout(30):
        while not valkey.available:
            try:
                await valkey.check()
            except Unavailable:
                await asyncio.sleep(0.001)
