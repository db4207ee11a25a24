"""Budgets: how much may be spent, by whom, in which stretch of time. Values only; the ledger counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal, get_args

import msgspec

from fen.ledger import Cap
from fen.storage import from_day, to_day
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES, QUANTUM, Money, plain

Scope = Literal["key", "team", "tier", "run"]
Period = Literal["day", "month", "total"]

LARGEST = Decimal(9_000_000)
"""The largest limit, in units of either currency: the books keep 64 bits of 1e-12 units for an amount."""

PERIODS: tuple[Period, ...] = get_args(Period)
_TEXT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*(?:/\s*([A-Za-z]+)\s*)?\Z")
_TEAM = re.compile(r"\w[\w.-]{0,63}\Z")
_EXAMPLES = "2USD/month, 10CNY/day or 5USD/total"
_LONGEST = 64


class Budget(msgspec.Struct, frozen=True, dict=True):
    """At most `limit` in each period. owner: the id of the key or run, or the name of the team or tier."""

    scope: Scope
    owner: str
    limit: Money
    period: Period

    @cached_property
    def cap_id(self) -> str:
        """Where the ledger counts it; in another currency it is another cap."""
        return f"{self.scope}:{self.owner}/{self.period}/{self.limit.currency}"

    @cached_property
    def _caps(self) -> dict[int, Cap]:
        return {}

    def cap(self, window: int) -> Cap:
        """Return the cap of one of its windows; that of the window asked for last is kept."""
        cap = self._caps.get(window)
        if cap is None:
            self._caps.clear()
            cap = self._caps[window] = Cap(self.cap_id, window, self.limit)
        return cap

    def __str__(self) -> str:
        return format_limit(self.limit, self.period)


def parse_budget(text: str, scope: Scope, owner: str) -> Budget:
    """Read a budget as `parse_limit` does."""
    limit, period = parse_limit(text)
    return Budget(scope, owner, limit, period)


def parse_limit(text: str) -> tuple[Money, Period]:
    """Read `AMOUNT CURRENCY[/PERIOD]`: `2USD/month`, `10 cny/day`; without a period it is the total.

    Raises InvalidRequest that says which part is wrong.
    """
    match = _TEXT.match(text[:_LONGEST])
    if match is None or len(text) > _LONGEST:
        raise _refuse(repr(text[:_LONGEST]), _EXAMPLES)
    amount, currency, period = Decimal(match[1]), match[2].upper(), (match[3] or "total").lower()
    if currency not in CURRENCIES:
        raise _refuse(f"the currency {match[2]!r}", " or ".join(CURRENCIES))
    if amount > LARGEST:
        raise _refuse(match[1], f"at most {plain(LARGEST)} {currency}")
    if amount % QUANTUM:
        raise _refuse(match[1], f"at most {-QUANTUM.adjusted()} decimals")
    for known in PERIODS:
        if known == period:
            return Money(amount, currency), known
    raise _refuse(f"the period {match[3]!r}", ", ".join(PERIODS))


def format_limit(limit: Money, period: Period) -> str:
    """Write a limit so that `parse_limit` reads it back: `2USD/month`."""
    return f"{plain(limit.amount)}{limit.currency}/{period}"


def make_caps(budgets: Sequence[Budget], at: datetime) -> tuple[Cap, ...]:
    """Return the caps of budgets in the windows of a moment; of several for the same, the lowest stands."""
    if len(budgets) == 1:
        [only] = budgets
        return (only.cap(window_of(only.period, at)),)
    caps: dict[str, Cap] = {}
    for budget in budgets:
        known = caps.get(budget.cap_id)
        if known is None or budget.limit < known.limit:
            caps[budget.cap_id] = budget.cap(window_of(budget.period, at))
    return tuple(caps.values())


def check_team(name: str) -> str:
    """Return a team's name; raises InvalidRequest for one that is no word of up to 64 letters and such."""
    if _TEAM.match(name) is None:
        raise InvalidRequest(
            f"team: found {name[:_LONGEST]!r}, expected 1 to {_LONGEST} letters, digits, -, _ and .",
            param="team",
        )
    return name


def check_one_each(budgets: Iterable[Budget]) -> None:
    """Raise InvalidRequest where an owner has two budgets for one period."""
    seen: set[Period] = set()
    for budget in budgets:
        if budget.period in seen:
            raise _refuse(f"two for the period {budget.period!r}", "at most one for each period")
        seen.add(budget.period)


def window_of(period: Period, at: datetime) -> int:
    """Return the window that a moment falls into, as the number of its first day since 1970-01-01 UTC.

    A month begins on its first day in UTC; the one window of `total` is 0. Raises TypeError for a moment
    without a zone.
    """
    if at.tzinfo is None:
        raise TypeError(f"found {at} without a zone, expected one with it")
    if period == "total":
        return 0
    day = to_day(at)
    return day if period == "day" else _first_of_month(day)


def end_window(period: Period, at: datetime) -> datetime | None:
    """Return when the window that a moment falls into ends and the next begins, in UTC; None for `total`.

    Raises TypeError for a moment without a zone.
    """
    first = window_of(period, at)
    if period == "total":
        return None
    # No month has more than 31 days, so this one's first day and 31 more are in the next one.
    following = first + 1 if period == "day" else _first_of_month(first + 31)
    return datetime.combine(from_day(following), time(), UTC)


@lru_cache(maxsize=64)
def _first_of_month(day: int) -> int:
    return day - from_day(day).day + 1


def _refuse(found: str, expected: str) -> InvalidRequest:
    return InvalidRequest(f"budget: found {found}, expected {expected}", param="budget")
