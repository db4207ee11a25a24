"""What the address of the usage page says, and how its figures are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fen.app.spending import Days
from fen.web.pages.rows import Exact, say_amount
from fen.web.pages.usage.choice import Choice, read_days
from fen.web.pages.words import find_words
from fen.wire.errors import InvalidRequest

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("query", "first", "last", "preset"),
    [
        ({}, date(2026, 2, 23), TODAY, 7),
        ({"days": "1"}, TODAY, TODAY, 1),
        ({"days": "30"}, date(2026, 1, 31), TODAY, 30),
        ({"from": "2026-01-05", "to": "2026-01-07"}, date(2026, 1, 5), date(2026, 1, 7), None),
        ({"from": "2026-02-27"}, date(2026, 2, 27), TODAY, None),
        ({"to": "2026-01-07"}, date(2026, 1, 7), date(2026, 1, 7), None),
    ],
)
def test_days_stand_in_the_address(
    query: dict[str, str], first: date, last: date, preset: int | None
) -> None:
    days, found = read_days(query, TODAY)
    assert (days, found) == (Days(first, last), preset)
    again = Choice(days, found, None).link().partition("?")[2]
    assert read_days(dict(pair.split("=") for pair in again.split("&")), TODAY) == (days, found)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"days": "31"}, "days: found '31', expected one of 1, 7, 30"),
        ({"from": "yesterday"}, "found the date 'yesterday', expected YYYY-MM-DD"),
        ({"from": "2026-03-02"}, "the earliest first"),
        ({"from": "2020-01-01"}, "expected 1 to 366 days"),
    ],
)
def test_other_days_are_refused_with_what_was_found(query: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        read_days(query, TODAY)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00 USD"),
        ("0.000150", "0.00015 USD"),
        ("0.00012345678", "0.0001235 USD"),
        ("0.000000000001", "0.000000000001 USD"),
        ("1234.5", "1,234.50 USD"),
        ("2", "2.00 USD"),
        ("0.3", "0.30 USD"),
        ("-0.00321", "-0.00321 USD"),
    ],
)
def test_an_amount_has_four_figures_that_count(amount: str, shown: str) -> None:
    found = say_amount(find_words("en"), Decimal(amount), "USD")
    assert isinstance(found, Exact)
    assert found.text == shown
    assert Decimal(found.whole.removesuffix(" USD")) == Decimal(amount)


def test_an_amount_that_is_not_known_is_not_zero() -> None:
    assert say_amount(find_words("en"), None, None) == "–"
