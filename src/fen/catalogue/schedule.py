"""Hours of the week at which a price holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

import msgspec

WEEK = (1, 2, 3, 4, 5, 6, 7)
"""ISO weekdays: Monday is 1."""

_DAY = timedelta(days=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """From `start` until just before `end`, on the days on which it starts.

    start, end: time of day, `offset` minutes east of UTC; an end at or before the start is on the next day.
    days: ISO weekdays in the same local time.
    """

    start: time
    end: time
    days: tuple[int, ...] = WEEK
    offset: int = 0

    def covers(self, at: datetime) -> bool:
        """Whether an instant lies in the window."""
        local = at.astimezone(UTC) + timedelta(minutes=self.offset)
        clock, today = local.time(), local.isoweekday()
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        yesterday = (today - 2) % 7 + 1
        return (today in self.days and clock >= self.start) or (yesterday in self.days and clock < self.end)

    def edges(self, at: datetime) -> list[datetime]:
        """Return the instants within a day after `at` at which the window may open or close."""
        shift = timedelta(minutes=self.offset)
        today = (at.astimezone(UTC) + shift).date()
        found: list[datetime] = []
        for days in (0, 1):
            for clock in (self.start, self.end):
                edge = datetime.combine(today + days * _DAY, clock, UTC) - shift
                if at < edge:
                    found.append(edge)
        return found

    def __str__(self) -> str:
        days = "daily" if self.days == WEEK else ",".join(_DAYS[day - 1] for day in self.days)
        return f"{days} {self.hours} {_name_zone(self.offset)}"

    @property
    def hours(self) -> str:
        """Its hours, without days and zone."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def join_windows(windows: Iterable[Window]) -> str:
    """Return windows as short as can be: `Mon-Fri 09:00-12:00 14:00-18:00 UTC+08:00`."""
    hours: dict[tuple[tuple[int, ...], int], list[str]] = {}
    for window in windows:
        hours.setdefault((window.days, window.offset), []).append(window.hours)
    return ", ".join(
        f"{_name_days(days)} {' '.join(each)} {_name_zone(offset)}" for (days, offset), each in hours.items()
    )


def _name_days(days: tuple[int, ...]) -> str:
    if days == WEEK:
        return "daily"
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{_DAYS[days[0] - 1]}-{_DAYS[days[-1] - 1]}"
    return ",".join(_DAYS[day - 1] for day in days)


def _name_zone(offset: int) -> str:
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    return "UTC" if not minutes else f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
