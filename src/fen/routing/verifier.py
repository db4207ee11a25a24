"""The verifier: how likely a cheap model's answer is right, told from the request and the answer's signals.

A logistic regression with shrinkage (ridge), its strength chosen on held-out folds by log loss, and fitted by
Newton's method (McCullagh and Nelder 1989). It is small on purpose: it has to be right about its own chances
on a few hundred answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, log1p

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.sieve import THRESHOLDS, Sieve
from fen.routing.signals import Signals

Floats = NDArray[np.float64]

FEATURES = (
    "expected",
    "asked_length",
    "asked_question",
    "answer_length",
    "answer_length_squared",
    "answer_over_asked",
    "finished",
    "hedges",
    "refusal",
    "called",
    "schema_met",
    "schema_missed",
    "tools_missed",
    "test_passed",
    "test_failed",
    "agreement",
    "agreement_known",
    "logprob",
    "logprob_known",
)
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5
STEPS = 50
_EDGE = 1e-3


def describe(asked: Asked, p: float, signals: Signals) -> list[float]:
    """Return the features of an answer, in the order of FEATURES; `p`: what was expected of the model."""
    odds = min(max(p, _EDGE), 1.0 - _EDGE)
    before, after = log1p(len(asked.text) + asked.before), log1p(signals.characters)
    return [
        log(odds / (1.0 - odds)),
        before,
        float("?" in asked.text or "？" in asked.text),
        after,
        after * after,
        after - before,
        float(signals.finish in {None, "stop", "tool_calls"}),
        log1p(signals.hedges),
        float(signals.refusal),
        float(signals.called > 0),
        float(signals.schema is True),
        float(signals.schema is False),
        float(signals.tools is False),
        float(signals.test is True),
        float(signals.test is False),
        0.5 if signals.agreement is None else signals.agreement,
        float(signals.agreement is not None),
        0.0 if signals.logprob is None else max(signals.logprob, -10.0),
        float(signals.logprob is not None),
    ]


class Verifier(msgspec.Struct, frozen=True):
    """A fitted verifier: z = bias + sum of weights x (feature - center) / scale, arrays of len(FEATURES).

    strength: of the shrinkage. n: answers that it was fitted on. Raises ValueError for other arrays.
    """

    weights: Floats
    center: Floats
    scale: Floats
    bias: float
    strength: float
    n: int

    def __post_init__(self) -> None:
        """Refuse arrays of another shape, such as those of a file that was made for other features."""
        shapes = [np.shape(array) for array in (self.weights, self.center, self.scale)]
        expected = [(len(FEATURES),)] * 3
        if shapes != expected:
            raise ValueError(f"found a verifier with arrays of {shapes}, expected {expected}")

    def probability(self, features: Sequence[float]) -> float:
        """Return the probability that an answer with these features is right."""
        z = self.bias + float(self.weights @ ((np.asarray(features) - self.center) / self.scale))
        return 1.0 / (1.0 + exp(-min(max(z, -30.0), 30.0)))


def fit_verifier(features: Floats, right: NDArray[np.bool_], seed: int = 0) -> Verifier:
    """Fit on answers with these features, shape (n, len(FEATURES)), and whether each was right.

    Raises ValueError for fewer than two folds' worth of either kind.
    """
    n, hits = len(right), int(right.sum())
    if min(hits, n - hits) < FOLDS:
        raise ValueError(f"found {hits} right answers of {n}, expected at least {FOLDS} of either kind")
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    losses = [_hold_out(features, right, folds, strength) for strength in STRENGTHS]
    return _fit(features, right, STRENGTHS[int(np.argmin(losses))])


def _hold_out(features: Floats, right: NDArray[np.bool_], folds: NDArray[np.intp], strength: float) -> float:
    """Return the log loss of answers that were not fitted on."""
    loss = 0.0
    for fold in range(FOLDS):
        out = folds == fold
        fitted = _fit(features[~out], right[~out], strength)
        z = fitted.bias + ((features[out] - fitted.center) / fitted.scale) @ fitted.weights
        loss += float(np.logaddexp(0.0, np.where(right[out], -z, z)).sum())
    return loss / len(right)


def _fit(features: Floats, right: NDArray[np.bool_], strength: float) -> Verifier:
    center = features.mean(axis=0)
    spread = features.std(axis=0)
    scale = np.where(spread > 0.0, spread, 1.0)
    x = np.column_stack([np.ones(len(features)), (features - center) / scale])
    shrink = np.full(x.shape[1], strength)
    # The bias is not shrunk; a trace keeps it finite where all answers of a fold are right.
    shrink[0] = 1e-6
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0)))
        slope = x.T @ (right - p) - shrink * weights
        curve = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(shrink)
        step = np.linalg.solve(curve, slope)
        weights += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return Verifier(weights[1:], center, scale, float(weights[0]), strength, len(right))


def measure_sieve(escalated: NDArray[np.bool_], right: NDArray[np.bool_], strong: NDArray[np.bool_]) -> Sieve:
    """Return the rates of checks that escalated some answers of a cheap model, shapes (n,).

    right: whether the cheap model's answer was; strong: whether the strong model's was. Each rate has half an
    answer of either kind added (Jeffreys' prior), so that few answers prove no perfect check. Raises
    ValueError where nothing was measured.
    """
    n = len(right)
    if n == 0 or not strong.any():
        raise ValueError(f"found {n} answers, {int(strong.sum())} right by the strong model, expected some")
    catches = _share(int((escalated & ~right).sum()), int((~right).sum()))
    alarms = _share(int((escalated & right).sum()), int(right.sum()))
    rescued = _share(int((escalated & strong).sum()), int(escalated.sum()))
    return Sieve(catches, alarms, min(1.0, rescued / float(strong.mean())), n)


def measure_sieves(
    verified: Floats, right: NDArray[np.bool_], strong: NDArray[np.bool_]
) -> dict[float, Sieve]:
    """Return the rates of a verifier at each of THRESHOLDS, from its probabilities for some answers, (n,)."""
    return {threshold: measure_sieve(verified < threshold, right, strong) for threshold in THRESHOLDS}


def _share(count: int, n: int) -> float:
    return (count + 0.5) / (n + 1.0)
