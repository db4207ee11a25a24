"""The verifier tells right answers from wrong ones, and is right about its own chances."""

import numpy as np
import pytest

from fen.routing.asked import Asked
from fen.routing.packing import put_together, take_apart
from fen.routing.signals import Signals
from fen.routing.verifier import FEATURES, STRENGTHS, Verifier, describe, fit_verifier


def draw(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers whose chance falls with their hedges and rises with agreement."""
    random = np.random.default_rng(seed)
    rows: list[list[float]] = []
    right = np.zeros(n, dtype=bool)
    for row in range(n):
        hedges, agreement = int(random.poisson(1.0)), float(random.random())
        signals = Signals(int(random.integers(20, 2000)), "stop", hedges, agreement=agreement)
        p = float(random.uniform(0.3, 0.9))
        rows.append(describe(Asked("What is it?"), p, signals))
        z = np.log(p / (1 - p)) - 1.5 * np.log1p(hedges) + 3.0 * (agreement - 0.5)
        right[row] = random.random() < 1 / (1 + np.exp(-z))
    return np.array(rows), right


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return fit_verifier(*draw(600, 0))


def test_it_is_right_about_its_chances_on_new_answers(verifier: Verifier) -> None:
    features, right = draw(2000, 1)
    p = np.array([verifier.probability(row) for row in features.tolist()])
    brier, plain = float(((p - right) ** 2).mean()), float(((right.mean() - right) ** 2).mean())
    assert brier < 0.85 * plain
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        inside = (p >= low) & (p < high)
        assert p[inside].mean() == pytest.approx(right[inside].mean(), abs=0.06)


def test_weights_point_the_right_way(verifier: Verifier) -> None:
    weights = dict(zip(FEATURES, verifier.weights.tolist(), strict=True))
    assert weights["hedges"] < 0.0 < weights["agreement"]
    assert weights["expected"] > 0.0
    # What never varied has no weight.
    assert weights["schema_missed"] == 0.0


def test_noise_is_shrunk_away() -> None:
    random = np.random.default_rng(2)
    features, right = random.normal(size=(200, len(FEATURES))), random.random(200) < 0.7
    fitted = fit_verifier(features, right)
    assert fitted.strength == max(STRENGTHS)
    p = [fitted.probability(row) for row in features.tolist()]
    assert np.std(p) < 0.08
    assert np.mean(p) == pytest.approx(right.mean(), abs=0.01)


def test_arrays_there_and_back(verifier: Verifier) -> None:
    features, _ = draw(5, 3)
    plain, arrays = take_apart(verifier)
    again = put_together(Verifier, plain, arrays)
    assert [again.probability(row) for row in features.tolist()] == [
        verifier.probability(row) for row in features.tolist()
    ]
    assert (again.n, again.strength) == (600, verifier.strength)
    with pytest.raises(ValueError, match="found a verifier with arrays of"):
        put_together(Verifier, plain, {**arrays, "weights": np.zeros(3)})


def test_answers_of_one_kind_teach_nothing() -> None:
    with pytest.raises(ValueError, match="found 50 right answers of 50"):
        fit_verifier(np.zeros((50, len(FEATURES))), np.ones(50, dtype=bool))


def test_features_are_those_named() -> None:
    row = describe(Asked("问题？"), 1.0, Signals(0, "length", schema=False, test=True, logprob=-50.0))
    named = dict(zip(FEATURES, row, strict=True))
    assert np.isfinite(row).all()
    assert named["asked_question"] == named["schema_missed"] == named["test_passed"] == 1.0
    assert (named["finished"], named["logprob"]) == (0.0, -10.0)
