"""Settled requests added up, from their own rows and from the daily sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Connection,
    Integer,
    case,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from fen.ledger.entry import UsageRow
from fen.ledger.row import METER_COLUMNS, PART
from fen.ledger.store.tables import AMOUNT_PARTS, DAILY, ENTRIES, SETTLED
from fen.storage import MICROS_PER_DAY, from_day, from_pico, to_micros

_FRESH = ("input_tokens", "cache_write_tokens", "audio_input_tokens", "image_input_tokens")
_WRITTEN = ("output_tokens", "reasoning_tokens", "audio_output_tokens")
_GROUPS = {
    "key": "key_id",
    "model": "model",
    "upstream": "upstream",
    "day": "day",
    "certainty": "certainty",
    "tag": "tag",
}


class Period(msgspec.Struct, frozen=True):
    """From `since` up to and without `until`, by the time of the hold; None is open.

    Of days that are kept as sums only, a day belongs to the period when its first moment does.
    """

    since: datetime | None = None
    until: datetime | None = None


def sum_entries(
    connection: Connection, by: Sequence[str], period: Period, key_id: str | None = None
) -> list[UsageRow]:
    """Add settled requests up by some of key, model, upstream, day, certainty, tag, and always by currency.

    Of days that are kept as sums only, no tag is known.

    Raises ValueError for another word in `by`.
    """
    unknown = [word for word in by if word not in _GROUPS]
    if unknown:
        raise ValueError(f"found {unknown[0]!r}, expected one of {', '.join(_GROUPS)}")
    rows = _settled(period, key_id).subquery()
    groups = [rows.c[_GROUPS[word]].label(word) for word in by]
    currencies = [rows.c.currency, rows.c.charge_currency]
    columns = [*groups, *currencies]
    found = connection.execute(select(*columns, *_sums(rows.c)).group_by(*columns)).mappings()
    # Databases differ in where NULL comes and how a language sorts.
    names = [*by, "currency", "charge_currency"]
    ordered = sorted(found, key=lambda row: [(row[name] is not None, row[name] or 0) for name in names])
    return [_read(row) for row in ordered]


def _sums(columns: Any) -> list[Any]:
    exact = case((columns.certainty == "exact", columns.requests), else_=0)
    return [
        func.sum(columns.requests).label("requests"),
        func.sum(exact).label("exact"),
        func.sum(columns.unpriced).label("unpriced"),
        *(func.sum(columns[name]).label(name) for name in METER_COLUMNS),
        *(func.sum(columns[name]).label(name) for name in AMOUNT_PARTS),
    ]


def _settled(period: Period, key_id: str | None) -> CompoundSelect[Any]:
    entries, daily = ENTRIES.c, DAILY.c
    held_at = type_coerce(entries.held_at, BigInteger)
    single = select(
        (held_at // MICROS_PER_DAY).label("day"),
        entries.key_id,
        entries.model,
        entries.upstream,
        entries.currency,
        entries.charge_currency,
        entries.certainty,
        entries.tag,
        literal(1, Integer).label("requests"),
        case((entries.cost.is_(None), 1), else_=0).label("unpriced"),
        *(entries[name] for name in METER_COLUMNS),
        *_split(entries.cost, "cost"),
        *_split(entries.charge, "charge"),
    ).where(entries.state == SETTLED)
    rolled = select(
        daily.day,
        func.nullif(daily.key_id, ""),
        daily.model,
        daily.upstream,
        func.nullif(daily.currency, ""),
        func.nullif(daily.charge_currency, ""),
        daily.certainty,
        null().label("tag"),
        daily.requests,
        daily.unpriced,
        *(daily[name] for name in METER_COLUMNS),
        *(case((daily.unpriced < daily.requests, daily[name])) for name in AMOUNT_PARTS[:2]),
        *(case((daily.uncharged < daily.requests, daily[name])) for name in AMOUNT_PARTS[2:]),
    )
    return union_all(
        narrow(single, held_at, entries.key_id, period, key_id),
        narrow(rolled, daily.day * MICROS_PER_DAY, daily.key_id, period, key_id),
    )


def _split(amount: Any, name: str) -> tuple[Any, Any]:
    """Return an amount's parts above and below 1e-6: the sum of neither passes 64 bits."""
    pico = type_coerce(amount, BigInteger)
    return (pico // PART).label(f"{name}_high"), (pico % PART).label(f"{name}_low")


def narrow(query: Any, moment: Any, key: Any, period: Period, key_id: str | None) -> Any:
    """Return a query of a period alone, and of a key alone where one is named.

    moment, key: the columns that tell; moment in microseconds.
    """
    if period.since is not None:
        query = query.where(moment >= to_micros(period.since))
    if period.until is not None:
        query = query.where(moment < to_micros(period.until))
    return query if key_id is None else query.where(key == key_id)


def _read(row: Any) -> UsageRow:
    requests, exact = int(row["requests"]), int(row["exact"])
    day = row.get("day")
    return UsageRow(
        key=row.get("key"),
        model=row.get("model"),
        requests=requests,
        input_tokens=sum(int(row[name]) for name in _FRESH),
        cached_tokens=int(row["cached_input_tokens"]),
        output_tokens=sum(int(row[name]) for name in _WRITTEN),
        cost=_join(row["cost_high"], row["cost_low"]),
        currency=row["currency"],
        charge=_join(row["charge_high"], row["charge_low"]),
        charge_currency=row["charge_currency"],
        exact=exact,
        estimated=requests - exact,
        unpriced=int(row["unpriced"]),
        day=None if day is None else from_day(day),
        upstream=row.get("upstream"),
        certainty=row.get("certainty"),
        tag=row.get("tag"),
    )


def _join(high: Any, low: Any) -> Decimal | None:
    return None if high is None else from_pico(int(high) * PART + int(low))
