"""Models that joined a fitted estimator: each is told by what the fitted ones are expected to do.

They stand beside the fitted ones and change nothing of theirs, so that what is expected of those stays the
same to the last bit, and what was proved by it stays proved.
"""

from __future__ import annotations

import msgspec
import numpy as np

from fen.routing.quality.design import Single


class Joined(msgspec.Struct, frozen=True):
    """Models by row. base: logits at the fitted models' means, shape (k,).

    mix: how much each of the m fitted models' logits, beyond its mean, counts, shape (k, m). doubt: variances
    of a logit, of familiar and of foreign requests, shape (2, k).
    """

    models: tuple[str, ...]
    base: Single
    mix: Single
    doubt: Single

    def read(self, beyond: Single) -> Single:
        """Return logits, shape (n, k), by those of the fitted models beyond their means, shape (n, m)."""
        # Not by BLAS, whose sums differ with the number of rows.
        parts = np.ascontiguousarray(beyond)[:, None, :] * self.mix
        return self.base + np.ascontiguousarray(parts).sum(axis=2)
