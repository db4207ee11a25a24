"""Laws of what is expected of requests, and of their shares."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.routing.asked import Asked
from fen.routing.budget import find_tradeoff
from fen.routing.features import featurize
from fen.routing.quality.fit import learn
from fen.routing.quality.model import QualityModel
from tests.fakes.skills import BITS, draw

TEXTS = st.lists(st.text(max_size=60), min_size=1, max_size=6)


@cache
def model() -> QualityModel:
    drawn = draw(120, 0)
    return learn(drawn.rows, drawn.scores, ("a", "b", "c"), [None] * 120, bits=BITS).model


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_a_prediction_does_not_depend_on_its_batch(texts: list[str]) -> None:
    asked = [Asked(text) for text in texts]
    together = model().predict(featurize(asked, BITS))
    for number, one in enumerate(asked):
        alone = model().predict(featurize([one], BITS))
        assert alone.p[0].tolist() == together.p[number].tolist()
        assert alone.familiar[0] == together.familiar[number]


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_a_prediction_lies_within_its_interval(texts: list[str]) -> None:
    told = model().predict(featurize([Asked(text) for text in texts], BITS))
    assert (told.low >= 0).all()
    assert (told.high <= 1).all()
    assert (told.low <= told.p).all()
    assert (told.p <= told.high).all()


@given(st.integers(0, 10_000), st.floats(0.01, 5), st.floats(0.01, 5))
@settings(max_examples=60, deadline=None)
def test_a_larger_budget_never_buys_less(seed: int, one: float, other: float) -> None:
    random = np.random.default_rng(seed)
    p, costs = random.random((30, 4)), random.random((30, 4)) * 4
    small, large = (find_tradeoff(p, costs, budget).choose(p, costs) for budget in sorted((one, other)))
    assert np.allclose(small.sum(axis=1), 1)
    assert (large * costs).sum() >= (small * costs).sum() - 1e-9
    assert (large * p).sum() >= (small * p).sum() - 1e-9
