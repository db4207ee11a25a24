"""A new model beside those that are known: its head is found from few scores, and nothing else is refitted.

Its logit is an intercept, plus a multiple of what the known models have in common, plus multiples of the
directions in which they differ most on the new model's own requests. Multiples are shrunk towards 1 for what
is common and towards 0 for the rest, so that 25 scores set the ability and 100 begin to set a profile.
"""

from __future__ import annotations

import msgspec
import numpy as np

from fen.routing.features import Rows
from fen.routing.quality.heads import Doubles, expit
from fen.routing.quality.joined import Joined
from fen.routing.quality.model import QualityModel
from fen.wire.errors import InvalidRequest

FEWEST = 25
"""Requests with a score below which a model cannot join."""

_FACTORS = 3
_COMMON, _APART = 10.0, 20.0  # precisions of multiples, in scores at a logit of one
_ROUNDS = 20


def join_model(model: QualityModel, name: str, rows: Rows, scores: Doubles) -> QualityModel:
    """Return the estimator with one more model, from its scores on some requests, shape (n,), NaN for none.

    Raises InvalidRequest for a name that is known, or fewer than `FEWEST` scores.
    """
    told = np.flatnonzero(~np.isnan(scores))
    if name in model.names:
        raise InvalidRequest(f"found {name} among the models, expected one that is not known")
    if len(told) < FEWEST:
        raise InvalidRequest(f"found {len(told)} requests with a score of {name}, expected at least {FEWEST}")
    beyond = (model.blend(rows.take(told))[0] - model.base).astype(np.float64)
    shares = _profile(beyond)
    weights = _fit(beyond @ shares, scores[told])
    mix = (shares @ weights[:-1]).astype(np.float32)[None]
    doubt = model.doubt.max(axis=1, keepdims=True) + np.float32(4.0 / len(told))
    found = Joined((name,), weights[-1:].astype(np.float32), mix, doubt)
    if (before := model.joined) is not None:
        found = Joined(
            (*before.models, name),
            np.concatenate([before.base, found.base]),
            np.concatenate([before.mix, found.mix]),
            np.concatenate([before.doubt, found.doubt], axis=1),
        )
    return msgspec.structs.replace(model, joined=found)


def _profile(beyond: Doubles) -> Doubles:
    """Return the shares of models that make the common logit, and of the largest differences, (m, k)."""
    count = beyond.shape[1]
    common = np.full((count, 1), 1 / count)
    if count < 2:
        return common
    apart = beyond - beyond.mean(axis=1, keepdims=True)
    found = np.linalg.svd(apart, full_matrices=False)[2][: min(_FACTORS, count - 1)].T
    return np.concatenate([common, found - found.mean(axis=0)], axis=1)


def _fit(offsets: Doubles, scores: Doubles) -> Doubles:
    """Return the multiples of the columns, and an intercept."""
    inputs = np.column_stack([offsets, np.ones(len(offsets))])
    precision = np.diag([_COMMON, *[_APART] * (offsets.shape[1] - 1), 0.5])
    prior = np.zeros(inputs.shape[1])
    prior[0] = 1.0
    weights = prior.copy()
    for _ in range(_ROUNDS):
        expected = expit(inputs @ weights)
        slope = inputs.T @ (expected - scores) + precision @ (weights - prior)
        bend = (inputs * (expected * (1 - expected))[:, None]).T @ inputs + precision
        weights = weights - np.linalg.solve(bend, slope)
    return weights
