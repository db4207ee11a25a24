from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.storage import from_day, from_micros, from_pico, to_day, to_micros, to_pico

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 2**63 - 1
kept = st.decimals(min_value=-9_000_000, max_value=9_000_000, places=12)
moments = st.integers(0, 200_000_000_000_000_000).map(lambda micros: EPOCH + timedelta(microseconds=micros))


@given(kept)
def test_an_amount_of_twelve_decimals_comes_back_to_the_last_digit(amount: Decimal) -> None:
    assert from_pico(to_pico(amount)) == amount


@given(st.integers(-LARGEST, LARGEST))
def test_every_whole_number_of_a_column_is_one_amount(pico: int) -> None:
    assert to_pico(from_pico(pico)) == pico


@given(st.decimals(min_value=-9_000_000, max_value=9_000_000, places=20))
def test_rounding_moves_an_amount_by_half_a_quantum_at_most(amount: Decimal) -> None:
    assert abs(from_pico(to_pico(amount)) - amount) <= Decimal("0.5e-12")


@given(kept, kept)
def test_whole_numbers_are_ordered_as_their_amounts(one: Decimal, other: Decimal) -> None:
    assert (to_pico(one) < to_pico(other)) == (one < other)


@given(moments, st.integers(-23, 23))
def test_a_moment_comes_back_whatever_zone_it_was_said_in(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert from_micros(to_micros(elsewhere)) == moment
    assert to_micros(elsewhere) == to_micros(moment)


@given(moments)
def test_a_day_is_the_utc_date(moment: datetime) -> None:
    assert from_day(to_day(moment)) == moment.date()


def test_a_tie_is_rounded_to_the_even_neighbour() -> None:
    assert [to_pico(Decimal(f"{n}.5e-12")) for n in range(4)] == [0, 2, 2, 4]


@pytest.mark.parametrize("amount", ["9223372.036854775808", "-9223373", "1e30"])
def test_an_amount_that_no_column_holds_is_refused_by_name(amount: str) -> None:
    with pytest.raises(ValueError, match=r"expected at most 9223372\.036854775807"):
        to_pico(Decimal(amount))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(EPOCH.replace(tzinfo=None))
