"""The law of windows: whatever the text, a window's sum is that of the grams that begin in it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.hierarchy.detector.ngrams import (
    BITS,
    BLOCK,
    CHANNELS,
    block_sums,
    fold,
    pack,
    rows,
    window_sums,
    windows,
)
from tests.sizes import pick

WEIGHTS = np.random.default_rng(1).integers(-127, 128, (1 << BITS, CHANNELS)).astype(np.int8)
TABLE = pack(WEIGHTS)


@settings(max_examples=pick(30, 200))
@given(st.text(max_size=700))
def test_sums_of_windows_are_those_of_their_grams(text: str) -> None:
    folded = fold(text)
    each = WEIGHTS[rows(folded.data)].astype(np.int64).sum(axis=0)
    bounds = windows(len(folded))
    found = window_sums(block_sums(folded.data, TABLE), bounds)
    for (first, last), sums in zip(bounds, found, strict=True):
        assert sums.tolist() == each[first * BLOCK : last * BLOCK].sum(axis=0).tolist()
    assert 0 <= folded.place(len(folded) // 2) <= folded.place(len(folded)) == len(text)
