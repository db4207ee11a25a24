"""What touches the database: the log of routes' decisions, and the daily sums of what they saved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Table,
    Text,
    bindparam,
    delete,
    func,
    null,
    select,
    type_coerce,
    update,
)

from fen.ledger.routed import Expected, Routed, Savings
from fen.ledger.row import PART, clean
from fen.ledger.store.sums import Period, narrow
from fen.storage import (
    METADATA,
    MICROS_PER_DAY,
    SLICE,
    Cursor,
    Moment,
    Pico,
    Slices,
    Storage,
    from_pico,
    identifier,
    to_micros,
    to_pico,
)
from fen.wire.money import Money

ROUTED = Table(
    "ledger_routed",
    METADATA,
    Column("request_id", identifier(), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("key_id", Text, index=True),
    Column("tag", Text),
    Column("route", Text, nullable=False),
    Column("chosen", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("p", Float),
    Column("familiar", Boolean, nullable=False),
    Column("artefact", Text),
    Column("escalated", Text),
    Column("cost", Pico),
    Column("currency", Text),
    Column("reference", Text),
    Column("reference_cost", Pico),
    Column("reference_currency", Text),
    Column("expected", Text, nullable=False),
)
"""One row for each request that a route answered."""

SAVED = Table(
    "ledger_saved",
    METADATA,
    # What is not known is '' here: a primary key has no NULL.
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("requests", "compared")),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("cost_high", "cost_low", "reference_high", "reference_low")
    ),
)
"""The same, added up by UTC day as it comes in: these sums stay when the log is pruned.

An amount is kept in two parts, above and below 1e-6: a sum of it may pass 64 bits, neither part does.
"""

_KEYS = ("day", "key_id", "route", "reference", "currency")
_SUMS = ("requests", "compared", "cost_high", "cost_low", "reference_high", "reference_low")
_GROUPS = {"key": "key_id", "route": "route", "reference": "reference"}
_encode = msgspec.json.Encoder(decimal_format="string").encode
_read_expected = msgspec.json.Decoder(tuple[Expected, ...]).decode


class RoutedStore:
    """Each method runs inside an operation of the writer, and may run again. rows: deletes from the log."""

    def __init__(self, storage: Storage) -> None:
        values: dict[str, Any] = {column.name: bindparam(f"b_{column.name}") for column in ROUTED.c}
        insert = storage.insert(ROUTED).values(values).on_conflict_do_nothing()
        self._insert = storage.compile(insert)
        adding = storage.insert(SAVED).values({name: bindparam(f"b_{name}") for name in (*_KEYS, *_SUMS)})
        self._add = storage.compile(
            adding.on_conflict_do_update(
                index_elements=list(_KEYS),
                set_={name: SAVED.c[name] + adding.excluded[name] for name in _SUMS},
            )
        )
        c = ROUTED.c
        self.rows = Slices(storage, ROUTED)
        of_key = select(c.request_id).where(c.key_id == bindparam("b_key")).limit(SLICE)
        self._forget = storage.compile(
            update(ROUTED).where(c.request_id.in_(of_key)).values(key_id=null(), tag=null())
        )
        self._take = storage.compile(
            delete(SAVED)
            .where(SAVED.c.key_id == bindparam("b_key"))
            .returning(*(SAVED.c[name] for name in (*_KEYS, *_SUMS)))
        )

    def insert(self, cursor: Cursor, routed: Routed) -> None:
        """Write a decision and add it to the sums of its day; a second one of the same request is none."""
        self._insert.execute(cursor, {f"b_{name}": value for name, value in _write(routed).items()})
        if cursor.rowcount:
            self._add.execute(cursor, {f"b_{name}": value for name, value in _count(routed).items()})

    def anonymise(self, cursor: Cursor, key_id: str) -> int:
        """Take a key, and the tags of its requests, off the log; returns how many rows."""
        self._forget.execute(cursor, {"b_key": key_id})
        return cursor.rowcount

    def anonymise_sums(self, cursor: Cursor, key_id: str) -> int:
        """Move a key's sums to those of nobody; returns how many there were."""
        self._take.execute(cursor, {"b_key": key_id})
        rows: list[tuple[Any, ...]] = [tuple(row) for row in cursor.fetchall()]
        rows.sort()  # in one order everywhere, so that two of these do not deadlock
        for row in rows:
            values: dict[str, Any] = dict(zip((*_KEYS, *_SUMS), row, strict=True)) | {"key_id": ""}
            self._add.execute(cursor, {f"b_{name}": value for name, value in values.items()})
        return len(rows)


