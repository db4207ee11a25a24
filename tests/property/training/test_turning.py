"""Putting heads' rows into the other order loses nothing, and leaves each row in its head."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fen.training.layout import to_halves, to_neighbours

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 40), st.integers(1, 4))


@given(SIZES)
def test_either_order_comes_back(sizes: tuple[int, int, int]) -> None:
    heads, half, columns = sizes
    rows = np.arange(heads * 2 * half * columns).reshape(heads * 2 * half, columns)
    assert np.array_equal(to_halves(to_neighbours(rows, heads), heads), rows)
    assert np.array_equal(to_neighbours(to_halves(rows, heads), heads), rows)


@given(SIZES)
def test_rows_stay_in_their_head_and_pairs_become_neighbours(sizes: tuple[int, int, int]) -> None:
    heads, half, _ = sizes
    turned = to_neighbours(np.arange(heads * 2 * half), heads).reshape(heads, half, 2)
    for head, pairs in enumerate(turned.tolist()):
        start = head * 2 * half
        assert pairs == [[start + place, start + half + place] for place in range(half)]


@given(SIZES)
def test_the_left_factor_alone_carries_the_order_of_a_product(sizes: tuple[int, int, int]) -> None:
    heads, half, rank = sizes
    left = np.arange(heads * 2 * half * rank).reshape(-1, rank) % 7
    right = np.arange(rank * 3).reshape(rank, 3) % 5
    assert np.array_equal(to_neighbours(left @ right, heads), to_neighbours(left, heads) @ right)
