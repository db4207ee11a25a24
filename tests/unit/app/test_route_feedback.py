"""Other policies by feedback: a known value is found again, and what the log does not tell is said."""

from decimal import Decimal

import numpy as np
import pytest

from fen.app.route_feedback import evaluate_feedback
from fen.ledger import Expected
from fen.routing.feedback import Judged
from fen.wire.errors import NotFound
from fen.wire.money import Money
from tests.integration.ledger.test_routed import make_routed

TRUTH = {"a/small": 0.55, "a/large": 0.85}
EXPLORED = 0.05


def simulate(n: int, seed: int = 3) -> list[Judged]:
    """Answers of a route that asks the small model but for 5% drawn evenly, each judged right or wrong."""
    random = np.random.default_rng(seed)
    found: list[Judged] = []
    for number in range(n):
        chance = {"a/small": 1 - EXPLORED / 2, "a/large": EXPLORED / 2}
        model = "a/small" if random.random() < chance["a/small"] else "a/large"
        expected = (Expected("a/small", 0.6, Decimal("0.001")), Expected("a/large", 0.9, Decimal("0.01")))
        routed = make_routed(
            f"req_{number}", chosen=model, model=model, propensity=chance[model], expected=expected
        )
        found.append(Judged(routed, float(random.random() < TRUTH[model])))
    return found


def test_the_value_of_each_model_is_found_within_its_interval() -> None:
    found = evaluate_feedback(simulate(6000), (0.8,)).policies
    for model, truth in TRUTH.items():
        for value in (found[f"always {model}"].snips, found[f"always {model}"].dr):
            low, high = value.interval()
            assert low < truth < high
    picky = found["cheapest with p >= 0.8"]
    assert picky.snips == found["always a/large"].snips
    assert picky.cost == Money(Decimal("0.01"), "USD")
    assert found["always a/large"].snips.effective < 300 < found["always a/small"].snips.effective


def test_few_explored_answers_are_not_taken_for_an_estimate() -> None:
    found = evaluate_feedback(simulate(300))
    assert not found.policies["always a/large"].snips.reliable
    assert found.explored == 1.0


def test_of_a_model_that_was_never_asked_nothing_is_told() -> None:
    judged = [one for one in simulate(300) if one.routed.chosen == "a/small"]
    found = evaluate_feedback(judged, (0.8,))
    assert set(found.policies) == {"always a/small", "cheapest with p >= 0.8"}  # of those that were asked


def test_answers_of_a_stand_in_tell_nothing_of_the_choice() -> None:
    judged = simulate(50)
    judged.append(Judged(make_routed("req_x", chosen="a/small", model="b/other"), 0.0))
    assert evaluate_feedback(judged).left_out == 1


def test_without_feedback_there_is_nothing_to_say() -> None:
    with pytest.raises(NotFound, match="POST /v1/feedback"):
        evaluate_feedback([])
