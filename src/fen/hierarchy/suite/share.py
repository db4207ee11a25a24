"""A share of cases, with how far it may be from the truth."""

from __future__ import annotations

import math

import msgspec

_Z = 1.959963984540054
"""The normal distribution's 97.5% point: both sides together leave 5% out."""


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    hits: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval, 0 to 1; of nothing, all of it."""
        return wilson(self.hits, self.of)


def wilson(hits: int, of: int, z: float = _Z) -> tuple[float, float]:
    """Return the score interval of a share, 0 to 1.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if of == 0:
        return 0.0, 1.0
    rate, square = hits / of, z * z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    reach = z / (1 + square / of) * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of))
    # Rounding must not put the share itself outside, nor a bound outside of 0 to 1.
    return min(rate, max(0.0, middle - reach)), max(rate, min(1.0, middle + reach))
