"""Limiters: rates that are kept somewhere. Here the port, and the one that keeps them in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from fen.accounts.rate import Charge, Decision, Verdict, settle, take

_FEWEST = 1024


class Limiter(Protocol):
    """Decides whether a call is within its rates."""

    async def take(self, charges: Sequence[Charge]) -> Verdict:
        """Take all of the charges or, where one is over its rate, none.

        Raises ValueError for two charges of one key.
        """
        ...

    def settle(self, verdict: Verdict, real: Sequence[int]) -> None:
        """Correct charges that were estimated, once their real cost is known; returns at once.

        real: one cost for each of the verdict's charges, in their order. To be called at most once, for a
        verdict that allowed.
        """
        ...


def check_keys(charges: Sequence[Charge]) -> None:
    """Raise ValueError where two charges have one key: each would be decided as if it were alone."""
    if len(charges) > 1 and len({charge.key for charge in charges}) < len(charges):
        raise ValueError(f"found {[charge.key for charge in charges]}, expected keys that differ")


class LocalLimiter:
    """Rates in this process's memory, which holds only what is not worked off yet.

    clock: monotonic nanoseconds.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._tats: dict[str, int] = {}
        self._sweep_at = _FEWEST

    def __len__(self) -> int:
        """How many rates are kept."""
        return len(self._tats)

    async def take(self, charges: Sequence[Charge]) -> Verdict:
        """Take all of the charges or none; see Limiter."""
        return self.decide(charges)

    def decide(self, charges: Sequence[Charge], *, degraded: bool = False) -> Verdict:
        """Take all of the charges or none; `degraded` goes into the verdict as it is."""
        check_keys(charges)
        now, tats = self._clock(), self._tats
        decisions: list[Decision] = []
        allowed = True
        for charge in charges:
            decision = take(tats.get(charge.key, now), now, charge.cost, charge.rate)
            decisions.append(decision)
            allowed = allowed and decision.allowed
        if not allowed:
            return Verdict(tuple(charges), self._untake(charges, decisions, now), False, degraded)
        for charge, decision in zip(charges, decisions, strict=True):
            tats[charge.key] = decision.tat
        if len(tats) >= self._sweep_at:
            self._sweep(now)
        return Verdict(tuple(charges), tuple(decisions), True, degraded)

    def settle(self, verdict: Verdict, real: Sequence[int]) -> None:
        """Correct charges; see Limiter."""
        now, tats = self._clock(), self._tats
        for charge, cost in zip(verdict.charges, real, strict=True):
            if cost != charge.cost:
                tats[charge.key] = settle(tats.get(charge.key, now), now, cost - charge.cost, charge.rate)

    def _untake(self, charges: Sequence[Charge], decisions: list[Decision], now: int) -> tuple[Decision, ...]:
        """Return decisions that tell of rates as they are, for another charge's refusal undid these."""
        return tuple(
            take(self._tats.get(charge.key, now), now, 0, charge.rate) if decision.allowed else decision
            for charge, decision in zip(charges, decisions, strict=True)
        )

    def _sweep(self, now: int) -> None:
        """Forget what is worked off: a TAT in the past says the same as none.

        Whenever twice as much is kept as the last sweep left, so that a charge's part of it is constant.
        """
        self._tats = {key: tat for key, tat in self._tats.items() if tat > now}
        self._sweep_at = max(_FEWEST, 2 * len(self._tats))
