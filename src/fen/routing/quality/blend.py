"""How much to believe each view of a request, in what models share and in what tells them apart.

The logit of model j is its mean's logit plus a weighted sum of what the views say beyond it, each view cut in
two: the mean over models, and the rest. The four weights are fitted on predictions for requests that the
views had not seen, which shrinks each part by what it proved to be worth (Wolpert 1992, "Stacked
generalization"; Breiman 1996, "Stacked regressions": weights are not negative).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from fen.routing.quality.design import Single
from fen.routing.quality.heads import Doubles, Evidence, expit

VIEWS = 2
_MOST = 1.5  # the largest weight
_PRIOR = (1.0, 1.0, 0.0, 0.0)
_PRECISION = 3.0
USUAL = 0.1  # familiarity from which a request counts as usual


def cut(base: Single, heads: Single, recalled: Single) -> Single:
    """Return the parts, shape (4, n, m): common and apart of the heads' logits, and of what is recalled.

    base: logits of the models' means, shape (m,). What is recalled is a difference of probabilities; it is
    taken to logits by the slope at the mean.
    """
    mean = expit(base)
    views = (heads - base, recalled / (mean * (1 - mean) + np.float32(0.02)))
    parts = list[Single]()
    for view in views:
        # Row by row in memory: a sum along one is made in the same order whatever the number of rows.
        common = np.ascontiguousarray(view, np.float32).mean(axis=1, keepdims=True)
        parts += [np.broadcast_to(common, view.shape), view - common]
    return np.stack(parts).astype(np.float32)


def fit_blend(base: Single, parts: Single, evidence: Evidence) -> Doubles:
    """Return the weights of the parts, shape (4,)."""
    told = evidence.told > 0
    inputs = np.stack([part[told] for part in parts], axis=1).astype(np.float64)
    offset = np.broadcast_to(base, evidence.told.shape)[told].astype(np.float64)
    scores = evidence.scores[told].astype(np.float64)
    prior = np.array(_PRIOR)

    def lose(weights: Doubles) -> tuple[float, Doubles]:
        logits = offset + inputs @ weights
        loss = float((np.logaddexp(0, logits) - scores * logits).sum())
        off = weights - prior
        slope = inputs.T @ (expit(logits) - scores) + _PRECISION * off
        return loss + _PRECISION * float(off @ off) / 2, slope

    found = minimize(lose, prior, jac=True, method="L-BFGS-B", bounds=[(0.0, _MOST)] * len(prior))
    return np.asarray(found.x, np.float64)


def blend(base: Single, parts: Single, near: Doubles, far: Doubles, familiar: Single) -> Single:
    """Return logits, shape (n, m): by the weights `near` for familiar requests, by `far` for foreign ones."""
    logits = np.broadcast_to(base, parts.shape[1:]).astype(np.float32)
    familiar = np.minimum(familiar / np.float32(USUAL), np.float32(1.0))
    for part, here, there in zip(parts, near, far, strict=True):
        weight = np.float32(there) + familiar * np.float32(here - there)
        logits = logits + weight[:, None] * part
    return logits
