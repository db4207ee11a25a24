"""Ballots: votes as columns, each model a number, which is all that a rating needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

Outcome = Literal["left", "right", "tie", "both_bad"]
"""Who won: the left answer, the right one, neither because both were good, or neither because none was."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""In the order of their codes, from 0 on."""

Codes = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


class Ballots(msgspec.Struct, frozen=True):
    """N votes on pairs of models.

    models: names, by number. left, right: numbers of the models, shape (N,). outcome: codes of OUTCOMES,
    shape (N,). voter: numbers of the voters from 0 on, shape (N,); None where they are not known. style: by
    name, how much more of something the left answer has than the right one, shape (N,). propensity: the
    probability with which each pair was drawn, shape (N,).
    """

    models: tuple[str, ...]
    left: Codes
    right: Codes
    outcome: Codes
    voter: Codes | None = None
    style: Mapping[str, Floats] = {}
    propensity: Floats | None = None

    def __len__(self) -> int:
        return len(self.outcome)
