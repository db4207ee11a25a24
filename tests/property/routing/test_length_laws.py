"""Laws of expected lengths: a request's own, whatever stands beside it, and within what was seen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fen.routing import Asked
from fen.routing.features import featurize
from fen.routing.lengths import fit_lengths

BITS = 10
MODELS = ("a", "b", "c")
RNG = np.random.default_rng(1)
TRAIN = [Asked(f"{'explain' if row % 3 else 'name'} {row} {'at length' * (row % 5)}") for row in range(60)]
LENGTHS = RNG.lognormal(4, 0.5, (60, 3))
FITTED = fit_lengths(featurize(TRAIN, BITS), LENGTHS, MODELS, [None] * 60, BITS)

ASKED = st.builds(
    Asked, st.text(st.sampled_from("explain name 天地0123\n?"), max_size=80), before=st.integers(0, 9)
)


@given(st.lists(ASKED, min_size=1, max_size=40))
def test_a_length_is_the_same_whatever_the_batch(asked: list[Asked]) -> None:
    assert FITTED is not None
    together = FITTED.predict(featurize(asked, BITS), MODELS, [None] * len(asked))
    for row, one in enumerate(asked):
        alone = FITTED.predict(featurize([one], BITS), MODELS, [None])
        assert alone[0].tolist() == together[row].tolist()


@given(ASKED)
def test_a_length_is_within_what_was_seen(asked: Asked) -> None:
    assert FITTED is not None
    found = FITTED.predict(featurize([asked], BITS), MODELS)[0]
    assert (found >= LENGTHS.min(axis=0) * 0.999).all()
    assert (found <= LENGTHS.max(axis=0) * FITTED.factor * 1.001).all()
