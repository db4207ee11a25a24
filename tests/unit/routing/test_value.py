"""Quality beside money: who is on the frontier, and what one more point costs."""

import numpy as np
import pytest

from fen.routing.value import Measured, find_worths

NONE = np.empty(0)


def plain(model: str, quality: float, cost: float) -> Measured:
    return Measured(model, quality, cost, NONE, NONE)


def test_the_frontier_is_of_those_whom_nobody_beats_in_both() -> None:
    worths = find_worths(
        [plain("dear", 0.9, 9), plain("bad", 0.5, 3), plain("cheap", 0.6, 1), plain("good", 0.8, 3)],
        share=True,
    )
    assert [one.model for one in worths if one.frontier] == ["cheap", "good", "dear"]
    (bad,) = [one for one in worths if one.model == "bad"]
    assert bad.dominated_by == ("cheap", "good")
    assert bad.step is None


def test_one_more_point_is_paid_from_the_model_before_on_the_frontier() -> None:
    cheap, good, dear = find_worths(
        [plain("cheap", 0.6, 1), plain("good", 0.8, 3), plain("dear", 0.9, 9)], share=True
    )
    assert cheap.step is None
    assert good.step is not None
    assert good.step.below == "cheap"
    assert good.step.price.value == pytest.approx(10)
    assert dear.step is not None
    assert dear.step.price.value == pytest.approx(60)
    assert good.per_correct is not None
    assert good.per_correct.value == pytest.approx(3.75)
    assert good.quality.low is None


def test_models_alike_in_both_are_both_on_the_frontier_and_no_money_buys_a_point() -> None:
    one, two = find_worths([plain("one", 0.6, 1), plain("two", 0.6, 1)], share=True)
    assert one.frontier
    assert two.frontier
    assert two.step is not None
    assert two.step.price.value is None


def test_a_model_that_is_never_right_has_no_price_of_a_right_answer() -> None:
    (worth,) = find_worths([plain("never", 0.0, 1)], share=True)
    assert worth.per_correct is not None
    assert worth.per_correct.value is None


def test_a_rating_has_no_price_of_a_right_answer() -> None:
    (worth,) = find_worths([plain("rated", 1020.0, 1)], share=False)
    assert worth.per_correct is None


def test_an_interval_holds_the_truth_and_shows_where_a_point_cannot_be_bought() -> None:
    random = np.random.default_rng(7)
    worlds = 2000
    cheap = Measured("cheap", 0.60, 1.0, random.normal(0.60, 0.03, worlds), np.full(worlds, 1.0))
    near = Measured("near", 0.62, 2.0, random.normal(0.62, 0.03, worlds), np.full(worlds, 2.0))
    far = Measured("far", 0.90, 3.0, random.normal(0.90, 0.01, worlds), np.full(worlds, 3.0))
    found = {one.model: one for one in find_worths([cheap, near, far], share=True)}
    step = found["near"].step
    assert step is not None
    assert step.price.high is None  # near may be no better at all
    assert found["near"].often is not None
    assert 0.5 < found["near"].often < 0.9
    last = found["far"].step
    assert last is not None
    assert last.price.low is not None
    assert last.price.high is not None
    assert last.price.low < 1 / 0.28 < last.price.high
    assert found["far"].often == 1.0


def test_draws_of_one_world_stay_together() -> None:
    shared = np.random.default_rng(1).normal(0, 0.2, 1000)  # the questions' luck, the same for both
    low = Measured("low", 0.5, 1.0, 0.5 + shared, np.full(1000, 1.0))
    high = Measured("high", 0.6, 2.0, 0.6 + shared, np.full(1000, 2.0))
    step = find_worths([low, high], share=True)[1].step
    assert step is not None
    assert step.price.low == pytest.approx(10)
    assert step.price.high == pytest.approx(10)
