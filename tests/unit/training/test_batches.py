from collections import Counter

from fen.training.batches import order_rows
from fen.training.recipe import Recipe

RECIPE = Recipe(batch=4, seed=3)
ROWS = list(range(10))
LENGTHS = [(7 * row) % 10 for row in ROWS]


def test_every_row_comes_once_before_any_comes_again() -> None:
    ordered = order_rows(ROWS, LENGTHS, RECIPE, 5)
    assert Counter(ordered) == dict.fromkeys(ROWS, 2)
    assert len(order_rows(ROWS, LENGTHS, RECIPE, 2)) == len(set(order_rows(ROWS, LENGTHS, RECIPE, 2))) == 8


def test_a_step_has_its_shortest_rows_first_and_the_places_that_the_seed_gives() -> None:
    ordered = order_rows(ROWS, LENGTHS, RECIPE, 5)
    other = order_rows(ROWS, LENGTHS[::-1], RECIPE, 5)
    for start in range(0, 20, 4):
        step = ordered[start : start + 4]
        assert [LENGTHS[row] for row in step] == sorted(LENGTHS[row] for row in step)
        assert set(step) == set(other[start : start + 4])
    assert ordered != other
    assert ordered != order_rows(ROWS, LENGTHS, Recipe(batch=4, seed=4), 5)


def test_a_step_wider_than_all_rows_has_some_twice() -> None:
    assert Counter(order_rows(["a", "b"], [1, 2], RECIPE, 1)) == {"a": 2, "b": 2}
