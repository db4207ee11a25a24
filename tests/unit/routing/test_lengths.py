"""Expected lengths of answers: means, tags, few outcomes, models that were not seen."""

import numpy as np
import pytest

from fen.routing import Asked
from fen.routing.features import featurize
from fen.routing.lengths import FEWEST, Lengths, fit_lengths
from fen.routing.pivot import Floats

BITS = 10
RNG = np.random.default_rng(5)
N = 400
TAGS = ["long" if row % 4 == 0 else None for row in range(N)]
ASKED = [
    Asked(("prove " if row % 2 else "name ") + "x" * int(RNG.integers(1, 40)), tag=TAGS[row])
    for row in range(N)
]
ROWS = featurize(ASKED, BITS)


def draw(noise: float = 0.3) -> Floats:
    """Lengths of three models: proofs are 4 times as long, `long` twice, for the second model alone."""
    asked = np.where([one.text.startswith("prove") for one in ASKED], 4.0, 1.0)
    long = np.where([tag == "long" for tag in TAGS], 2.0, 1.0)
    drawn = RNG.lognormal(0.0, noise, (N, 3))
    return drawn * np.stack([50 * asked, 100 * asked * long, 300 * asked], axis=1)


LENGTHS = draw()


def fit(lengths: Floats) -> Lengths:
    fitted = fit_lengths(ROWS, lengths, ["a", "b", "c"], TAGS, BITS)
    assert fitted is not None
    return fitted


FITTED = fit(LENGTHS)


def test_totals_of_other_requests_come_out():
    expected = FITTED.predict(ROWS, ["a", "b", "c"], TAGS)
    assert expected.sum(axis=0) == pytest.approx(draw().sum(axis=0), rel=0.06)


def test_a_request_for_more_is_expected_to_get_more():
    asked = [Asked("name xxxx"), Asked("prove xxxx"), Asked("name xxxx", tag="long")]
    a, b = FITTED.predict(featurize(asked, BITS), ["a", "b"], [None, None, "long"]).T
    assert 3 < a[1] / a[0] < 5
    assert b[0] / a[0] == pytest.approx(2.0, rel=0.2)
    assert b[2] / b[0] == pytest.approx(2.0, rel=0.25)
    assert a[2] / a[0] == pytest.approx(1.0, rel=0.15)


def test_a_model_with_few_outcomes_has_its_own_level_and_the_others_way():
    lengths = LENGTHS.copy()
    lengths[30:, 2] = np.nan
    expected = fit(lengths).predict(ROWS, ["c"], TAGS)
    assert expected.sum() == pytest.approx(LENGTHS[:, 2].sum(), rel=0.25)


def test_a_model_that_was_not_seen_has_the_usual_length():
    known, unknown = FITTED.predict(ROWS, ["a", "b", "c"]), FITTED.predict(ROWS, ["new"])
    assert (unknown[:, 0] > known.min(axis=1)).all()
    assert (unknown[:, 0] < known.max(axis=1)).all()


def test_one_request_is_expected_what_it_is_among_others():
    together = FITTED.predict(ROWS, ["a", "c"], TAGS)
    for row in range(0, N, 37):
        alone = FITTED.predict(ROWS.take([row]), ["a", "c"], TAGS[row : row + 1])
        assert alone.tolist() == together[row : row + 1].tolist()


def test_nothing_is_expected_beyond_what_was_seen():
    asked = [Asked("prove " * 5000), Asked("")]
    expected = FITTED.predict(featurize(asked, BITS), ["a"])
    assert (expected <= LENGTHS[:, 0].max() * FITTED.factor[0] * 1.001).all()
    assert (expected >= LENGTHS[:, 0].min() * 0.999).all()


def test_of_a_few_lengths_nothing_is_learnt():
    lengths = np.full((N, 1), np.nan)
    lengths[: FEWEST - 1] = 10.0
    lengths[FEWEST:] = 0.0
    assert fit_lengths(ROWS, lengths, ["a"], TAGS, BITS) is None


def test_columns_of_more_bits_are_read_as_those_of_18():
    fine, coarse = featurize(ASKED, 22), featurize(ASKED, 18)
    by_fine = fit_lengths(fine, LENGTHS, ["a", "b", "c"], TAGS, 22)
    by_coarse = fit_lengths(coarse, LENGTHS, ["a", "b", "c"], TAGS, 18)
    assert by_fine is not None
    assert by_coarse is not None
    assert len(by_fine.words) == len(by_coarse.words) == 1 << 18
    assert by_fine.predict_logs(fine, TAGS) == pytest.approx(by_coarse.predict_logs(coarse, TAGS), rel=1e-4)
