"""Requests of known kinds, and models of which it is known how good each is at what."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.features import Rows, featurize

KINDS = ("algebra equation solve root", "poem verse rhyme love", "python function returns list")
SKILL = np.array([[0.9, 0.9, 0.9], [0.9, 0.3, 0.3], [0.3, 0.9, 0.3]])
"""Chances of three models (rows) at the three kinds (columns)."""

BITS = 12
_FILLERS = (
    "the",
    "of",
    "and",
    "in",
    "to",
    "with",
    "about",
    "under",
    "over",
    "between",
    "every",
    "some",
    "near",
)


class Drawn(msgspec.Struct, frozen=True):
    """Requests, the number of each one's kind, and what three models made of them."""

    asked: tuple[Asked, ...]
    kinds: NDArray[np.intp]
    scores: NDArray[np.float64]

    @property
    def rows(self) -> Rows:
        """The features."""
        return featurize(self.asked, BITS)


def draw(count: int, seed: int) -> Drawn:
    """Draw so many requests; the same for the same seed."""
    random = np.random.default_rng(seed)
    kinds = random.integers(0, len(KINDS), count)
    texts = [
        " ".join([*random.choice(KINDS[kind].split(), 3), *random.choice(_FILLERS, random.integers(3, 12))])
        for kind in kinds
    ]
    scores = (random.random((count, len(SKILL))) < SKILL[:, kinds].T).astype(np.float64)
    return Drawn(tuple(Asked(text) for text in texts), kinds, scores)
