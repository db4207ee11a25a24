"""The arithmetic of off-policy estimates on logs small enough to count by hand."""

from math import isnan

import numpy as np
import pytest

from fen.routing.offpolicy import (
    always,
    estimate_dr,
    estimate_ips,
    estimate_snips,
    make_logged,
    predict_means,
)

ROWS = [("a", 0.5, 1.0), ("b", 0.5, 0.0), ("a", 0.25, 0.0), ("b", 0.75, 1.0)]


def test_inverse_propensities_by_hand() -> None:
    logged = make_logged(ROWS)
    policy = always(logged, "a")
    # Weights 2, 0, 4, 0.
    ips, snips = estimate_ips(logged, policy), estimate_snips(logged, policy)
    assert ips.mean == pytest.approx(2 / 4)
    assert snips.mean == pytest.approx(2 / 6)
    assert snips.error == pytest.approx(np.sqrt(4 * (2 / 3) ** 2 + 16 * (1 / 3) ** 2) / 6)
    assert ips.effective == pytest.approx(36 / 20)
    assert (ips.weight, ips.n) == (1.5, 4)
    assert not ips.reliable


def test_doubly_robust_corrects_what_was_predicted() -> None:
    logged = make_logged(ROWS)
    predicted = np.full((4, 2), 0.6)
    # .6 + mean of 2 x (1 - .6), 0, 4 x (0 - .6), 0.
    assert estimate_dr(logged, always(logged, "a"), predicted).mean == pytest.approx(0.6 + (0.8 - 2.4) / 4)


def test_a_policy_that_asks_as_was_asked_has_the_mean_of_the_scores() -> None:
    rows = [("a", 0.5, score) for score in (1.0, 0.0, 1.0)] + [("b", 0.5, 0.0)] * 3
    logged = make_logged(rows)
    policy = np.full((6, 2), 0.5)
    assert estimate_ips(logged, policy).mean == pytest.approx(2 / 6)
    assert estimate_snips(logged, policy).mean == pytest.approx(2 / 6)


def test_predictions_come_from_other_folds() -> None:
    rows = [("a", 0.5, float(number == 0)) for number in range(10)] + [("b", 0.5, 1.0)] * 10
    logged = make_logged(rows)
    predicted = predict_means(logged, folds=5)
    # The only good answer of "a" is not in the fold that predicts it.
    assert predicted[0, 0] == 0.0
    assert predicted[1:10, 0].max() > 0.0
    assert (predicted[:, 1] == 1.0).all()


def test_what_nobody_was_asked_is_no_number() -> None:
    logged = make_logged([("a", 1.0, 1.0), ("a", 1.0, 0.0), ("b", 0.5, 1.0)])
    none = np.zeros((3, 2))
    none[:2, 1], none[2, 0] = 1.0, 1.0
    assert isnan(estimate_snips(logged, none).mean)


def test_bad_logs_and_policies_are_refused() -> None:
    with pytest.raises(ValueError, match=r"found propensity 0\.0"):
        make_logged([("a", 0.0, 1.0)])
    with pytest.raises(ValueError, match=r"score 2\.0"):
        make_logged([("a", 0.5, 2.0)])
    logged = make_logged(ROWS)
    with pytest.raises(ValueError, match=r"expected one that was asked: a, b"):
        always(logged, "c")
    with pytest.raises(ValueError, match="never asked"):
        estimate_ips(logged, np.full((4, 2), 0.3))
    with pytest.raises(ValueError, match="shape"):
        estimate_ips(logged, np.ones((2, 2)))
