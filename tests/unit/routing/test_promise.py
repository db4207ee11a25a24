"""What guarantees can rest on: pools with enough right answers of their reference, and no others."""

import numpy as np

from fen.routing import Asked
from fen.routing.guarantee import LEAST
from fen.routing.learn import Told
from fen.routing.outcome import Evidence, Outcome
from fen.routing.pivot import Matrices, pivot
from fen.routing.promise import promise

N = 900
RNG = np.random.default_rng(3)
TRUTH = np.stack([np.linspace(0.2, 0.95, N), np.linspace(0.5, 0.9, N), np.full(N, 0.9)], axis=1)


def draw() -> Matrices:
    right = RNG.random((N, 3)) < TRUTH
    outcomes = [
        Outcome(Asked(f"{row}"), model, float(right[row, column]))
        for row in range(N)
        for column, model in enumerate("abc")
    ]
    return pivot(Evidence(tuple(outcomes)))


TRAIN, HELD = draw(), draw()
TOLD = Told(TRUTH, np.tile([1.0, 2.0, 10.0], (N, 1)), np.ones(N), "USD")


def test_references_with_enough_right_answers_have_pools_of_all_and_of_pairs():
    found = promise((TRAIN, TOLD), (HELD, TOLD), 0.5, ())
    pools = {(one.reference, one.models) for one in found}
    assert pools == {
        ("a", ("a", "b", "c")),
        ("b", ("a", "b", "c")),
        ("c", ("a", "b", "c")),
        ("b", ("a", "b")),
        ("c", ("a", "c")),
        ("c", ("b", "c")),
    } - ({("a", ("a", "b", "c"))} if np.nansum(HELD.score[:, 0]) < LEAST else set())
    for one in found:
        column = HELD.models.index(one.reference)
        assert sum(group.n for group in one.groups) == int(HELD.score[:, column].sum())
        assert list(one.thresholds) == sorted(one.thresholds)


def test_a_guarantee_can_be_proved_from_them():
    [pair] = [one for one in promise((TRAIN, TOLD), (HELD, TOLD), 0.5, ()) if one.models == ("b", "c")]
    proved = pair.prove(0.15, 0.05)
    assert proved is not None
    assert proved.threshold > 0
    assert proved.wrong / proved.n < 0.15


def test_holes_and_unknown_prices_promise_nothing():
    score = HELD.score.copy()
    score[: N - LEAST + 10, 1] = np.nan
    holed = Matrices(HELD.asked, HELD.models, score, HELD.times, score, score, score, None, HELD.votes)
    cost = TOLD.cost.copy()
    cost[:, 0] = np.inf
    told = Told(TOLD.p, cost, TOLD.familiar, "USD")
    assert promise((TRAIN, told), (holed, told), 0.5, ()) == ()


def test_routes_pools_count_too():
    found = promise((TRAIN, TOLD), (HELD, TOLD), 0.5, [("c", "b", "elsewhere"), ("b", "c")])
    assert sum(one.models == ("b", "c") and one.reference == "c" for one in found) == 1
