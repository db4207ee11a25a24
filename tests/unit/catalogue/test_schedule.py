from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from fen.catalogue import Window, join_windows

NIGHT = Window(time(16, 30), time(0, 30))
BEIJING_MORNINGS = Window(time(9), time(12), (1, 2, 3, 4, 5), 8 * 60)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week that begins on Monday, 2026-11-23."""
    return datetime(2026, 11, 22 + day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "inside"),
    [
        (16, 29, False),
        (16, 30, True),
        (23, 59, True),
        (0, 0, True),
        (0, 29, True),
        (0, 30, False),
        (12, 0, False),
    ],
)
def test_a_window_over_midnight_covers_both_ends_of_the_day(hour: int, minute: int, inside: bool) -> None:
    assert NIGHT.covers(at(3, hour, minute)) is inside


def test_a_window_covers_its_start_and_not_its_end() -> None:
    window = Window(time(1), time(4))
    assert [window.covers(at(1, hour)) for hour in (0, 1, 3, 4)] == [False, True, True, False]


def test_days_are_those_of_the_windows_own_zone() -> None:
    assert BEIJING_MORNINGS.covers(at(1, 1))
    assert not BEIJING_MORNINGS.covers(at(6, 1)), "Saturday"
    early = Window(time(6), time(7), (1,), 8 * 60)
    assert early.covers(at(0, 22, 30)), "Monday 06:30 in Beijing is Sunday 22:30 in UTC"
    assert not early.covers(at(1, 22, 30))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    friday_night = Window(time(22), time(2), (5,))
    assert friday_night.covers(at(5, 23))
    assert friday_night.covers(at(6, 1))
    assert not friday_night.covers(at(5, 1))


def test_equal_ends_make_a_whole_day() -> None:
    whole = Window(time(8), time(8), (1,))
    assert [whole.covers(at(day, hour)) for day, hour in ((1, 7), (1, 8), (2, 7), (2, 8))] == [
        False,
        True,
        True,
        False,
    ]


def test_the_zone_of_the_moment_does_not_matter() -> None:
    beijing = timezone(timedelta(hours=8))
    assert NIGHT.covers(at(3, 17).astimezone(beijing))


def test_edges_are_the_next_openings_and_closings() -> None:
    assert sorted(NIGHT.edges(at(3, 17))) == [at(4, 0, 30), at(4, 16, 30)]


def test_a_window_says_when_it_is() -> None:
    assert str(NIGHT) == "daily 16:30-00:30 UTC"
    assert str(BEIJING_MORNINGS) == "Mon,Tue,Wed,Thu,Fri 09:00-12:00 UTC+08:00"


def test_windows_of_the_same_days_are_said_together() -> None:
    afternoon = Window(time(14), time(18), (1, 2, 3, 4, 5), 8 * 60)
    assert join_windows([BEIJING_MORNINGS, afternoon]) == "Mon-Fri 09:00-12:00 14:00-18:00 UTC+08:00"
    weekend = Window(time(0), time(0), (6, 7))
    assert join_windows([NIGHT, weekend]) == "daily 16:30-00:30 UTC, Sat,Sun 00:00-00:00 UTC"
    assert join_windows([]) == ""
