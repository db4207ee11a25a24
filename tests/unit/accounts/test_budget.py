from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from fen.accounts.budget import (
    Budget,
    Period,
    end_window,
    format_limit,
    parse_budget,
    parse_limit,
    window_of,
)
from fen.storage import from_day
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money


@pytest.mark.parametrize(
    ("text", "amount", "currency", "period"),
    [
        ("2USD/month", "2", "USD", "month"),
        ("10CNY/day", "10", "CNY", "day"),
        ("5 USD", "5", "USD", "total"),
        ("5USD/total", "5", "USD", "total"),
        (" 0.50 usd / Day ", "0.50", "USD", "day"),
        ("0USD", "0", "USD", "total"),
        ("0.000000000001CNY", "0.000000000001", "CNY", "total"),
    ],
)
def test_budget_is_read(text: str, amount: str, currency: str, period: Period) -> None:
    assert parse_budget(text, "team", "red") == Budget(
        "team", "red", Money(Decimal(amount), currency), period
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "budget: found '', expected 2USD/month"),
        ("USD", "budget: found 'USD', expected 2USD/month"),
        ("-2USD", "budget: found '-2USD', expected"),
        ("2e3USD", "budget: found '2e3USD', expected"),
        ("٢USD", "budget: found '٢USD', expected"),
        ("2USD/month/day", "budget: found '2USD/month/day', expected"),
        ("2EUR/month", "budget: found the currency 'EUR', expected USD or CNY"),
        ("2USD/week", "budget: found the period 'week', expected day, month, total"),
        ("9000001USD", "budget: found 9000001, expected at most 9000000 USD"),
        ("0.0000000000001USD", "budget: found 0.0000000000001, expected at most 12 decimals"),
        ("1" * 200 + "USD", "budget: found '1111"),
    ],
)
def test_bad_budget_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_limit(text)
    assert caught.value.message.startswith(message)
    assert len(caught.value.message) < 200


def test_budget_is_written_as_it_is_read() -> None:
    assert str(parse_budget("2.50 usd/month", "key", "key_1")) == "2.5USD/month"
    assert format_limit(Money(Decimal(100), "CNY"), "total") == "100CNY/total"


@pytest.mark.parametrize(
    ("period", "at", "first"),
    [
        ("day", datetime(2025, 3, 31, 23, 59, 59, tzinfo=UTC), date(2025, 3, 31)),
        ("day", datetime(2025, 4, 1, tzinfo=UTC), date(2025, 4, 1)),
        ("month", datetime(2025, 3, 31, 23, 59, 59, tzinfo=UTC), date(2025, 3, 1)),
        ("month", datetime(2025, 4, 1, tzinfo=UTC), date(2025, 4, 1)),
        # Midnight of 1 April in Shanghai is still March in UTC.
        ("month", datetime(2025, 4, 1, tzinfo=timezone(timedelta(hours=8))), date(2025, 3, 1)),
        ("total", datetime(2025, 4, 1, tzinfo=UTC), date(1970, 1, 1)),
    ],
)
def test_window_begins_in_utc(period: Period, at: datetime, first: date) -> None:
    assert from_day(window_of(period, at)) == first


@pytest.mark.parametrize("period", ["day", "month", "total"])
def test_moment_without_a_zone_has_no_window(period: Period) -> None:
    with pytest.raises(TypeError, match="without a zone"):
        window_of(period, datetime(2025, 1, 1))  # noqa: DTZ001  that is the case


@pytest.mark.parametrize(
    ("period", "at", "end"),
    [
        ("day", datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("month", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)),
        ("month", datetime(2025, 1, 31, 12, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)),
        ("month", datetime(2025, 12, 15, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("total", datetime(2025, 4, 1, tzinfo=UTC), None),
    ],
)
def test_window_ends_when_the_next_begins(period: Period, at: datetime, end: datetime | None) -> None:
    assert end_window(period, at) == end
    if end is not None:
        assert window_of(period, end - timedelta(microseconds=1)) == window_of(period, at)
        assert window_of(period, end) != window_of(period, at)
