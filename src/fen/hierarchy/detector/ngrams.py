"""Hashed byte 3-6-grams of a text, and what they weigh in each of its windows.

A text is folded first: lower case, one digit for all, single spaces, no character more than three times in a
row. Its bytes are those of GB 18030, in which a Chinese character is two bytes and so a 6-gram three of them;
ASCII is as it is everywhere. Each gram has CHANNELS weights of a byte, packed into one 64-bit word, so that
one look-up fetches them all and one addition adds them all. Sums are kept per block of BLOCK bytes; those of
the windows are differences of their cumulative sums.

Sources: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"; Joulin et al. 2017,
"Bag of Tricks for Efficient Text Classification", for summed weights of several channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDERS = (3, 4, 5, 6)
CHANNELS = 8
BITS = 18
"""The table has 2**BITS rows."""
BLOCK = 32
SCALES = (2, 4, 8)
"""Windows of so many blocks, each beginning at every block."""

BIAS = 128
"""What is added to a weight, so that packed ones are never negative and don't borrow from each other."""

_PRIME = np.uint32(0x01000193)
_SPREAD = np.uint32(0x9E3779B1)
_EVEN = np.uint64(0x00FF00FF00FF00FF)
_BYTE = np.uint64(8)
_SHIFT = np.uint32(32 - BITS)
_LONGEST = max(ORDERS)


def _folding() -> NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8)
    table[[9, 10, 11, 12, 13]] = 32
    table[49:58] = 48
    return table


_FOLDED = _folding()


class Folded(msgspec.Struct, frozen=True):
    """A text as its grams are taken of it.

    raw: the encoded lower-case text. kept: which of its bytes are left. data: those, between two spaces.
    """

    raw: bytes
    kept: NDArray[np.bool_]
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.data)

    def place(self, at: int) -> int:
        """Return which character of the text the folded byte `at` is in; the end, for one behind."""
        places = np.flatnonzero(self.kept)
        if at < 1:
            return 0
        if at > len(places):
            return len(self.raw.decode("gb18030", "ignore"))
        return len(self.raw[: int(places[at - 1])].decode("gb18030", "ignore"))


def fold(text: str) -> Folded:
    """Return the bytes of which grams are taken."""
    low = text.lower()
    if len(low) != len(text):  # a few letters become two, and places would shift
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    raw = low.encode("gb18030", "replace")
    data = _FOLDED[np.frombuffer(raw, np.uint8)]
    kept = np.ones(len(data), np.bool_)
    if len(data) > 1:
        same = data[1:] == data[:-1]
        kept[1:] = ~(same & (data[1:] == 32))
        if len(data) > 3:
            kept[3:] &= ~(same[2:] & same[1:-1] & same[:-2])
    framed = np.full(int(np.count_nonzero(kept)) + 2, 32, np.uint8)
    framed[1:-1] = data[kept]
    return Folded(raw, kept, framed)


def rows(data: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the table's row of each gram: shape (orders, ..., bytes), for data of shape (..., bytes).

    The hash rolls: that of an n-gram is made of that of the (n-1)-gram in front. Behind the end are zeros.
    """
    length = data.shape[-1]
    wide = np.zeros((*data.shape[:-1], length + _LONGEST), np.uint32)
    wide[..., :length] = data
    found = np.empty((len(ORDERS), *data.shape), np.uint32)
    rolling = wide[..., :length] * _PRIME
    for order in range(2, _LONGEST + 1):
        rolling += wide[..., order - 1 : order - 1 + length]
        if order in ORDERS:
            mixed = found[ORDERS.index(order)]
            np.right_shift(rolling, np.uint32(15), out=mixed)
            mixed ^= rolling
            mixed *= _SPREAD
            mixed >>= _SHIFT
        rolling *= _PRIME
    return found


def block_sums(data: NDArray[np.uint8], table: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return the weights of all grams that begin in each block: shape (blocks, CHANNELS)."""
    length = len(data)
    blocks = -(-length // BLOCK)
    even = np.zeros(blocks * BLOCK, np.uint64)
    odd = np.zeros(blocks * BLOCK, np.uint64)
    for order in rows(data):
        packed = table[order]
        even[:length] += packed & _EVEN
        packed >>= _BYTE
        packed &= _EVEN
        odd[:length] += packed
    sums = np.empty((blocks, CHANNELS), np.int32)
    sums[:, 0::2] = even.reshape(blocks, BLOCK).sum(axis=1).view("<u2").reshape(blocks, -1)
    sums[:, 1::2] = odd.reshape(blocks, BLOCK).sum(axis=1).view("<u2").reshape(blocks, -1)
    sums -= BIAS * len(ORDERS) * BLOCK
    sums[-1] += BIAS * len(ORDERS) * (blocks * BLOCK - length)
    return sums


def windows(length: int, scales: Sequence[int] = SCALES) -> NDArray[np.int64]:
    """Return the windows of a text of that many bytes, as (first block, block behind the last).

    Whatever is shorter than a window is one window.
    """
    blocks = -(-length // BLOCK)
    parts: list[NDArray[np.int64]] = []
    for scale in scales:
        starts = np.arange(max(1, blocks - scale + 1))
        parts.append(np.stack([starts, np.minimum(starts + scale, blocks)], axis=1))
        if scale >= blocks:
            break
    return np.concatenate(parts)


def window_sums(sums: NDArray[np.int32], bounds: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the sums of each window: shape (windows, CHANNELS)."""
    running = np.zeros((len(sums) + 1, sums.shape[1]), np.int32)
    np.cumsum(sums, axis=0, out=running[1:])
    return running[bounds[:, 1]] - running[bounds[:, 0]]


def pack(weights: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Return a table of packed words, of weights of shape (rows, CHANNELS)."""
    biased = (weights.astype(np.int16) + BIAS).astype(np.uint8)
    return np.ascontiguousarray(biased).view("<u8").reshape(-1).astype(np.uint64)
