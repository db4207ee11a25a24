from itertools import combinations

import pytest

from fen.evals.statistics.passk import estimate_pass, find_pass_at_k
from tests.fakes.worths import make_records


@pytest.mark.parametrize(("answers", "right", "k"), [(5, 2, 1), (5, 2, 3), (6, 1, 4), (4, 0, 2), (4, 4, 4)])
def test_it_is_the_share_of_all_sets_of_k_answers_with_a_right_one(answers: int, right: int, k: int):
    sets = list(combinations([True] * right + [False] * (answers - right), k))
    assert estimate_pass(answers, right, k) == pytest.approx(sum(map(any, sets)) / len(sets))


def test_more_answers_wanted_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="expected 1 to 3"):
        estimate_pass(3, 1, 4)


def test_samples_are_the_clusters_and_those_of_too_few_epochs_are_counted():
    records = [
        *make_records("1100", epoch=0),
        *make_records("1010", epoch=1),
        *make_records("100", epoch=2),
    ]
    found = find_pass_at_k(records, 2)
    assert found.measure.mean == pytest.approx((1 + 2 / 3 + 2 / 3 + 0) / 4)
    three = find_pass_at_k(records, 3)
    assert (three.measure.n, three.too_few) == (3, 1)
    assert three.measure.mean == 1.0


def test_one_answer_each_is_plain_accuracy_with_wilsons_interval():
    found = find_pass_at_k(make_records("1110t"), 1)
    assert found.measure.mean == 0.6
    assert found.measure.interval is not None
    assert found.measure.interval.method == "Wilson, 5 independent items"
