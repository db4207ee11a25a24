"""What was spent in some days: sums, savings, findings, and the requests that stand out."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from fen.accounts import Budget, Key
from fen.app.reading import Records, describe_usage
from fen.hierarchy.store import KeptFinding
from fen.ledger import Entry, Savings, UsageRow, fold_usage
from fen.wire.errors import InvalidRequest

LONGEST = 366
"""Days of one look: what is read is bounded by them."""

NEWEST = 20
"""Findings that are read, the newest."""

EXTREMES = 10
"""Requests that stand out, of each sort."""

_COLUMNS = ("day", "key", "model", "tag")


class Days(msgspec.Struct, frozen=True):
    """Whole days in UTC, `last` included. Raises InvalidRequest for none, and for more than LONGEST."""

    first: date
    last: date

    def __post_init__(self) -> None:
        number = (self.last - self.first).days + 1
        if not 1 <= number <= LONGEST:
            raise InvalidRequest(
                f"found {self.first} to {self.last}, expected 1 to {LONGEST} days, the earliest first"
            )

    @property
    def since(self) -> datetime:
        """Their first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment after them."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    def list(self) -> list[date]:
        """Return each day."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class Bar(msgspec.Struct, frozen=True):
    """What one model cost on each of the days; None is all other models together."""

    model: str | None
    amounts: tuple[Decimal, ...]


class Stack(msgspec.Struct, frozen=True):
    """What models cost by day in one currency, the dearest first."""

    currency: str
    bars: tuple[Bar, ...]


class Spending(msgspec.Struct, frozen=True):
    """What was spent in some days, by whom, for what; amounts of different currencies are never added.

    totals: one row for each pair of currencies. savings: by route, reference and currency. kinds: how many
    findings of guards there are of each kind. slowest, costliest: single attempts, the most first; of
    costs, so many in each currency.
    """

    totals: Sequence[UsageRow]
    days: Sequence[UsageRow]
    keys: Sequence[UsageRow]
    models: Sequence[UsageRow]
    tags: Sequence[UsageRow]
    stacks: Sequence[Stack]
    savings: Sequence[Savings]
    kinds: Mapping[str, int]
    findings: Sequence[KeptFinding]
    slowest: Sequence[Entry]
    costliest: Sequence[Entry]


async def read_spending(records: Records, days: Days, key: str | None = None) -> Spending:
    """Return what was spent; key: only this key's id. Raises BooksUnavailable."""
    book, since, until = records.book, days.since, days.until
    rows, tags, slowest, costliest = await asyncio.gather(
        book.usage(("day", "key", "model"), since, until, key),
        book.usage(("tag",), since, until, key),
        book.extremes("duration", EXTREMES, since, until, key),
        book.extremes("cost", EXTREMES, since, until, key),
    )
    savings, kinds, findings = await asyncio.gather(
        records.decisions.savings(("route", "reference"), since, until, key),
        records.findings.count(since, until, key),
        records.findings.list(NEWEST, since, key, until),
    )
    return Spending(
        totals=fold_usage(rows, ()),
        days=fold_usage(rows, ("day",)),
        keys=rank(fold_usage(rows, ("key",))),
        models=rank(fold_usage(rows, ("model",))),
        tags=rank(tags),
        stacks=stack_models(fold_usage(rows, ("day", "model")), days),
        savings=savings,
        kinds=kinds,
        findings=findings,
        slowest=slowest,
        costliest=costliest,
    )


def rank(rows: Iterable[UsageRow]) -> list[UsageRow]:
    """Return sums by currency, in each the dearest first; without a price, the most used first."""
    return sorted(rows, key=lambda row: (row.currency or "~", -(row.cost or Decimal(0)), -row.requests))


def stack_models(rows: Iterable[UsageRow], days: Days, most: int = 7) -> list[Stack]:
    """Return each currency's costs by model and day, those beyond the `most` dearest models as one.

    rows: sums by day and model. A currency in which nothing was spent is left out.
    """
    table: defaultdict[str, defaultdict[str, dict[date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.cost and row.currency is not None and row.day is not None:
            by_day = table[row.currency][row.model or ""]
            by_day[row.day] = by_day.get(row.day, Decimal(0)) + row.cost
    return [Stack(currency, _pile(table[currency], days.list(), most)) for currency in sorted(table)]


def _pile(models: Mapping[str, Mapping[date, Decimal]], days: Sequence[date], most: int) -> tuple[Bar, ...]:
    ordered = sorted(models, key=lambda model: (-sum(models[model].values()), model))
    bars = [Bar(model, tuple(models[model].get(day, Decimal(0)) for day in days)) for model in ordered]
    rest = bars[most:]
    if not rest:
        return tuple(bars)
    others = tuple(sum(amounts, Decimal(0)) for amounts in zip(*(bar.amounts for bar in rest), strict=True))
    return (*bars[:most], Bar(None, others))


async def write_table(records: Records, days: Days, key: str | None = None) -> str:
    """Return the days' sums by day, key, model and tag as CSV (RFC 4180), with the keys' names."""
    rows = await records.book.usage(_COLUMNS, days.since, days.until, key)
    names = await records.name_keys()
    return await asyncio.to_thread(_write, rows, names)


def _write(rows: Sequence[UsageRow], names: Mapping[str, str]) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    for number, row in enumerate(rows):
        facts = describe_usage(row, _COLUMNS)
        facts["key_name"] = names.get(row.key or "", "")
        if not number:
            table.writerow(facts)
        table.writerow(_disarm(value) for value in facts.values())
    return written.getvalue()


def _disarm(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; names and tags are other people's words."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


async def list_budgets_of(records: Records, key: Key | None) -> list[Budget]:
    """Return the budgets in which a key's calls need room, its own first; of None, everybody's."""
    if key is None:
        return await records.list_budgets()
    tier = records.tiers.get(key.tier)
    return [*key.budgets, *(tier.budgets if tier is not None else ())]
