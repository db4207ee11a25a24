"""What chance alone does: McNemar's test of pairs, their interval, and Holm's correction of many tests."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import bdtr

from fen.evals.statistics.interval import Interval

_Z = 1.959963984540054


def find_mid_p(won: int, lost: int) -> float:
    """Return McNemar's mid-p, two-sided: how likely chance makes discordant pairs so uneven."""
    discordant, fewer = won + lost, min(won, lost)
    if discordant == 0:
        return 1.0
    below = float(bdtr(fewer - 1, discordant, 0.5)) if fewer else 0.0
    return min(1.0, float(bdtr(fewer, discordant, 0.5)) + below)


def bound_pairs(won: int, lost: int, n: int) -> Interval:
    """Return the interval of a difference of binary pairs that share nothing."""
    up, down = (won + 1) / (n + 2), (lost + 1) / (n + 2)
    middle, plain = up - down, (won - lost) / n
    reach = _Z * math.sqrt((up + down - middle * middle) / (n + 2))
    low, high = max(-1.0, middle - reach), min(1.0, middle + reach)
    # The middle is drawn towards none; the difference itself stays inside.
    return Interval(min(low, plain), max(high, plain), f"adjusted Wald (Bonett and Price), {n} paired items")


def adjust(ps: Sequence[float]) -> tuple[float, ...]:
    """Return each p after Holm's correction for all of them.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    adjusted = [0.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda place: ps[place])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return tuple(adjusted)
