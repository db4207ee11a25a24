"""What is written as a budget is read back as the same; windows follow one another without a gap."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fen.accounts.budget import LARGEST, Period, format_limit, parse_limit, window_of
from fen.storage import to_day
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES, Money

amounts = st.decimals(min_value=0, max_value=LARGEST, places=12, allow_nan=False)
periods = st.sampled_from(["day", "month", "total"])
moments = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(amounts, st.sampled_from(CURRENCIES), periods)
def test_limit_is_read_back(amount: Decimal, currency: str, period: Period) -> None:
    limit = Money(amount, currency)
    assert parse_limit(format_limit(limit, period)) == (limit, period)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        limit, period = parse_limit(text)
    except InvalidRequest as error:
        assert "expected" in error.message  # noqa: PT017  most texts are refused, not all
    else:
        assert parse_limit(format_limit(limit, period)) == (limit, period)


@given(periods, moments, st.timedeltas(timedelta(0), timedelta(days=62)))
def test_windows_follow_one_another(period: Period, at: datetime, later: timedelta) -> None:
    first, second = window_of(period, at), window_of(period, at + later)
    assert first <= second
    assert first <= to_day(at)
    assert (first == second) == (
        period == "total"
        or (at.date() == (at + later).date())
        or (period == "month" and (at.year, at.month) == ((at + later).year, (at + later).month))
    )
