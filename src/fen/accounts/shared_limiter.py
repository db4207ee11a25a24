"""Rates that several replicas share, in Valkey; and what each does by itself while it is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fen.accounts.limiter import LocalLimiter, check_keys
from fen.accounts.rate import Charge, Decision, Verdict, describe, refuse
from fen.storage.valkey import Reply, Unavailable, Valkey

_MICROSECOND = 1000  # nanoseconds
_WHOLE = 3
_PREFIX = "fen:rate:"

# The server's clock, in microseconds since 2025-01-01 UTC: a double adds fractions of them exactly enough
# (to 1/128 of one until 2041), which it would not since 1970.
_NOW = """
local time = redis.call('TIME')
local now = (time[1] - 1735689600) * 1000000 + time[2]
local function load(key)
  return math.max(now, tonumber(redis.call('GET', key) or now))
end
local function save(key, tat)
  if tat > now then
    redis.call('SET', key, string.format('%.17g', tat), 'PX', math.ceil((tat - now) / 1000))
  else
    redis.call('DEL', key)
  end
end
"""

# ARGV, for each key: microseconds a unit, cost, burst. Returns, for each key: allowed (1, 0, or -1 where the
# cost is above the burst), microseconds until the TAT, microseconds too early. Half a microsecond too early
# is in time: the sum of a burst's fractions may pass the burst by its rounding.
_TAKE = (
    _NOW
    + """
local tats, reply, all = {}, {}, true
for i = 1, #KEYS do
  local unit, cost, burst = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
  local tat = load(KEYS[i])
  local late = tat + cost * unit - now - burst * unit
  local allowed = late <= 0.5
  all = all and allowed
  tats[i] = {tat, tat + cost * unit}
  reply[3*i-2] = allowed and 1 or (cost > burst and -1 or 0)
  reply[3*i] = math.max(1, math.ceil(late))
end
for i = 1, #KEYS do
  local tat = tats[i][all and 2 or 1]
  if all then save(KEYS[i], tat) end
  reply[3*i-1] = math.ceil(tat - now - 0.5)
end
return reply
"""
)

# ARGV, for each key: microseconds a unit, units more than were taken (fewer, below 0).
_SETTLE = (
    _NOW
    + """
for i = 1, #KEYS do
  save(KEYS[i], load(KEYS[i]) + tonumber(ARGV[2*i-1]) * tonumber(ARGV[2*i]))
end
return {}
"""
)


class ValkeyLimiter:
    """Rates in Valkey, by the server's clock: replicas that share it are together within each rate.

    `take` raises Unavailable while the server is away. A server that forgets (FLUSHALL, a restart) begins
    each rate anew.
    """

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._take = valkey.script(_TAKE)
        self._settle = valkey.script(_SETTLE)

    async def take(self, charges: Sequence[Charge]) -> Verdict:
        """Take all of the charges or none, in one step of the server; see Limiter."""
        check_keys(charges)
        keys = [_PREFIX + charge.key for charge in charges]
        args = [part for c in charges for part in (_unit(c), c.cost, c.rate.burst)]
        reply = await self._valkey.run(self._take, keys, args)
        decisions = tuple(
            _read_decision(reply[_WHOLE * place : _WHOLE * (place + 1)], charge)
            for place, charge in enumerate(charges)
        )
        return Verdict(tuple(charges), decisions, all(decision.allowed for decision in decisions))

    def settle(self, verdict: Verdict, real: Sequence[int]) -> None:
        """Correct charges; see Limiter. While the server is away, the estimate stands."""
        changed = [(c, r) for c, r in zip(verdict.charges, real, strict=True) if c.cost != r]
        if changed:
            args = [part for charge, cost in changed for part in (_unit(charge), cost - charge.cost)]
            self._valkey.post(self._settle, [_PREFIX + charge.key for charge, _ in changed], args)


class SharedLimiter:
    """Rates in Valkey and, while it is away, in this process: limit / replicas for each replica.

    At the change each side begins anew, so that around an outage a rate may pass by one burst more. A
    verdict is settled where it was taken; where that side is away by then, the estimate stands.

    replicas: how many share the rates at the moment.
    """

    def __init__(
        self, valkey: Valkey, replicas: Callable[[], int], local: LocalLimiter | None = None
    ) -> None:
        self._valkey = valkey
        self._shared = ValkeyLimiter(valkey)
        self._local = local if local is not None else LocalLimiter()
        self._replicas = replicas
        self._refused = False

    @property
    def degraded(self) -> bool:
        """Whether this replica counts for itself, because Valkey is away or refused the last charge."""
        return self._refused or not self._valkey.available

    async def take(self, charges: Sequence[Charge]) -> Verdict:
        """Take all of the charges or none; see Limiter."""
        try:
            verdict = await self._shared.take(charges)
        except Unavailable:
            self._refused = True
            return self._take_share(charges)
        self._refused = False
        return verdict

    def settle(self, verdict: Verdict, real: Sequence[int]) -> None:
        """Correct charges; see Limiter."""
        (self._local if verdict.degraded else self._shared).settle(verdict, real)

    def _take_share(self, charges: Sequence[Charge]) -> Verdict:
        parts = max(1, self._replicas())
        return self._local.decide([charge.share(parts) for charge in charges], degraded=True)


def _unit(charge: Charge) -> str:
    """Return the microseconds of one unit, as Lua reads them."""
    return repr(charge.rate.interval / _MICROSECOND)


def _read_decision(reply: Reply, charge: Charge) -> Decision:
    """Return a decision whose clock is the server's, at 0 now."""
    allowed, backlog, late = reply
    if allowed == 1:
        return describe(backlog * _MICROSECOND, 0, charge.rate)
    return refuse(backlog * _MICROSECOND, 0, None if allowed == -1 else late * _MICROSECOND, charge.rate)
