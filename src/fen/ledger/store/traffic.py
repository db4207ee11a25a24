"""What touches the database: settled entries in the order of time, page by page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, select, type_coerce

from fen.ledger.row import METER_COLUMNS
from fen.ledger.store.sums import Period, narrow
from fen.ledger.store.tables import ENTRIES, SETTLED
from fen.ledger.traffic import Used
from fen.storage import from_micros, from_pico
from fen.wire.money import Money
from fen.wire.usage import Usage

_ANSWERED = 200

Place = tuple[int, str]
"""Where a page ended: the time of its last hold (microseconds), and that entry's id."""


def read_used(
    connection: Connection, after: Place, period: Period, key_id: str | None, limit: int
) -> tuple[list[Used], Place | None]:
    """Return answered entries from behind a place on, and where they end; None where there are no more."""
    c = ENTRIES.c
    held_at = type_coerce(c.held_at, BigInteger)
    query = select(
        c.id,
        held_at.label("at"),
        c.model,
        c.tag,
        type_coerce(c.cost, BigInteger).label("cost"),
        c.currency,
        *(c[name] for name in METER_COLUMNS),
    ).where(c.state == SETTLED, c.status == _ANSWERED)
    query = query.where((held_at > after[0]) | ((held_at == after[0]) & (c.id > after[1])))
    query = narrow(query, held_at, c.key_id, period, key_id)
    rows = connection.execute(query.order_by(held_at, c.id).limit(limit)).all()
    return [_read(row) for row in rows], (rows[-1].at, rows[-1].id) if rows else None


def _read(row: Any) -> Used:
    cost: int | None = row.cost
    currency: str | None = row.currency
    return Used(
        row.id,
        from_micros(row.at),
        row.model,
        row.tag,
        Usage(*(getattr(row, name) for name in METER_COLUMNS)),
        None if cost is None or currency is None else Money(from_pico(cost), currency),
    )
