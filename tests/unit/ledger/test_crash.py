from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.ledger import Entry, Exchange, Prices
from fen.ledger.estimate import settle_crash
from fen.wire.money import Money
from tests.fakes.books import NOON, PRICES, make_hold, usd

LATER = NOON + timedelta(seconds=90)
RATE = Exchange("USD", "CNY", Decimal("7.2"), "a bank", date(2026, 3, 14))


def test_a_crash_is_settled_at_its_likely_input_and_its_last_checkpoint() -> None:
    settled = settle_crash(Entry(make_hold(), 200, None), LATER)
    assert (settled.usage.input, settled.usage.output) == (800, 200)
    assert settled.cost == settled.charge == usd("0.00024")  # 800 x 0.15 + 200 x 0.6, a million
    assert (settled.certainty, settled.reason, settled.status) == ("estimated", "crash", 500)
    assert settled.duration_ms == 90_000


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 1000), st.integers(0, 1000))
def test_it_lies_between_its_checkpoint_and_its_worst_case(
    estimate: int, bound: int, checkpoint: int, output_bound: int
) -> None:
    worst = usd(Decimal(bound) * Decimal("0.15e-6") + Decimal(output_bound) * Decimal("0.6e-6"))
    hold = make_hold(
        input_estimate=estimate,
        input_bound=bound,
        output_bound=output_bound,
        cost_max=worst,
        charge_max=worst * 2,
    )
    settled = settle_crash(Entry(hold, checkpoint, None), LATER)
    assert settled.cost is not None
    assert settled.charge is not None
    seen = min(checkpoint, output_bound) * Decimal("0.6e-6")
    assert seen <= settled.cost.amount <= worst.amount
    assert settled.charge.amount <= worst.amount * 2
    assert settled.usage.output == min(checkpoint, output_bound)


@pytest.mark.parametrize(
    ("prices", "checkpoint", "cost"),
    [
        (None, 5, None),
        (Prices("USD", {"input": Decimal(1)}, "half a list"), 5, None),
        (Prices("USD", {"input": Decimal(1)}, "half a list"), 0, usd("0.0008")),
        (Prices("USD", {}, "an empty list"), 0, None),
    ],
)
def test_what_has_no_price_is_unknown_and_never_free(
    prices: Prices | None, checkpoint: int, cost: Money | None
) -> None:
    hold = make_hold(prices=prices, cost_max=None, charge_max=None)
    settled = settle_crash(Entry(hold, checkpoint, None), LATER)
    assert settled.cost == cost
    assert settled.charge == cost


def test_a_charge_is_scaled_as_its_hold_was() -> None:
    hold = make_hold(charge_max=Money(Decimal("0.0045"), "CNY"), fx=RATE)
    assert settle_crash(Entry(hold, 200, None), LATER).charge == Money(Decimal("0.0024"), "CNY")


def test_without_a_worst_case_a_charge_is_the_cost_at_the_holds_rate() -> None:
    hold = make_hold(cost_max=None, charge_max=None, output_bound=None, fx=RATE)
    assert settle_crash(Entry(hold, 200, None), LATER).charge == Money(Decimal("0.001728"), "CNY")


def test_a_free_model_stays_free() -> None:
    free = Prices("USD", {"input": Decimal(0), "output": Decimal(0)}, "a gift")
    hold = make_hold(prices=free, cost_max=usd(0), charge_max=usd(0))
    settled = settle_crash(Entry(hold, 200, None), LATER)
    assert settled.cost == settled.charge == usd(0)


def test_an_absurd_price_keeps_nobody_from_being_settled() -> None:
    absurd = Prices("USD", {"input": Decimal("1e30"), "output": Decimal(1)}, "a typing error")
    hold = make_hold(prices=absurd, cost_max=None, charge_max=None)
    assert settle_crash(Entry(hold, 0, None), LATER).cost == usd(9_000_000)


def test_a_clock_that_went_back_makes_no_negative_duration() -> None:
    assert settle_crash(Entry(make_hold(), 0, None), datetime(2020, 1, 1, tzinfo=UTC)).duration_ms == 0


def test_the_prices_are_those_of_the_hold() -> None:
    assert make_hold().prices == PRICES
