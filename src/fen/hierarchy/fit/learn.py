"""How the guard's weights are learnt: logistic loss on windows, AdaGrad, numpy alone.

The first channel begins as naive Bayes' log-count ratios (Wang and Manning 2012, "Baselines and Bigrams"),
the others at chance; all are then learnt with the network above them (Duchi et al. 2011, AdaGrad).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from fen.hierarchy.detector.network import HIDDEN, SOFTENING, Network, join
from fen.hierarchy.detector.ngrams import BITS, CHANNELS, ORDERS, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 256
"""Bytes of the longest window that is learnt from."""

_ROWS = 1 << BITS
_BATCH = 512


class Windows(msgspec.Struct, frozen=True):
    """What is learnt from: data of shape (n, WIDTH) with zeros behind the end, lengths, labels, weights."""

    data: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]

    def take(self, chosen: NDArray[np.int64]) -> Windows:
        """Return some of them, in that order."""
        return Windows(self.data[chosen], self.lengths[chosen], self.labels[chosen], self.weights[chosen])


class Rates(msgspec.Struct, frozen=True):
    """How it is learnt. dropout: the share of grams that a step does not see. decay: L2, per step."""

    epochs: int = 6
    table: float = 0.03
    network: float = 0.01
    dropout: float = 0.3
    decay: float = 1e-6


class Learner:
    """The weights while they are learnt; `table` has a row more than there are, for what is not there."""

    def __init__(self, windows: Windows, seed: int, rates: Rates) -> None:
        self.chance = np.random.default_rng(seed)
        self.rates = rates
        self.table = np.zeros((_ROWS + 1, CHANNELS), np.float32)
        self.table[:-1, 1:] = self.chance.normal(0, 0.05, (_ROWS, CHANNELS - 1))
        self.table[:-1, 0] = _count_ratios(windows)
        inputs = CHANNELS + 1
        self.layers = {
            "hidden": self.chance.normal(0, 0.3, (inputs, HIDDEN)).astype(np.float32),
            "bias": np.zeros(HIDDEN, np.float32),
            "out": self.chance.normal(0, 0.1, HIDDEN).astype(np.float32),
            "direct": np.zeros(inputs, np.float32),
            "offset": np.zeros(1, np.float32),
        }
        self.layers["direct"][0] = 1.0
        self._squares = {name: np.full_like(layer, 1e-4) for name, layer in self.layers.items()}
        self._table_squares = np.full_like(self.table, 1e-4)

    def learn(self, windows: Windows, tell: Callable[[str], None]) -> None:
        """Go through the windows once, in a new order."""
        order = self.chance.permutation(len(windows.labels))
        order = order[np.argsort(windows.lengths[order] // 32, kind="stable")]
        batches: list[NDArray[np.int64]] = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
        loss = 0.0
        turns: list[int] = self.chance.permutation(len(batches)).tolist()
        for turn in turns:
            loss += self._step(windows.take(batches[turn]))
        tell(f"loss {loss / len(batches):.4f}")

    def judge(self, windows: Windows) -> NDArray[np.float32]:
        """Return the logits."""
        found = np.empty(len(windows.labels), np.float32)
        for at in range(0, len(found), _BATCH):
            part = windows.take(np.arange(at, min(at + _BATCH, len(found))))
            found[at : at + _BATCH] = self._forward(self._look_up(part, 0.0), part.lengths, 0.0)[0]
        return found

    def finish(self) -> tuple[NDArray[np.int8], Network]:
        """Return the weights in bytes, and the network on top of them."""
        table = self.table[:-1]
        largest = np.quantile(np.abs(table), 0.9999, axis=0)
        scale = (largest / 127).astype(np.float32)
        small = np.clip(np.rint(table / scale), -127, 127).astype(np.int8)
        layers = self.layers
        network = Network(
            scale,
            layers["hidden"],
            layers["bias"],
            layers["out"],
            layers["direct"],
            float(layers["offset"][0]),
        )
        return small, network

    def _look_up(self, windows: Windows, dropout: float) -> NDArray[np.uint32]:
        longest = int(windows.lengths.max())
        found = rows(windows.data[:, :longest])
        found[:, np.arange(longest)[None, :] >= windows.lengths[:, None]] = _ROWS
        if dropout:
            found[self.chance.random(found.shape, np.float32) < dropout] = _ROWS
        return found

    def _forward(
        self, found: NDArray[np.uint32], lengths: NDArray[np.int64], dropout: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        sums = self.table[found].sum(axis=(0, 2)) / np.float32(1 - dropout)
        inputs = join(sums, lengths)
        inner = np.maximum(inputs @ self.layers["hidden"] + self.layers["bias"], 0)
        logits = inner @ self.layers["out"] + inputs @ self.layers["direct"] + self.layers["offset"]
        return logits.astype(np.float32), inner.astype(np.float32), inputs

    def _step(self, windows: Windows) -> float:
        dropout = self.rates.dropout
        found = self._look_up(windows, dropout)
        self.table[-1] = 0
        logits, inner, inputs = self._forward(found, windows.lengths, dropout)
        chances = 1 / (1 + np.exp(-logits))
        signs = 2 * windows.labels - 1
        loss = float(np.mean(windows.weights * np.logaddexp(0, -signs * logits)))
        error = ((chances - windows.labels) * windows.weights / len(logits)).astype(np.float32)
        through = np.outer(error, self.layers["out"]) * (inner > 0)
        back = through @ self.layers["hidden"].T + np.outer(error, self.layers["direct"])
        self._descend("hidden", inputs.T @ through)
        self._descend("bias", through.sum(axis=0))
        self._descend("out", inner.T @ error)
        self._descend("direct", inputs.T @ error)
        self._descend("offset", error.sum(keepdims=True))
        shrink = (1 - dropout) * np.sqrt(windows.lengths[:, None].astype(np.float32) + SOFTENING)
        self._descend_table(found, (back[:, :CHANNELS] / shrink).astype(np.float32))
        return loss

    def _descend(self, name: str, slope: NDArray[np.float32]) -> None:
        squares = self._squares[name]
        squares += slope**2
        self.layers[name] -= self.rates.network * slope / np.sqrt(squares)

    def _descend_table(self, found: NDArray[np.uint32], slopes: NDArray[np.float32]) -> None:
        flat = found.ravel()
        many = found.shape[2]
        for channel in range(CHANNELS):
            spread = np.repeat(slopes[:, channel], many)
            total = np.bincount(flat, np.concatenate([spread] * len(ORDERS)), _ROWS + 1).astype(np.float32)
            squares = self._table_squares[:, channel]
            squares += total**2
            column = self.table[:, channel]
            column -= self.rates.table * total / np.sqrt(squares)
            column *= 1 - self.rates.decay


def _count_ratios(windows: Windows) -> NDArray[np.float32]:
    """Return how much likelier each row is in an attack: log ratios of windows that have it."""
    counts = np.ones((2, _ROWS), np.float64)
    for label in (0, 1):
        chosen = np.flatnonzero(windows.labels == label)
        for at in range(0, len(chosen), _BATCH):
            part = windows.take(chosen[at : at + _BATCH])
            found = rows(part.data)
            inside = np.broadcast_to(np.arange(WIDTH)[None, :] < part.lengths[:, None], found.shape)
            counts[label] += np.bincount(found[inside], minlength=_ROWS)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return (0.3 * np.log(shares[1] / shares[0])).astype(np.float32)
