"""Expected costs: fresh, cached, written and reasoning tokens, limits, and lengths told by what was paid."""

from decimal import Decimal

import pytest

from fen.catalogue import Rates
from fen.routing import Asked, Offer
from fen.routing.cost import estimate_input, expect_cost, infer_output, limit_output
from fen.wire.money import Money
from fen.wire.usage import Meter

PRICES: dict[Meter, Decimal] = {
    "input": Decimal(2),
    "cached_input": Decimal("0.5"),
    "output": Decimal(8),
    "reasoning": Decimal(10),
}
RATES = Rates("USD", PRICES, "test")


def test_each_meter_has_its_price():
    offer = Offer("m", RATES, held=600)
    found = expect_cost(1000, 100, 0.25, offer)
    assert found == Money(
        Decimal("0.0008") + Decimal("0.0003") + Decimal("0.0006") + Decimal("0.00025"), "USD"
    )


def test_switching_loses_what_the_other_holds():
    kept, lost = (
        expect_cost(1000, 0, 0, Offer("m", RATES, held=1000)),
        expect_cost(1000, 0, 0, Offer("m", RATES)),
    )
    assert kept is not None
    assert lost is not None
    assert (kept.amount, lost.amount) == (Decimal("0.0005"), Decimal("0.002"))


def test_more_is_not_held_than_is_asked():
    assert expect_cost(10, 0, 0, Offer("m", RATES, held=99)) == Money(Decimal("0.000005"), "USD")


def test_no_price_is_no_cost():
    assert expect_cost(10, 10, 0, Offer("m", None)) is None


def test_an_answer_is_expected_within_its_limits():
    assert limit_output(99.6, Asked("x"), Offer("m", None)) == 100
    assert limit_output(99.6, Asked("x", output_limit=50), Offer("m", None, output_limit=70)) == 50
    assert limit_output(99.6, Asked("x", output_limit=90), Offer("m", None, output_limit=70)) == 70


@pytest.mark.parametrize(
    ("asked", "tokens"),
    [
        (Asked("x" * 40), 10),
        (Asked("天" * 40, before=40), 40),
        (Asked("\ud800"), 1),
        (Asked("", input_tokens=0), 0),
    ],
)
def test_input_is_counted_or_estimated(asked: Asked, tokens: int):
    assert estimate_input(asked) == tokens


def test_what_was_paid_tells_the_length():
    paid = Money(Decimal("0.0028"), "USD")
    assert infer_output(paid, 1000, RATES) == 100
    assert infer_output(Money(Decimal("0.001"), "USD"), 1000, RATES) is None
    assert infer_output(Money(Decimal("0.0028"), "CNY"), 1000, RATES) is None
    assert infer_output(paid, 1000, Rates("USD", {"input": Decimal(2)}, "test")) is None
