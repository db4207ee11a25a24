"""How well probabilities were told: calibration error and Brier score, on answers that were not fitted on."""

from __future__ import annotations

import numpy as np

from fen.routing.pivot import Floats
from fen.routing.quality.calibrate import measure_ece


def measure_quality(p: Floats, score: Floats, means: Floats) -> dict[str, float]:
    """Return `ece` and `brier`, averaged over models, and `brier_of_mean`, that of each model's mean alone.

    p, score: shape (n, m), with NaN in the score where nothing is known. means: shape (m,), of the data that
    was fitted on. Empty where nothing is known.
    """
    known = ~np.isnan(score)
    columns = np.flatnonzero(known.any(axis=0))
    if not len(columns):
        return {}
    ece = [measure_ece(p[known[:, c], c], score[known[:, c], c]) for c in columns]
    brier = [float(np.square(p[known[:, c], c] - score[known[:, c], c]).mean()) for c in columns]
    plain = [float(np.square(means[c] - score[known[:, c], c]).mean()) for c in columns]
    return {
        "ece": float(np.mean(ece)),
        "brier": float(np.mean(brier)),
        "brier_of_mean": float(np.mean(plain)),
    }
