"""S_l, LongWriter's score of a length (https://arxiv.org/abs/2408.07055), and where it is enough."""

from __future__ import annotations

ENOUGH = 0.8
"""The share of the length asked for from which an answer is long enough."""

LEAST = 87.5
"""S_l of an answer that is just long enough; one of 1.375 times the length has it too."""


def score_length(asked: int, written: int) -> float:
    """Return S_l, 0 to 100, of an answer of `written` where `asked` was wanted.

    Too long costs a third of the excess, too short a half of what is missing as a share of what is there:
    S_l is 0 from four times the length on, at a third of it, and for no answer. Raises ValueError where
    nothing was asked for.
    """
    if asked < 1:
        raise ValueError(f"found {asked} words asked for, expected at least one")
    if written <= 0:
        return 0.0
    if written > asked:
        return 100 * max(0.0, 1 - (written / asked - 1) / 3)
    return 100 * max(0.0, 1 - (asked / written - 1) / 2)
