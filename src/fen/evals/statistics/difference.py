"""A difference of two models: how large, how sure, and in words."""

from __future__ import annotations

import msgspec

from fen.evals.statistics.interval import Interval
from fen.evals.statistics.spread import LEVEL


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How much better a is than b, on the items that both answered.

    items: how many. a, b: their means. difference: a - b. won, lost: items on which a is better or worse.
    p: two-sided; test: how it was found. adjusted: p after Holm over all that were compared; None where only
    one was. Of no item all but the counts are None.
    """

    name: str
    items: int
    only_a: int = 0
    only_b: int = 0
    unlike: int = 0
    a: float | None = None
    b: float | None = None
    difference: float | None = None
    se: float | None = None
    df: float | None = None
    interval: Interval | None = None
    won: int = 0
    lost: int = 0
    p: float | None = None
    adjusted: float | None = None
    test: str = ""

    @property
    def told_apart(self) -> bool:
        """Whether a difference was found, at 95%, with all comparisons allowed for."""
        decisive = self.p if self.adjusted is None else self.adjusted
        return decisive is not None and decisive <= 1 - LEVEL


def tell(found: Difference, a: str, b: str) -> str:
    """Say which is better, or that no difference was found; figures in points of a hundred."""
    if found.difference is None or found.interval is None:
        return "no item that both answered"
    low, high = 100 * found.interval.low, 100 * found.interval.high
    span = f"{low:.1f} to {high:.1f} points"
    if not found.told_apart:
        crosses = low <= 0 <= high
        return f"no difference found at {LEVEL:.0%}: {span}" + (
            "" if crosses else ", all comparisons allowed for"
        )
    better = a if found.difference > 0 else b
    return f"{better} is better: {100 * found.difference:+.1f} points for {a} ({span})"
