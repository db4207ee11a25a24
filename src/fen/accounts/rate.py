"""Rates: how often, by the generic cell rate algorithm (GCRA).

Sources: ATM Forum, Traffic Management Specification 4.1 (af-tm-0121.000), the GCRA's virtual scheduling
algorithm; Brandur Leach, "Rate Limiting, Cells, and GCRA" (brandur.org/rate-limiting), for its use with
requests.

All that is kept of a rate is one moment, the theoretical arrival time (TAT): when everything admitted so far
will have been worked off at the steady rate. What is admitted pushes it further; how far it may lie ahead of
now is the burst. Moments are whole nanoseconds of one clock, so that no rounding adds up.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import msgspec

Unit = Literal["requests", "tokens"]

_SECOND = 1_000_000_000


class Rate(msgspec.Struct, frozen=True, dict=True):
    """`limit` units a `period` (seconds), of which `burst` may come at once; 0 for as many as the limit.

    Between any two moments at most burst + limit x time / period units are admitted. Raises ValueError.
    """

    limit: int
    period: int = 60
    burst: int = 0

    def __post_init__(self) -> None:
        if self.burst == 0:
            msgspec.structs.force_setattr(self, "burst", self.limit)
        if min(self.limit, self.period, self.burst) < 1:
            raise ValueError(f"found {self}, expected a limit, a period and a burst of at least 1")

    @cached_property
    def interval(self) -> int:
        """Nanoseconds in which one unit is worked off, rounded up: never faster than the limit."""
        return -(-self.period * _SECOND // self.limit)

    @cached_property
    def ahead(self) -> int:
        """Nanoseconds by which the TAT may lie ahead of now: those in which the burst is worked off."""
        return self.burst * self.interval

    @cached_property
    def text(self) -> str:
        """The limit, as it is told."""
        return str(self.limit)

    def share(self, parts: int) -> Rate:
        """Return the rate of one of several that share this one; at least one unit each."""
        return Rate(max(1, self.limit // parts), self.period, max(1, self.burst // parts))


class Charge(msgspec.Struct, frozen=True):
    """What a call takes of a rate: `cost` units, 0 to only look. key: whose rate."""

    key: str
    unit: Unit
    cost: int
    rate: Rate

    def share(self, parts: int) -> Charge:
        """Return the charge on one's share of the rate.

        The share's burst is never below a cost that the whole would admit: such a call passes while nothing
        else was taken of the share, in place of never.
        """
        share = self.rate.share(parts)
        burst = max(share.burst, min(self.cost, self.rate.burst))
        return Charge(self.key, self.unit, self.cost, Rate(share.limit, share.period, burst))


class Decision(msgspec.Struct, frozen=True):
    """What became of a charge of a rate.

    tat: the theoretical arrival time thereafter, in the deciding clock's nanoseconds. backlog: nanoseconds
    by which it lies ahead of now. retry_after: seconds until the refused charge would be admitted, None where
    it never would, for it is above the burst; 0 where it was.
    """

    allowed: bool
    tat: int
    backlog: int
    rate: Rate
    retry_after: float | None = 0.0

    @property
    def remaining(self) -> int:
        """Units that would be admitted now."""
        return max(0, self.rate.burst - -(-self.backlog // self.rate.interval))

    @property
    def reset_seconds(self) -> float:
        """Seconds until the whole burst would be admitted."""
        return self.backlog / _SECOND


class Verdict(msgspec.Struct, frozen=True):
    """The decisions on charges that were made together: all of them were taken, or none.

    allowed: whether all were. degraded: whether each replica counts for itself at the moment.
    """

    charges: tuple[Charge, ...]
    decisions: tuple[Decision, ...]
    allowed: bool
    degraded: bool = False


def take(tat: int, now: int, cost: int, rate: Rate) -> Decision:
    """Decide on a charge; a refused one changes nothing."""
    backlog = cost * rate.interval if tat <= now else tat - now + cost * rate.interval
    late = backlog - rate.ahead
    if late <= 0:
        return Decision(True, now + backlog, backlog, rate)
    return refuse(tat, now, late if cost <= rate.burst else None, rate)


def describe(tat: int, now: int, rate: Rate) -> Decision:
    """Return the decision of a charge that was allowed, from the TAT after it."""
    return Decision(True, tat, max(0, tat - now), rate)


def refuse(tat: int, now: int, late: int | None, rate: Rate) -> Decision:
    """Return the decision of a charge that is `late` nanoseconds too early; None: it is above the burst."""
    retry_after = None if late is None else late / _SECOND
    return Decision(False, tat, max(0, tat - now), rate, retry_after)


def settle(tat: int, now: int, difference: int, rate: Rate) -> int:
    """Return the TAT after a charge turned out to cost `difference` units more (or fewer, below 0).

    What came too much is owed, also beyond the burst: later charges wait for it. What comes back cannot be
    more than is still owed, so that no idle time is credited twice.
    """
    return max(now, max(tat, now) + difference * rate.interval)
