"""Calibration error and Brier score."""

import numpy as np
import pytest

from fen.routing.measures import measure_quality


def test_models_are_averaged_over_what_is_known():
    p = np.array([[0.5, 1.0], [0.5, 0.0]])
    score = np.array([[1.0, np.nan], [0.0, 0.0]])
    found = measure_quality(p, score, np.array([0.5, 0.5]))
    assert found["brier"] == pytest.approx((0.25 + 0.0) / 2)
    assert found["brier_of_mean"] == pytest.approx(0.25)
    assert measure_quality(p, np.full((2, 2), np.nan), np.zeros(2)) == {}
