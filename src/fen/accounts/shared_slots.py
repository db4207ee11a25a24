"""Slots that several replicas share, in Valkey, as leases: a replica that is killed leaks none for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fen.accounts.slots import LocalSlots, Slot
from fen.storage.valkey import Unavailable, Valkey

LEASE_SECONDS = 30.0
"""How long a slot stays out after the last sign of life of its replica."""

_PREFIX = "fen:slots:"

# KEYS: a sorted set of members `REPLICA:ID`, scored by the end of their lease in the server's microseconds.
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
"""

# ARGV: limit, lease in microseconds, member. Returns whether the member is in.
_ACQUIRE = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return {0} end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] / 1000))
return {1}
"""
)

_RELEASE = """
redis.call('ZREM', KEYS[1], ARGV[1])
return {}
"""

# ARGV: lease in microseconds, then members. However many there are: they are at work, whether or not the
# server has forgotten them.
_RENEW = (
    _NOW
    + """
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))
return {}
"""
)


class SharedSlots:
    """Slots in Valkey and, while it is away, in this process: limit / replicas for each replica.

    Leases are renewed by `keep_alive`; what a killed replica held is free after one lease. After FLUSHALL
    the next renewal puts back what is under way, until then as much again may be given out.

    replica: an id that no other process uses. replicas: how many share the slots at the moment.
    """

    def __init__(
        self, valkey: Valkey, replica: str, replicas: Callable[[], int], lease: float = LEASE_SECONDS
    ) -> None:
        self._valkey = valkey
        self._replica = replica
        self._replicas = replicas
        self._lease = lease
        self._micros = int(lease * 1_000_000)
        self._local = LocalSlots()
        self._acquire = valkey.script(_ACQUIRE)
        self._release = valkey.script(_RELEASE)
        self._renew = valkey.script(_RENEW)

    async def acquire(self, key: str, limit: int) -> Slot | None:
        """Return a slot or None; see Slots."""
        slot = self._local.make(key)
        try:
            admitted = await self._ask(slot, limit)
        except BaseException:  # cancelled: the server may have given the slot, and is told after that
            self.release(slot)
            raise
        if admitted:
            self._local.enter(slot)  # at once after the answer: nothing else runs in between
        return slot if admitted else None

    def release(self, slot: Slot) -> None:
        """Give a slot back; see Slots. While Valkey is away, its lease there runs out by itself."""
        self._local.release(slot)
        self._valkey.post(self._release, [_PREFIX + slot.key], [self._name(slot.id)])

    async def renew(self) -> None:
        """Prolong the leases of all slots that are out here; raises Unavailable."""
        renewals = [
            self._valkey.run(
                self._renew, [_PREFIX + key], [self._micros, *(self._name(number) for number in sorted(ids))]
            )
            for key, ids in self._local.held().items()
        ]
        await asyncio.gather(*renewals)

    async def keep_alive(self) -> None:
        """Renew again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                await self.renew()
            except Unavailable:
                continue  # the client has said so, and the leases are renewed once it is back

    async def _ask(self, slot: Slot, limit: int) -> bool:
        args = [limit, self._micros, self._name(slot.id)]
        try:
            (admitted,) = await self._valkey.run(self._acquire, [_PREFIX + slot.key], args)
        except Unavailable:
            return self._local.count(slot.key) < max(1, limit // max(1, self._replicas()))
        return admitted == 1

    def _name(self, number: int) -> str:
        return f"{self._replica}:{number}"
