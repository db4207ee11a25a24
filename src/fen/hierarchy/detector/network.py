"""The guard's small network: how suspicious a window is, from the summed weights of its grams.

A window's sums are divided by the root of its length, so that a long window of faint signs does not outweigh
a short one of clear ones, and joined with its length. One hidden layer lets signs count together that say
nothing alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIDDEN = 32
SOFTENING = 24
"""Bytes by which a window counts as longer than it is, so that a few bytes alone prove little."""


class Network(msgspec.Struct, frozen=True):
    """The layers: hidden of shape (inputs, HIDDEN), out of shape (HIDDEN,), direct of shape (inputs,).

    scale: what one unit of a packed weight is worth. bias and offset are added in the hidden layer and behind
    it. The inputs are the channels and the length.
    """

    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]
    direct: NDArray[np.float32]
    offset: float

    def judge(self, sums: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return each window's logit; sums of shape (windows, CHANNELS), lengths in bytes."""
        inputs = join(sums * self.scale, lengths)
        inner = inputs @ self.hidden
        inner += self.bias
        np.maximum(inner, 0, out=inner)
        found = inner @ self.out
        found += inputs @ self.direct
        found += np.float32(self.offset)
        return found.astype(np.float32, copy=False)


def join(sums: NDArray[np.float32], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the network's inputs, shape (windows, channels + 1)."""
    inputs = np.empty((len(sums), sums.shape[1] + 1), np.float32)
    softened = lengths.astype(np.float32) + SOFTENING
    inputs[:, :-1] = sums / np.sqrt(softened)[:, None]
    inputs[:, -1] = np.log2(softened) - 6.5
    return inputs
