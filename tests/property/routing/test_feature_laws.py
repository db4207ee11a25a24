"""Laws of rows: each is its own, whatever stands beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fen.routing import Asked
from fen.routing.features import Rows, featurize

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text("ab 天地玄?1\n", max_size=60),
)
ASKED = st.builds(
    Asked,
    TEXTS,
    before=st.integers(0, 9),
    tag=st.none() | st.sampled_from(["code", "天", "\ud800"]),
    tools=st.integers(0, 3),
    schema=st.booleans(),
)


def same(one: Rows, other: Rows) -> bool:
    pairs = (
        (one.starts, other.starts),
        (one.columns, other.columns),
        (one.values, other.values),
        (one.statistics, other.statistics),
    )
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


@given(st.lists(ASKED, min_size=1, max_size=6), st.data())
def test_a_row_is_the_same_whatever_the_batch(asked: list[Asked], data: st.DataObject):
    chosen = data.draw(st.lists(st.integers(0, len(asked) - 1), max_size=4))
    together = featurize(asked)
    assert same(together.take(chosen), featurize([asked[place] for place in chosen]))


@given(ASKED, st.integers(8, 22))
def test_columns_ascend_within_their_bounds(asked: Asked, bits: int):
    rows = featurize([asked], bits)
    assert (np.diff(rows.columns) > 0).all()
    assert ((rows.columns >= 0) & (rows.columns < 1 << bits)).all()
    assert (rows.values >= 1).all()
    assert np.isfinite(rows.statistics).all()
