"""What the estimator learns of models whose skills are known."""

import numpy as np
import pytest

from fen.routing.features import featurize
from fen.routing.quality.fit import learn
from fen.routing.quality.heads import Cast
from fen.routing.quality.join import join_model
from fen.routing.quality.model import QualityModel
from fen.wire.errors import InvalidRequest
from tests.fakes.skills import BITS, SKILL, draw

MODELS = ("all", "first", "second")
TRAIN, TEST = draw(600, 1), draw(150, 2)
TRUTH = SKILL[:, TEST.kinds].T


@pytest.fixture(scope="module")
def model() -> QualityModel:
    return learn(TRAIN.rows, TRAIN.scores, MODELS, [None] * 600, bits=BITS).model


def test_it_learns_who_is_good_at_what(model: QualityModel) -> None:
    told = model.predict(TEST.rows)
    assert np.abs(told.p - TRUTH).mean() < 0.1
    assert (told.low <= told.p).all()
    assert (told.p <= told.high).all()


def test_it_learns_from_scores_with_holes() -> None:
    scores = np.where(np.random.default_rng(3).random(TRAIN.scores.shape) < 0.5, np.nan, TRAIN.scores)
    found = learn(TRAIN.rows, scores, MODELS, [None] * 600, bits=BITS).model
    assert np.abs(found.predict(TEST.rows).p - TRUTH).mean() < 0.14


def test_a_foreign_request_is_less_familiar(model: QualityModel) -> None:
    foreign = draw(1, 5).asked[0]
    texts = ["Καλημέρα κόσμε, τι κάνεις;", "合同 第七条 违约 责任"]
    strange = featurize([type(foreign)(text) for text in texts], BITS)
    assert model.predict(strange).familiar.max() < np.median(model.predict(TEST.rows).familiar) / 4


def test_votes_alone_tell_models_apart() -> None:
    random = np.random.default_rng(4)
    rows = np.repeat(np.arange(600), 4)
    left = random.integers(0, 3, len(rows))
    right = (left + random.integers(1, 3, len(rows))) % 3
    odds = np.log(SKILL / (1 - SKILL))[:, TRAIN.kinds].T
    won = random.random(len(rows)) < 1 / (1 + np.exp(odds[rows, right] - odds[rows, left]))
    nothing = np.full(TRAIN.scores.shape, np.nan)
    cast = Cast(rows, left, right, won.astype(np.float64))
    found = learn(TRAIN.rows, nothing, MODELS, [None] * 600, cast, BITS).model.predict(TEST.rows).p
    first = TEST.kinds == 0
    assert found[first, 1].mean() > found[first, 2].mean() + 0.1
    assert found[~first, 0].mean() > found[~first, 1].mean() + 0.1


def test_a_model_joins_with_few_scores(model: QualityModel) -> None:
    few = draw(60, 9)
    joined = join_model(model, "twin", few.rows, few.scores[:, 0])
    after = joined.predict(TEST.rows).p
    assert joined.names == (*MODELS, "twin")
    assert abs(after[:, 3].mean() - 0.9) < 0.1


def test_those_that_were_there_stay_the_same_to_the_last_bit(model: QualityModel) -> None:
    few = draw(80, 9)
    once = join_model(model, "twin", few.rows, few.scores[:, 0])
    twice = join_model(once, "third", few.rows, few.scores[:, 1])
    before, after = once.predict(TEST.rows), twice.predict(TEST.rows)
    fitted = model.predict(TEST.rows)
    for name in ("p", "low", "high"):
        np.testing.assert_array_equal(getattr(before, name)[:, :3], getattr(fitted, name))
        np.testing.assert_array_equal(getattr(after, name)[:, :4], getattr(before, name))
    np.testing.assert_array_equal(after.familiar, fitted.familiar)


def test_a_model_that_joined_has_a_profile_and_its_requests_do_not_meet(model: QualityModel) -> None:
    few = draw(100, 9)
    joined = join_model(model, "twin", few.rows, few.scores[:, 2])
    p = joined.predict(TEST.rows).p[:, 3]
    assert p[TEST.kinds == 1].mean() > p[TEST.kinds == 0].mean() + 0.2
    alone = [joined.predict(TEST.rows.take([row])).p[0, 3] for row in range(20)]
    np.testing.assert_array_equal(np.array(alone), p[:20])
    inferred = joined.infer_joined(joined.predict(TEST.rows).p[:, :3].astype(np.float64))
    np.testing.assert_allclose(inferred[:, 0], p, atol=1e-3)


def test_a_model_does_not_join_twice_or_with_nothing(model: QualityModel) -> None:
    few = draw(12, 9)
    with pytest.raises(InvalidRequest, match="expected one that is not known"):
        join_model(model, "first", few.rows, few.scores[:, 0])
    with pytest.raises(InvalidRequest, match="found 0 requests with a score of new, expected at least 25"):
        join_model(model, "new", few.rows, np.full(12, np.nan))


def test_a_score_outside_of_its_range_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="outside of 0 to 1"):
        learn(TRAIN.rows, TRAIN.scores * 2, MODELS, [None] * 600, bits=BITS)
    with pytest.raises(InvalidRequest, match="found 3 requests"):
        learn(TRAIN.rows.take([0, 1, 2]), TRAIN.scores[:3], MODELS, [None] * 3, bits=BITS)


def test_requests_that_are_all_alike_teach_the_means() -> None:
    scores = np.tile([[1.0, 0.0], [0.0, 0.0]], (15, 1))
    rows = featurize([type(TRAIN.asked[0])("hello world")] * 30, BITS)
    found = learn(rows, scores, ("half", "never"), [None] * 30, bits=BITS).model.predict(rows.take([0])).p[0]
    assert 0.4 < found[0] < 0.6
    assert found[1] < 0.1
