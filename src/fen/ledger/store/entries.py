"""What happens to an entry inside the writer's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
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

from fen.ledger.cap import Cap, Room
from fen.ledger.entry import Entry, Hold, Reservation, Settlement
from fen.ledger.row import (
    METER_COLUMNS,
    OVER_HOLD,
    clean,
    read_entry,
    read_reservations,
    write_hold,
    write_settlement,
)
from fen.ledger.store.tables import ENTRIES, HELD, HOLD_COLUMNS, SETTLED
from fen.ledger.store.windows import WindowStore
from fen.storage import Cursor, Statement, Storage


class End(msgspec.Struct, frozen=True):
    """What settling an entry did: whether the bill was above the hold, and which caps have room again."""

    over: bool
    caps: tuple[str, ...]


_PLAIN = End(over=False, caps=())


class EntryStore:
    """Writes entries. Each method runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(ENTRIES).values(
            {column.name: bindparam(column.name) for column in HOLD_COLUMNS}
        )
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        assert self._insert.names == tuple(column.name for column in HOLD_COLUMNS)  # the order of write_hold
        self._settle_plainly = storage.compile(_settling_plainly(ENTRIES.c.reservations.is_(None)))
        charged = and_(ENTRIES.c.reservations.is_not(None), _number("b_charge").is_not(None))
        self._settle_capped = storage.compile(_settling_plainly(charged))
        self._settle = _Ending(storage, _settling())
        self._release = _Ending(storage, _releasing())
        self._checkpoint = storage.compile(_checkpointing())
        looked_at = select(ENTRIES.c.state, ENTRIES.c.currency, ENTRIES.c.charge_currency)
        self._look = storage.compile(looked_at.where(ENTRIES.c.id == _text("b_id")))
        self._windows = WindowStore(storage)

    def hold(self, cursor: Cursor, hold: Hold) -> bool:
        """Insert an open entry; False when the id is there already."""
        self._insert.execute_row(cursor, write_hold(hold))
        return cursor.rowcount == 1

    def reserve(self, cursor: Cursor, hold: Hold, caps: Sequence[Cap]) -> tuple[Room, ...]:
        """Insert an open entry and take what it needs of every cap, or neither.

        Returns nothing when that is done, or was before; else how every cap stands.
        """
        if not self._windows.take(cursor, hold.reservations, caps):
            # It may be ours that fills the cap: a hold that was committed before the connection broke.
            return () if self._is_there(cursor, hold.id) else self._windows.read(cursor, caps)
        if not self.hold(cursor, hold):
            self._windows.untake(cursor, hold.reservations)
        return ()

    def settle(self, cursor: Cursor, settlement: Settlement) -> End | None:
        """Settle an open entry; None when it was settled before, and that stands.

        What it held of caps is spent or free again. Raises LookupError for an id without a hold, ValueError
        for another currency than the hold's.
        """
        values, taken = write_settlement(settlement), settlement.reservations
        if taken is not None:
            (self._settle_capped if taken else self._settle_plainly).execute(cursor, values)
            if cursor.rowcount == 1:
                return self._spend(cursor, taken, cast("int", values["b_charge"])) if taken else _PLAIN
        found = self._settle.execute(cursor, values)
        if found is not None:
            return self._close(cursor, found)
        cost, charge = (money and money.currency for money in (settlement.cost, settlement.charge))
        return self._explain(cursor, settlement.id, (cost, charge))

    def settle_all(self, cursor: Cursor, settlements: list[Settlement]) -> list[End]:
        """Settle several; returns what became of those that were open."""
        return [end for one in settlements if (end := self.settle(cursor, one)) is not None]

    def release(self, cursor: Cursor, hold_id: str, reason: str, status: int, now: int) -> End | None:
        """Settle an open entry at nothing; None when it was settled before. `now` in microseconds."""
        values = {"b_id": hold_id, "b_reason": clean(reason), "b_status": status, "b_now": now}
        found = self._release.execute(cursor, values)
        return self._explain(cursor, hold_id, (None, None)) if found is None else self._close(cursor, found)

    def checkpoint(self, cursor: Cursor, hold_id: str, output_tokens: int) -> None:
        """Raise an open entry's checkpoint; a smaller figure, or a settled entry, changes nothing."""
        self._checkpoint.execute(cursor, {"b_id": hold_id, "b_tokens": output_tokens})

    def _close(self, cursor: Cursor, found: Sequence[Any]) -> End:
        reserved, charge, flags = found
        over = OVER_HOLD in flags
        if reserved is None:
            return End(over, ()) if over else _PLAIN
        return self._spend(cursor, read_reservations(reserved), charge, over=over)

    def _spend(
        self, cursor: Cursor, reservations: Sequence[Reservation], charge: int, *, over: bool = False
    ) -> End:
        self._windows.spend(cursor, reservations, charge)
        return End(over, tuple([reservation.cap for reservation in reservations]))

    def _is_there(self, cursor: Cursor, entry_id: str) -> bool:
        self._look.execute(cursor, {"b_id": entry_id})
        return cursor.fetchone() is not None

    def _explain(self, cursor: Cursor, entry_id: str, given: tuple[str | None, str | None]) -> None:
        self._look.execute(cursor, {"b_id": entry_id})
        found = cursor.fetchone()
        if found is None:
            raise LookupError(f"found no hold {entry_id!r}, expected one: a settlement follows its hold")
        if found[0] == "held":
            raise ValueError(
                f"hold {entry_id!r}: found a cost in {given[0]} and a charge in {given[1]},"
                f" expected {found[1]} and {found[2]}, the hold's own"
            )


