"""A sieve: how well the checks of a cascade tell the right answers from the wrong ones."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

THRESHOLDS = tuple(step / 20 for step in range(1, 20))
"""Probabilities by the verifier below which an answer may be escalated."""


class Sieve(msgspec.Struct, frozen=True):
    """Rates of a cascade's checks, measured on answers that were not fitted on.

    catches: P(escalate | wrong). alarms: P(escalate | right). rescues: P(the strong model is right |
    escalated) as a share of P(the strong model is right): what the cheap one fails at is harder for both.
    n: answers that it was measured on; 0 for the sieve that errs never, the best that checks can be.
    """

    catches: float = 1.0
    alarms: float = 0.0
    rescues: float = 1.0
    n: int = 0


PERFECT = Sieve()
"""Assumed where nothing was measured: what a cascade costs at least."""


def measure_sieve(escalated: NDArray[np.bool_], right: NDArray[np.bool_], strong: NDArray[np.bool_]) -> Sieve:
    """Return the rates of checks that escalated some answers of a cheap model, shapes (n,).

    right: whether the cheap model's answer was; strong: whether the strong model's was. Each rate has half an
    answer of either kind added (Jeffreys' prior), so that few answers prove no perfect check. Raises
    ValueError where nothing was measured.
    """
    n = len(right)
    if n == 0 or not strong.any():
        raise ValueError(f"found {n} answers, {int(strong.sum())} right by the strong model, expected some")
    catches = _share(int((escalated & ~right).sum()), int((~right).sum()))
    alarms = _share(int((escalated & right).sum()), int(right.sum()))
    rescued = _share(int((escalated & strong).sum()), int(escalated.sum()))
    return Sieve(catches, alarms, min(1.0, rescued / float(strong.mean())), n)


def measure_sieves(
    verified: Floats, right: NDArray[np.bool_], strong: NDArray[np.bool_]
) -> dict[float, Sieve]:
    """Return the rates of a verifier at each of THRESHOLDS, from its probabilities for some answers, (n,)."""
    return {threshold: measure_sieve(verified < threshold, right, strong) for threshold in THRESHOLDS}


def find_sieve(sieves: Mapping[float, Sieve], threshold: float | None) -> Sieve:
    """Return the rates at the nearest threshold; PERFECT where there is none, or no verifier is asked."""
    if threshold is None or not sieves:
        return PERFECT
    return sieves[min(sieves, key=lambda found: (abs(found - threshold), found))]


def _share(count: int, n: int) -> float:
    return (count + 0.5) / (n + 1.0)
