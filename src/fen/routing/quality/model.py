"""What is known of models' quality: arrays alone, and how a request is read by them.

Requests are read one at a time: a sum over one request's words is made in an order that no other request
changes, and a gateway has one request only.
"""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.features import Rows
from fen.routing.quality.blend import USUAL, blend, cut
from fen.routing.quality.design import Design, Single
from fen.routing.quality.familiar import Familiarity, measure_oddness, read_signs
from fen.routing.quality.heads import Doubles, expit
from fen.routing.quality.joined import Joined
from fen.routing.quality.neighbours import Memory, recall

_ERRORS = 1.645  # standard errors on each side: nine intervals of ten hold
_SHORTEST = np.float32(1e-6)  # length of a place that still has a direction
_CERTAIN = 1e-6  # probabilities nearer to 0 or 1 have no logit to speak of
_FLAT = 0.05  # slope below which a straightened logit tells nothing of what it was
_TOGETHER = 256  # words whose weights are gathered at once: an array that fits in a cache


class Prediction(msgspec.Struct, frozen=True):
    """What is expected of n requests and m models.

    p: probability of a right answer, or expected score, shape (n, m). low, high: the interval in which it is
    nine times of ten. familiar: the share of usual requests that are less like those learnt from, shape (n,).
    """

    p: Single
    low: Single
    high: Single
    familiar: Single


class QualityModel(msgspec.Struct, frozen=True, dict=True):
    """A fitted estimator of quality.

    models: that were fitted, by column. bits: of the features' columns. base: logits of the models' means,
    shape (m,). weights: of the heads, shape (inputs + 1, m). near, far: weights of the blend for familiar and
    for foreign requests, shape (4,). usual: mean and deviation of the dense inputs, shape (2, k). lines:
    slope and shift of each model, shape (2, m). doubt: variances of a logit, of familiar and of foreign
    requests, shape (2, m). joined: models that came later.
    """

    models: tuple[str, ...]
    bits: int
    design: Design
    base: Single
    weights: Single
    memory: Memory
    near: Doubles
    far: Doubles
    familiarity: Familiarity
    usual: Single
    lines: Single
    doubt: Single
    joined: Joined | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All models, by the columns of a prediction: those that were fitted, then those that joined."""
        return self.models if self.joined is None else (*self.models, *self.joined.models)

    def predict(self, rows: Rows) -> Prediction:
        """Return what is expected of requests; of one it is the same whatever stands beside it."""
        logits, familiar = self.blend(rows)
        fitted = _spread(logits * self.lines[0] + self.lines[1], familiar, self.doubt)
        if self.joined is None:
            return fitted
        beside = _spread(self.joined.read(logits - self.base), familiar, self.joined.doubt)
        return Prediction(
            np.concatenate([fitted.p, beside.p], axis=1),
            np.concatenate([fitted.low, beside.low], axis=1),
            np.concatenate([fitted.high, beside.high], axis=1),
            familiar,
        )

    def infer_joined(self, p: Doubles) -> Single:
        """Return what is expected of the models that joined, shape (n, k), by that of the fitted, (n, m)."""
        if self.joined is None:
            return np.zeros((len(p), 0), np.float32)
        certain = np.clip(p, _CERTAIN, 1 - _CERTAIN)
        slope, shift = self.lines.astype(np.float64)
        told = np.abs(slope) > _FLAT
        logits = (np.log(certain / (1 - certain)) - shift) / np.where(told, slope, 1.0)
        return expit(self.joined.read(np.where(told, logits - self.base, 0.0).astype(np.float32)))

    def blend(self, rows: Rows) -> tuple[Single, Single]:
        """Return logits before they are straightened, shape (n, m), and how familiar requests are."""
        count, models = len(rows), len(self.models)
        heads, recalled = np.zeros((count, models), np.float32), np.zeros((count, models), np.float32)
        known, close, reach, odd = np.zeros((4, count), np.float32)
        for row in range(count):
            read = self.design.read(rows, row)
            place, heads[row] = self._multiply(read.columns, read.values, read.dense)
            reach[row] = length = np.sqrt(place @ place)
            recalled[row], close[row] = recall(self.memory, place / max(length, _SHORTEST))
            known[row], odd[row] = read.known, measure_oddness(read.dense, self.usual)
        familiar = self.familiarity.judge(read_signs(known, close, reach, odd))
        parts = cut(self.base, heads, recalled)
        return blend(self.base, parts, self.near, self.far, familiar), familiar

    def prepare(self) -> None:
        """Lay out what `predict` reads, which its first call would do otherwise."""
        _ = self._words

    def _multiply(self, columns: NDArray[np.int32], values: Single, dense: Single) -> tuple[Single, Single]:
        """Return a request's place in the latent space, not yet of length 1, and the heads' logits."""
        words, depth = self._words, self.memory.projection.shape[1]
        summed = np.zeros(words.shape[1], np.float32)
        for begin in range(0, len(columns), _TOGETHER):
            end = begin + _TOGETHER
            summed += values[begin:end] @ words.take(columns[begin:end], axis=0)
        rest = self.weights[len(words) :]
        return summed[:depth], summed[depth:] + dense @ rest[:-1] + rest[-1]

    @cached_property
    def _words(self) -> Single:
        """The projection and the heads' weights of each word side by side, shape (vocabulary, d + m).

        Words lie at random places: reading both at one is half the misses of a cache.
        """
        projection = self.memory.projection
        return np.concatenate([projection, self.weights[: len(projection)]], axis=1)


def _spread(logits: Single, familiar: Single, doubt: Single) -> Prediction:
    """Return probabilities with their intervals, which are wider far from what was learnt from."""
    near, far = doubt
    variance = near + np.maximum(1 - familiar / np.float32(USUAL), 0)[:, None] * (far - near)
    width = np.float32(_ERRORS) * np.sqrt(variance)
    return Prediction(expit(logits), expit(logits - width), expit(logits + width), familiar)
