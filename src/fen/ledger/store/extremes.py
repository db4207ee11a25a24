"""What touches the database: the entries of a period that took longest or cost most."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, select, type_coerce

from fen.ledger.entry import Entry
from fen.ledger.row import read_entry
from fen.ledger.store.sums import Period, narrow
from fen.ledger.store.tables import ENTRIES, SETTLED
from fen.wire.money import CURRENCIES

Extreme = Literal["duration", "cost"]
"""What entries are compared by: their milliseconds, or the vendor's cost."""


def find_extremes(
    connection: Connection, by: Extreme, period: Period, limit: int, key_id: str | None = None
) -> list[Entry]:
    """Return a period's settled entries, the most first, at most `limit`; of costs, so many per currency.

    The index of `held_at` bounds what is read to the period, whose rows lie together as they were written,
    and the database keeps the best `limit` as it reads; an index of durations or costs of its own would be
    paid for by every call.
    """
    c = ENTRIES.c
    if by == "duration":
        return _read(connection, c.duration_ms, [], period, limit, key_id)
    cost = type_coerce(c.cost, BigInteger)
    return [
        entry
        for currency in CURRENCIES
        for entry in _read(connection, cost, [c.currency == currency], period, limit, key_id)
    ]


def _read(
    connection: Connection, figure: Any, where: list[Any], period: Period, limit: int, key_id: str | None
) -> list[Entry]:
    c = ENTRIES.c
    # Its id alone is sorted, not the whole row: of a million rows, that is a tenth of the memory.
    best = select(c.id).where(c.state == SETTLED, figure > 0, *where)
    best = narrow(best, type_coerce(c.held_at, BigInteger), c.key_id, period, key_id)
    best = best.order_by(figure.desc(), c.id).limit(limit)
    found = connection.execute(select(ENTRIES).where(c.id.in_(best)).order_by(figure.desc(), c.id))
    return [read_entry(row) for row in found.mappings()]