def sum_savings(
    connection: Connection, by: Sequence[str], period: Period, key_id: str | None = None
) -> list[Savings]:
    """Add up by some of key, route and reference, and always by currency; a day belongs where it begins.

    Raises ValueError for another word in `by`.
    """
    unknown = [word for word in by if word not in _GROUPS]
    if unknown:
        raise ValueError(f"found {unknown[0]!r}, expected one of {', '.join(_GROUPS)}")
    c = SAVED.c
    groups = [c[_GROUPS[word]].label(word) for word in by]
    query = select(*groups, c.currency, *(func.sum(c[name]).label(name) for name in _SUMS))
    query = narrow(query, c.day * MICROS_PER_DAY, c.key_id, period, key_id)
    found = connection.execute(query.group_by(*groups, c.currency)).mappings()
    rows = [_read_savings(row) for row in found]
    return sorted(
        rows, key=lambda row: (row.route or "", row.key or "", row.reference or "", row.currency or "")
    )


def read_routed(connection: Connection, after: tuple[int, str], limit: int) -> list[Routed]:
    """Return decisions in the order of time and id, from behind a place (microseconds, id) on."""
    c = ROUTED.c
    at = type_coerce(c.at, BigInteger)
    later = (at > after[0]) | ((at == after[0]) & (c.request_id > after[1]))
    query = select(ROUTED).where(later).order_by(c.at, c.request_id).limit(limit)
    return [_read(row) for row in connection.execute(query).mappings()]


def find_routed(connection: Connection, request_id: str) -> Routed | None:
    """Return what was decided about a request; None where no route answered it."""
    row = connection.execute(select(ROUTED).where(ROUTED.c.request_id == request_id)).mappings().first()
    return None if row is None else _read(row)


def _write(routed: Routed) -> dict[str, object]:
    cost, reference = routed.cost, routed.reference_cost
    return {
        "request_id": routed.request_id,
        "at": to_micros(routed.at),
        "key_id": routed.key_id,
        "tag": None if routed.tag is None else clean(routed.tag),
        "route": routed.route,
        "chosen": routed.chosen,
        "model": routed.model,
        "reason": routed.reason,
        "propensity": routed.propensity,
        "p": routed.p,
        "familiar": routed.familiar,
        "artefact": routed.artefact,
        "escalated": routed.escalated,
        "cost": None if cost is None else to_pico(cost.amount),
        "currency": None if cost is None else cost.currency,
        "reference": routed.reference,
        "reference_cost": None if reference is None else to_pico(reference.amount),
        "reference_currency": None if reference is None else reference.currency,
        "expected": _encode(routed.expected).decode(),
    }


def _count(routed: Routed) -> dict[str, object]:
    cost = reference = 0
    if routed.compared:
        assert routed.cost is not None
        assert routed.reference_cost is not None
        cost, reference = to_pico(routed.cost.amount), to_pico(routed.reference_cost.amount)
    high, low = divmod(cost, PART)
    reference_high, reference_low = divmod(reference, PART)
    return {
        "day": to_micros(routed.at) // MICROS_PER_DAY,
        "key_id": routed.key_id or "",
        "route": routed.route,
        "reference": routed.reference or "",
        "currency": routed.cost.currency if routed.cost is not None and routed.compared else "",
        "requests": 1,
        "compared": int(routed.compared),
        "cost_high": high,
        "cost_low": low,
        "reference_high": reference_high,
        "reference_low": reference_low,
    }


def _read(row: Any) -> Routed:
    return Routed(
        request_id=row["request_id"],
        at=row["at"],
        key_id=row["key_id"],
        tag=row["tag"],
        route=row["route"],
        chosen=row["chosen"],
        model=row["model"],
        reason=row["reason"],
        propensity=row["propensity"],
        p=row["p"],
        familiar=bool(row["familiar"]),
        artefact=row["artefact"],
        escalated=row["escalated"],
        cost=_money(row["cost"], row["currency"]),
        reference=row["reference"],
        reference_cost=_money(row["reference_cost"], row["reference_currency"]),
        expected=_read_expected(row["expected"]),
    )


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def _read_savings(row: Any) -> Savings:
    return Savings(
        route=row.get("route"),
        key=row.get("key") or None,
        reference=row.get("reference") or None,
        currency=row["currency"] or None,
        requests=int(row["requests"]),
        compared=int(row["compared"]),
        cost=_join(row["cost_high"], row["cost_low"]),
        reference_cost=_join(row["reference_high"], row["reference_low"]),
    )


def _join(high: Any, low: Any) -> Decimal:
    return from_pico(int(high) * PART + int(low))