class _Ending:
    """An UPDATE that ends an entry, and what has then to be known of it."""

    def __init__(self, storage: Storage, change: Update) -> None:
        c = ENTRIES.c
        told = (c.reservations, c.charge, c.flags)
        if storage.kind == "sqlite":
            # With RETURNING it keeps a journal for each statement: 22 us, where reading the row again makes
            # it 12. PostgreSQL would pay for that with a round trip.
            self._change = storage.compile(change)
            self._look: Statement | None = storage.compile(select(*told).where(c.id == _text("b_id")))
        else:
            self._change = storage.compile(change.returning(*told))
            self._look = None

    def execute(self, cursor: Cursor, values: Mapping[str, object]) -> Sequence[Any] | None:
        """Return the entry's reservations, charge and flags; None where there is no open one."""
        self._change.execute(cursor, values)
        if self._look is not None:
            if cursor.rowcount != 1:
                return None
            self._look.execute(cursor, values)
        return cursor.fetchone()


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


def _settling_plainly(kind: ColumnElement[bool]) -> Update:
    """Settle an entry of that kind whose bill is within its hold, so that it need not be read again."""
    c = ENTRIES.c
    cost, charge = _number("b_cost"), _number("b_charge")
    most_cost, most_charge = (type_coerce(column, BigInteger) for column in (c.cost_max, c.charge_max))
    return (
        _settling_as({"charge": charge, "flags": _text("b_flags")})
        .where(kind, or_(cost.is_(None), most_cost.is_(None), cost <= most_cost))
        .where(or_(charge.is_(None), most_charge.is_(None), charge <= most_charge))
    )


def _settling() -> Update:
    c = ENTRIES.c
    cost, charge = _number("b_cost"), _number("b_charge")
    most_cost, most_charge = (type_coerce(column, BigInteger) for column in (c.cost_max, c.charge_max))
    over = or_(cost > most_cost, charge > most_charge)
    unknown = and_(charge.is_(None), c.reservations.is_not(None))
    return _settling_as(
        {
            # Above the hold, the loss is the house's; what cannot be priced is charged as it was held.
            "charge": case((or_(charge > most_charge, unknown), most_charge), else_=charge),
            "flags": case(
                (over, _text("b_flags_over")),
                (unknown, _text("b_flags_unknown")),
                else_=_text("b_flags"),
            ),
        }
    )


def _settling_as(decided: Mapping[str, Any]) -> Update:
    """Return the settling statement with the columns that are decided otherwise in each."""
    c = ENTRIES.c
    currency, charge_currency = _text("b_currency"), _text("b_charge_currency")
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
                **decided,
                "cost": _number("b_cost"),
                "currency": func.coalesce(c.currency, currency),
                "charge_currency": func.coalesce(c.charge_currency, charge_currency),
                "certainty": _text("b_certainty"),
                "reason": _text("b_reason"),
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
