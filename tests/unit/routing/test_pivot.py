"""Outcomes as matrices: means, holes, votes, one currency."""

from decimal import Decimal

import numpy as np
import pytest

from fen.routing import Asked
from fen.routing.outcome import Evidence, Outcome, Vote
from fen.routing.pivot import pivot
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money

ONE, TWO, TAGGED = Asked("one"), Asked("two"), Asked("one", tag="t")


def dollars(amount: str, currency: str = "USD") -> Money:
    return Money(Decimal(amount), currency)


EVIDENCE = Evidence(
    (
        Outcome(ONE, "n", 1.0, dollars("0.1"), 10, 4),
        Outcome(ONE, "n", 0.0, dollars("0.3")),
        Outcome(TWO, "m", 1.0),
        Outcome(TAGGED, "m", 0.0),
    ),
    (Vote(TWO, "n", "o", "b"), Vote(ONE, "m", "n", "both_bad")),
)


def test_repeated_answers_are_averaged_and_the_rest_is_a_hole():
    found = pivot(EVIDENCE)
    assert found.asked == (ONE, TWO, TAGGED)
    assert found.tags == (None, None, "t")
    assert found.models == ("m", "n", "o")
    nan = np.nan
    np.testing.assert_array_equal(found.score, [[nan, 0.5, nan], [1.0, nan, nan], [0.0, nan, nan]])
    np.testing.assert_array_equal(found.times, [[0, 2, 0], [1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(found.cost[0], [nan, 0.2, nan])
    assert found.output_tokens[0, 1] == 10
    assert found.reasoning_tokens[0, 1] == 4
    assert found.currency == "USD"
    assert found.votes.rows.tolist() == [1, 0]
    assert found.votes.model_b.tolist() == [2, 1]
    assert found.votes.won.tolist() == [0.0, 0.5]


def test_rows_are_taken_with_their_votes():
    taken = pivot(EVIDENCE).take([2, 1])
    assert taken.asked == (TAGGED, TWO)
    assert taken.score[:, 0].tolist() == [0.0, 1.0]
    assert taken.votes.rows.tolist() == [1]


def test_only_the_models_that_are_wanted():
    found = pivot(EVIDENCE, ["n", "new"])
    assert found.models == ("n", "new")
    assert found.asked == (ONE,)
    assert len(found.votes.rows) == 0


def test_costs_of_two_currencies_are_not_mixed():
    mixed = Evidence((Outcome(ONE, "m", 1, dollars("1")), Outcome(ONE, "n", 1, dollars("1", "CNY"))))
    with pytest.raises(InvalidRequest, match="found costs in CNY and USD, expected one currency"):
        pivot(mixed)
