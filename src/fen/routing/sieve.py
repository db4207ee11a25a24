"""A sieve: how well the checks of a cascade tell the right answers from the wrong ones."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

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


def find_sieve(sieves: Mapping[float, Sieve], threshold: float | None) -> Sieve:
    """Return the rates at the nearest threshold; PERFECT where there is none, or no verifier is asked."""
    if threshold is None or not sieves:
        return PERFECT
    return sieves[min(sieves, key=lambda found: (abs(found - threshold), found))]
