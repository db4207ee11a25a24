"""Hours of the week at which a price holds."""

from __future__ import annotations

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
        sign, minutes = "-" if self.offset < 0 else "+", abs(self.offset)
        days = "daily" if self.days == WEEK else ",".join(_DAYS[day - 1] for day in self.days)
        zone = "UTC" if not minutes else f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        return f"{days} {self.start:%H:%M}-{self.end:%H:%M} {zone}"
