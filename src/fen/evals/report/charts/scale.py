"""Scales: from a value to a place on an axis, with round ticks."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

_WIDE = 20.0  # largest over smallest from which a scale is logarithmic


class Scale(msgspec.Struct, frozen=True):
    """An axis from `low` (drawn at `start`) to `high` (drawn at `end`); values are of any unit."""

    low: float
    high: float
    start: float
    end: float
    kind: Literal["linear", "log"] = "linear"

    def place(self, value: float) -> float:
        """Return where a value is drawn, held to the axis."""
        turn = math.log10 if self.kind == "log" else float
        value = min(max(value, self.low), self.high)
        share = (turn(value) - turn(self.low)) / (turn(self.high) - turn(self.low))
        return self.start + share * (self.end - self.start)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Return about so many round values of the axis, in order."""
        if self.kind == "log":
            return _decades(self.low, self.high)
        step = _round_step((self.high - self.low) / wanted)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def choose_scale(values: list[float], start: float, end: float) -> Scale:
    """Return a scale for amounts of 0 and more: from 0 on, or logarithmic where they differ by much."""
    least, most = min(values), max(values)
    if least > 0 and most / least >= _WIDE:
        return Scale(least / 1.5, most * 1.5, start, end, "log")
    if most == 0:
        return Scale(0, 1, start, end)
    step = _round_step(most / 5)
    return Scale(0, math.ceil(most * 1.02 / step) * step, start, end)


def around(values: list[float], start: float, end: float) -> Scale:
    """Return a linear scale that has all values and 0 inside."""
    least, most = min(0.0, *values), max(0.0, *values)
    step = _round_step((most - least or 1) / 5)
    return Scale(math.floor(least / step) * step, math.ceil((most or 1) / step) * step, start, end)


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * (1 - 1e-9))


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]
        if len(found) > 2:
            return found
    return found
