"""What happens to an entry inside the writer's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Integer,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from fen.ledger.entry import Entry, Hold, Settlement
from fen.ledger.row import METER_COLUMNS, clean, read_entry, write_hold, write_settlement
from fen.ledger.store.tables import ENTRIES, HELD, HOLD_COLUMNS, SETTLED
from fen.storage import Cursor, Storage


class EntryStore:
    """Writes entries. Each method runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(ENTRIES).values(
            {column.name: bindparam(column.name) for column in HOLD_COLUMNS}
        )
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        self._settle = storage.compile(_settling())
        self._release = storage.compile(_releasing())
        self._checkpoint = storage.compile(_checkpointing())
        looked_at = select(ENTRIES.c.state, ENTRIES.c.currency, ENTRIES.c.charge_currency)
        self._look = storage.compile(looked_at.where(ENTRIES.c.id == _text("b_id")))

    def hold(self, cursor: Cursor, hold: Hold) -> bool:
        """Insert an open entry; False when the id is there already."""
        self._insert.execute(cursor, write_hold(hold))
        return cursor.rowcount == 1

    def settle(self, cursor: Cursor, settlement: Settlement) -> bool:
        """Settle an open entry; False when it was settled before, and that stands.

        Raises LookupError for an id without a hold, ValueError for another currency than the hold's.
        """
        self._settle.execute(cursor, write_settlement(settlement))
        if cursor.rowcount == 1:
            return True
        cost, charge = settlement.cost, settlement.charge
        given = (cost.currency if cost else None, charge.currency if charge else None)
        return self._explain(cursor, settlement.id, given)

    def settle_all(self, cursor: Cursor, settlements: list[Settlement]) -> int:
        """Settle several; returns how many were open."""
        return sum(self.settle(cursor, settlement) for settlement in settlements)

    def release(self, cursor: Cursor, hold_id: str, reason: str, status: int, now: int) -> bool:
        """Settle an open entry at nothing; False when it was settled before. `now` in microseconds."""
        values = {"b_id": hold_id, "b_reason": clean(reason), "b_status": status, "b_now": now}
        self._release.execute(cursor, values)
        return cursor.rowcount == 1 or self._explain(cursor, hold_id, (None, None))

    def checkpoint(self, cursor: Cursor, hold_id: str, output_tokens: int) -> None:
        """Raise an open entry's checkpoint; a smaller figure, or a settled entry, changes nothing."""
        self._checkpoint.execute(cursor, {"b_id": hold_id, "b_tokens": output_tokens})

    def _explain(self, cursor: Cursor, entry_id: str, given: tuple[str | None, str | None]) -> bool:
        self._look.execute(cursor, {"b_id": entry_id})
        found = cursor.fetchone()
        if found is None:
            raise LookupError(f"found no hold {entry_id!r}, expected one: a settlement follows its hold")
        if found[0] == "held":
            raise ValueError(
                f"hold {entry_id!r}: found a cost in {given[0]} and a charge in {given[1]},"
                f" expected {found[1]} and {found[2]}, the hold's own"
            )
        return False


def find_latest(connection: Connection, limit: int, key_id: str | None) -> list[Entry]:
    """Return entries by the time of their hold, newest first, at most `limit`; `key_id` picks one key's."""
    query = select(ENTRIES).order_by(ENTRIES.c.held_at.desc(), ENTRIES.c.id.desc()).limit(limit)
    return _read(connection, query if key_id is None else query.where(ENTRIES.c.key_id == key_id))


def find_entries(connection: Connection, request_id: str) -> list[Entry]:
    """Return the attempts of a request, oldest first."""
    # An entry's id is its request's with "-" and the attempt's number; "." follows "-" in ASCII. So the
    # primary key finds them, and a call pays for no index of its own.
    ids = (ENTRIES.c.id >= request_id + "-", ENTRIES.c.id < request_id + ".")
    query = select(ENTRIES).where(*ids, ENTRIES.c.request_id == request_id)
    return _read(connection, query.order_by(ENTRIES.c.held_at, ENTRIES.c.id))


def find_open(connection: Connection, replica_id: str, limit: int) -> list[Entry]:
    """Return open entries of a replica, at most `limit`."""
    query = select(ENTRIES).where(ENTRIES.c.state == HELD, ENTRIES.c.replica == replica_id)
    return _read(connection, query.limit(limit))


def _read(connection: Connection, query: Any) -> list[Entry]:
    return [read_entry(row) for row in connection.execute(query).mappings()]


def _settling() -> Update:
    c = ENTRIES.c
    cost, charge = _number("b_cost"), _number("b_charge")
    currency, charge_currency = _text("b_currency"), _text("b_charge_currency")
    over = or_(cost > type_coerce(c.cost_max, BigInteger), charge > type_coerce(c.charge_max, BigInteger))
    return (
        update(ENTRIES)
        .where(
            c.id == _text("b_id"),
            c.state == HELD,
            or_(currency.is_(None), c.currency.is_(None), c.currency == currency),
            or_(charge_currency.is_(None), c.charge_currency.is_(None), c.charge_currency == charge_currency),
        )
        .values(
            {
                "state": SETTLED,
                **{name: _number(f"b_{name}") for name in METER_COLUMNS},
                "cost": cost,
                "currency": func.coalesce(c.currency, currency),
                "charge": charge,
                "charge_currency": func.coalesce(c.charge_currency, charge_currency),
                "certainty": _text("b_certainty"),
                "reason": _text("b_reason"),
                "flags": case((over, _text("b_flags_over")), else_=_text("b_flags")),
                "status": bindparam("b_status", type_=Integer),
                "settled_at": _number("b_settled_at"),
                "duration_ms": _number("b_duration_ms"),
                "first_ms": _number("b_first_ms"),
            }
        )
    )


def _releasing() -> Update:
    c = ENTRIES.c
    now = _number("b_now")
    nothing = literal_column("0", BigInteger)
    return (
        update(ENTRIES)
        .where(c.id == _text("b_id"), c.state == HELD)
        .values(
            {
                "state": SETTLED,
                **dict.fromkeys(METER_COLUMNS, nothing),
                # Nothing in a currency; without a price there is none to say it in.
                "cost": case((c.currency.is_not(None), nothing)),
                "charge": case((c.charge_currency.is_not(None), nothing)),
                "certainty": literal_column("'exact'"),
                "reason": _text("b_reason"),
                "flags": literal_column("''"),
                "status": bindparam("b_status", type_=Integer),
                "settled_at": now,
                "duration_ms": (now - type_coerce(c.held_at, BigInteger))
                // literal_column("1000", BigInteger),
            }
        )
    )


def _checkpointing() -> Update:
    tokens = _number("b_tokens")
    c = ENTRIES.c
    rises = and_(c.id == _text("b_id"), c.state == HELD, c.checkpoint < tokens)
    return update(ENTRIES).where(rises).values(checkpoint=tokens)


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=Text)


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)
