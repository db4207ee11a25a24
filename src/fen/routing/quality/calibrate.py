"""Straightening a model's probabilities, where that is shown to help on requests not used for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.design import Single
from fen.routing.quality.heads import Doubles, Evidence, expit

BINS = 10
_ROUNDS = 10
_PRIOR = 10.0  # precision of a slope near 1, and of a shift near 0
_ERRORS = 1.645  # standard errors that a gain has to exceed
_FEWEST = 200  # scores below which nothing is straightened


def measure_ece(expected: Doubles, scores: Doubles, bins: int = BINS) -> float:
    """Return the expected calibration error in bins of equal mass."""
    order = np.argsort(expected, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    off = [abs(float(expected[part].mean() - scores[part].mean())) * len(part) for part in parts]
    return sum(off) / max(len(expected), 1)


def fit_line(logits: Doubles, scores: Doubles) -> Doubles:
    """Return the slope and shift that make logits fit scores best (Platt 1999), near (1, 0) for few."""
    inputs = np.column_stack([logits, np.ones(len(logits))])
    line: Doubles = np.array([1.0, 0.0])
    for _ in range(_ROUNDS):
        expected = expit(inputs @ line)
        slope = inputs.T @ (expected - scores) + _PRIOR * (line - [1.0, 0.0])
        bend = (inputs * (expected * (1 - expected))[:, None]).T @ inputs + _PRIOR * np.eye(2)
        line -= np.linalg.solve(bend, slope)
    return line


def fit_lines(logits: Single, evidence: Evidence, parts: NDArray[np.intp]) -> Single:
    """Return a slope and a shift for each model, shape (2, m); (1, 0) where held-out error does not improve.

    Both the calibration error has to, and the logarithmic loss by more than chance explains: a line that is
    noise moves models against each other.
    logits: of requests not seen. parts: number of the fold of each; each fold is straightened by the others.
    """
    lines = np.tile(np.array([[1.0], [0.0]]), logits.shape[1])
    for column in range(logits.shape[1]):
        at = np.flatnonzero(evidence.told[:, column] > 0)
        if len(at) < _FEWEST:
            continue
        given = logits[at, column].astype(np.float64)
        scores = evidence.scores[at, column].astype(np.float64)
        straight = np.zeros(len(at))
        for fold in np.unique(parts[at]):
            held = parts[at] == fold
            slope, shift = fit_line(given[~held], scores[~held])
            straight[held] = expit(given[held] * slope + shift)
        plain = expit(given)
        if measure_ece(straight, scores) < measure_ece(plain, scores) and _is_surer(straight, plain, scores):
            lines[:, column] = fit_line(given, scores)
    return lines.astype(np.float32)


def _is_surer(straight: Doubles, plain: Doubles, scores: Doubles) -> bool:
    """Whether the logarithmic loss is smaller by more than its paired standard errors allow for."""
    gain = scores * np.log(straight / plain) + (1 - scores) * np.log((1 - straight) / (1 - plain))
    return float(gain.mean()) > _ERRORS * float(gain.std()) / len(gain) ** 0.5
