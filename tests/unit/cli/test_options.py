"""Dates, ages and words, as they are typed."""

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from fen.cli.options import Age, Moment, Words


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:30", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31T12:30:00Z", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31T12:30:00+08:00", datetime(2026, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=8)))),
    ],
)
def test_date_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert Moment().convert(text, None, None) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "31.1.2026"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a date such as 2026-01-31"):
        Moment().convert(text, None, None)


@pytest.mark.parametrize(("text", "hours"), [("36h", 36), ("90d", 90 * 24), ("2w", 14 * 24), ("0d", 0)])
def test_age_is_a_number_and_a_unit(text: str, hours: int) -> None:
    assert Age().convert(text, None, None) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5d", "90 d", "1y", "9999999d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a number of hours, days or weeks"):
        Age().convert(text, None, None)


def test_words_are_separated_by_commas() -> None:
    words = Words(("key", "model"))
    assert words.convert("model,key", None, None) == ("model", "key")
    for text in ("", "key,", "keys", "key model"):
        with pytest.raises(click.BadParameter, match="expected some of key, model"):
            words.convert(text, None, None)
