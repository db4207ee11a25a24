"""What is known of models' quality: arrays alone, and how a request is read by them."""

from __future__ import annotations

import msgspec
import numpy as np

from fen.routing.features import Rows
from fen.routing.quality.blend import USUAL, blend, cut
from fen.routing.quality.design import Design, Inputs, Single
from fen.routing.quality.familiar import Familiarity, measure_oddness, read_signs
from fen.routing.quality.heads import Doubles, expit
from fen.routing.quality.neighbours import Memory, place_requests, recall

_ERRORS = 1.645  # standard errors on each side: nine intervals of ten hold


class Prediction(msgspec.Struct, frozen=True):
    """What is expected of n requests and m models.

    p: probability of a right answer, or expected score, shape (n, m). low, high: the interval in which it is
    nine times of ten. familiar: the share of usual requests that are less like those learnt from, shape (n,).
    """

    p: Single
    low: Single
    high: Single
    familiar: Single


class QualityModel(msgspec.Struct, frozen=True):
    """A fitted estimator of quality.

    models: by column. bits: of the features' columns. base: logits of the models' means, shape (m,).
    weights: of the heads, shape (inputs + 1, m). near, far: weights of the blend for familiar and for foreign
    requests, shape (4,). usual: mean and deviation of the dense inputs, shape (2, k). lines: slope
    and shift of each model, shape (2, m). doubt: variances of a logit, of
    familiar and of foreign requests, shape (2, m).
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

    def predict(self, rows: Rows) -> Prediction:
        """Return what is expected of requests; of one it is the same whatever stands beside it."""
        inputs = self.design.weigh(rows)
        logits, familiar = self.blend(inputs)
        logits = logits * self.lines[0] + self.lines[1]
        near, far = self.doubt
        variance = near + np.maximum(1 - familiar / np.float32(USUAL), 0)[:, None] * (far - near)
        width = np.float32(_ERRORS) * np.sqrt(variance)
        return Prediction(expit(logits), expit(logits - width), expit(logits + width), familiar)

    def blend(self, inputs: Inputs) -> tuple[Single, Single]:
        """Return logits before they are straightened, shape (n, m), and how familiar requests are."""
        places, reach = place_requests(inputs, self.memory.projection)
        recalled, close = recall(self.memory, places)
        odd = measure_oddness(inputs.dense, self.usual)
        familiar = self.familiarity.judge(read_signs(inputs.known, close, reach, odd))
        parts = cut(self.base, inputs.multiply(self.weights), recalled)
        return blend(self.base, parts, self.near, self.far, familiar), familiar
