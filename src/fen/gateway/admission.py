"""Who asks, in which tier, and whether its rates have room; and what is given back at the call's end."""

from __future__ import annotations

from functools import lru_cache

from fen.accounts import Key, admit_keyless
from fen.accounts.headers import rate_headers, refuse_rate
from fen.accounts.rate import Charge, Rate
from fen.accounts.tier import Tier
from fen.gateway.call import DEFAULT_TIER, Call, Caller, Parts
from fen.gateway.records import record
from fen.wire.errors import Forbidden, RateLimited, Unauthenticated
from fen.wire.ports import Headers

_KEYLESS = "keyless"
"""Whose rates those are of callers without a key, all together."""

_BUSY_KEYS = 4096
"""Keys whose rates are not put together anew for each call."""

_SLOT_SECONDS = 1.0
"""When it is worth asking again for a slot."""


async def identify(caller: Caller, parts: Parts) -> Key | None:
    """Return the caller's key, or None where no key is needed.

    As long as there is no key at all, local callers need none (fen.accounts.admit_keyless has the rule).
    Raises Unauthenticated or Forbidden.
    """
    if caller.inside or caller.key is not None:
        return caller.key
    if caller.secret:
        key = parts.keyring.cached(caller.secret) or await parts.keyring.find(caller.secret)
        if key is not None:
            return key
    if await parts.keyring.any_key():
        found = "a key that is not known or was revoked" if caller.secret else "no key"
        raise Unauthenticated(f"found {found}, expected a key made by `fen keys create`")
    if caller.peer is None:
        raise Unauthenticated("found neither a key nor an address, expected one of them")
    admit_keyless(caller.peer(), parts.bind_host, parts.trusted_proxies)
    return None


def find_tier(key: Key | None, parts: Parts) -> Tier:
    """Return a key's tier.

    Raises Forbidden for one that the settings no longer have: another one might allow more.
    """
    name = DEFAULT_TIER.name if key is None else getattr(key, "tier", DEFAULT_TIER.name)
    tier = parts.tiers.get(name)
    if tier is None:
        raise Forbidden(f"found the key in the tier {name!r}, expected one of {', '.join(parts.tiers)}")
    return tier


async def take_room(call: Call, parts: Parts) -> None:
    """Take the call's part of its tier's rates, then a slot; the tally keeps them until `leave`.

    Raises RateLimited, and ContextLengthExceeded for a call that alone is above a rate.
    """
    tier, tally = call.tier, call.tally
    key_id = call.key.id if call.key else _KEYLESS
    charges: list[Charge] = []
    if tier.rpm is not None:
        charges.append(_charge_request(tier.name, key_id, tier.rpm))
    if tier.tpm is not None:
        name, rate = _name_tokens(tier.name, key_id, tier.tpm)
        charges.append(Charge(name, "tokens", _expect_tokens(call, tier.tpm), rate))
    if charges:
        verdict = await parts.limiter.take(charges)
        tally.verdict = verdict
        if not verdict.allowed:
            raise refuse_rate(verdict)
    if tier.concurrency is not None:
        tally.slot = await parts.slots.acquire(f"{tier.name}:{key_id}", tier.concurrency)
        if tally.slot is None:
            raise RateLimited(
                f"found {tier.concurrency} calls under way, expected fewer in the tier {tier.name!r}",
                retry_after=_SLOT_SECONDS,
            )


def leave(call: Call, parts: Parts) -> None:
    """End a call, once: give its slot back, correct its rates, keep what was found and decided; record it."""
    tally = call.tally
    if tally.closed:
        return
    tally.closed = True
    if call.guarded is not None and (findings := call.guarded.findings):
        parts.findings.note(call.id, call.key.id if call.key is not None else None, findings)
    if call.routed is not None:
        parts.route_log.note(call.routed.decision, call)
    if tally.slot is not None:
        parts.slots.release(tally.slot)
    verdict = tally.verdict
    if verdict is not None and verdict.allowed:
        real = [tally.usage.total_tokens if c.unit == "tokens" else c.cost for c in verdict.charges]
        parts.limiter.settle(verdict, real)
    record(call, parts)


def tell_rates(call: Call) -> Headers:
    """Return the headers that tell what is left of the rates; none where there are none."""
    verdict = call.tally.verdict
    return () if verdict is None else rate_headers(verdict)


def _expect_tokens(call: Call, most: int) -> int:
    """Estimate a call's tokens: its input and what it may write, but not so many that it could never pass."""
    assert call.size is not None
    read = call.size.estimate
    wanted = getattr(call.request.view, "output_limit", None) or 0
    return max(read, min(read + wanted, most))


@lru_cache(_BUSY_KEYS)
def _charge_request(tier: str, key_id: str, rpm: int) -> Charge:
    """Return what each call of a key takes of its rate of requests."""
    return Charge(f"{tier}:{key_id}:requests", "requests", 1, Rate(rpm))


@lru_cache(_BUSY_KEYS)
def _name_tokens(tier: str, key_id: str, tpm: int) -> tuple[str, Rate]:
    """Return a key's rate of tokens, and under which name it is counted."""
    return f"{tier}:{key_id}:tokens", Rate(tpm)
