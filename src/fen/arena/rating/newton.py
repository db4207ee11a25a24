"""Newton's method on a concave log-likelihood, a step halved until it no longer goes down."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fen.arena.ballots import Floats

_STEPS = 60
_SMALLEST = 1e-6  # share of a step; below it only rounding goes down


class Look(NamedTuple):
    """A log-likelihood at one place, its gradient, shape (k,), and the information, shape (k, k).

    The information is minus the second derivative.
    """

    value: float
    gradient: Floats
    information: Floats


def climb(
    look: Callable[[Floats], Look], solve: Callable[[Look], Floats], start: Floats, settled: float
) -> tuple[Floats, Look]:
    """Return the place of the maximum, shape (k,), and the last look.

    look: the log-likelihood at a place. solve: the step to take from what was seen. settled: a step that
    would raise the log-likelihood by no more than half of this is the last. It costs no look and doubles the
    right digits; so the last look was one such step away.
    """
    place, seen = start, look(start)
    for _ in range(_STEPS):
        step = solve(seen)
        if float(seen.gradient @ step) <= settled:
            return place + step, seen
        size = 1.0
        # Not `<`: beyond what floats hold, a value is not a number, which is no better than any.
        while not (ahead := look(place + size * step)).value >= seen.value and size >= _SMALLEST:
            size /= 2
        place, seen = place + size * step, ahead
    return place, seen
