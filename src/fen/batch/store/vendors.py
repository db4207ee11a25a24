"""Vendors' batches inside the writer's transaction, and how they and their lines are read.

A line that is `deferred` is in a vendor's batch, whoever works on it: unlike one that is running, it outlasts
the claim. `alone` says of a line that it is sent by itself from now on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    and_,
    bindparam,
    literal_column,
    null,
    select,
    update,
)

from fen.batch.consignment import Consigned, Consignment, read_deferral, write_deferral
from fen.batch.job import Batch
from fen.batch.line import Line, Outcome
from fen.batch.store.binds import (
    as_number,
    as_text,
    claimed,
    ended,
    find_going,
    find_owned,
    write_ending,
)
from fen.batch.store.tables import LINES, VENDOR_BATCHES
from fen.storage import Cursor, Storage, to_micros

_DEFERRED: ColumnElement[str] = literal_column("'deferred'")
_WAITING: ColumnElement[str] = literal_column("'waiting'")
_ALONE: ColumnElement[int] = literal_column("1", BigInteger)


class VendorStore:
    """Writes vendors' batches. Each method runs inside an operation of the writer, and may run again.

    Each needs the batch's claim, changes nothing where it is gone, and says so.
    """

    def __init__(self, storage: Storage) -> None:
        c, v = LINES.c, VENDOR_BATCHES.c
        insert = storage.insert(VENDOR_BATCHES).values({column.name: bindparam(column.name) for column in v})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        owned, going = find_owned(), find_going()
        self._owns = storage.compile(going)
        self._move = storage.compile(
            update(VENDOR_BATCHES)
            .where(v.id == as_text("b_vendor_batch"), owned.exists())
            .values(state=as_text("b_state"), vendor_id=as_text("b_vendor_id"))
        )
        one = and_(c.batch_id == as_text("b_id"), c.number == as_number("b_number"))
        waits = and_(one, c.state == _WAITING)
        put = {
            "state": _DEFERRED,
            "vendor_batch": as_text("b_vendor_batch"),
            "deferral": as_text("b_deferral"),
        }
        put |= {"sent": bindparam("b_sent", type_=LargeBinary)}
        self._defer = storage.compile(update(LINES).where(waits, going.exists()).values(put))
        self._refuse = storage.compile(update(LINES).where(waits, owned.exists()).values(write_ending()))
        self._exclude = storage.compile(update(LINES).where(waits, owned.exists()).values(alone=_ALONE))
        inside = and_(one, c.state == _DEFERRED, c.vendor_batch == as_text("b_vendor_batch"), owned.exists())
        self._end = storage.compile(update(LINES).where(inside).values(write_ending() | _forgetting()))
        back = {"state": _WAITING, "alone": _ALONE, **_forgetting()}
        self._return = storage.compile(update(LINES).where(inside).values(back))

    def insert(self, cursor: Cursor, batch: Batch, made: Consignment) -> bool:
        """Insert a new one; False where the batch does not go on under this claim."""
        self._owns.execute(cursor, claimed(batch))
        if cursor.fetchone() is None:
            return False
        values: dict[str, object] = {"id": made.id, "batch_id": made.batch_id, "upstream": made.upstream}
        values |= {"state": made.state, "vendor_id": made.vendor_id}
        values |= {"created_at": to_micros(made.created_at), "due_at": to_micros(made.due_at)}
        self._insert.execute(cursor, values)
        return True

    def move(self, cursor: Cursor, batch: Batch, changed: Consignment) -> bool:
        """Write down a state, and the vendor's id; False where the claim is gone."""
        values: dict[str, object] = {"b_vendor_batch": changed.id, "b_state": changed.state}
        self._move.execute(cursor, claimed(batch) | values | {"b_vendor_id": changed.vendor_id})
        return cursor.rowcount == 1

    def defer(self, cursor: Cursor, batch: Batch, to: Consignment, line: Consigned) -> bool:
        """Put a waiting line into a vendor's batch; False where it does not wait, or the claim is gone."""
        values: dict[str, object] = {"b_number": line.number, "b_vendor_batch": to.id, "b_sent": line.sent}
        values["b_deferral"] = write_deferral(line.deferral)
        self._defer.execute(cursor, claimed(batch) | values)
        return cursor.rowcount == 1

    def refuse(self, cursor: Cursor, batch: Batch, number: int, outcome: Outcome) -> None:
        """Let a waiting line fail that could not be held."""
        self._refuse.execute(cursor, claimed(batch) | {"b_number": number} | ended(outcome))

    def exclude(self, cursor: Cursor, batch: Batch, number: int) -> None:
        """Let a waiting line be sent by itself."""
        self._exclude.execute(cursor, claimed(batch) | {"b_number": number})

    def end(self, cursor: Cursor, batch: Batch, of: Consignment, number: int, outcome: Outcome) -> bool:
        """Write down what came of a line; False where it is not in that vendor's batch, or the claim gone."""
        values: dict[str, object] = {"b_number": number, "b_vendor_batch": of.id}
        self._end.execute(cursor, claimed(batch) | values | ended(outcome))
        return cursor.rowcount == 1

    def give_back(self, cursor: Cursor, batch: Batch, of: Consignment, number: int) -> bool:
        """Let a line wait again, to be sent by itself; False as for `end`."""
        values: dict[str, object] = {"b_number": number, "b_vendor_batch": of.id}
        self._return.execute(cursor, claimed(batch) | values)
        return cursor.rowcount == 1


def find_consignments(connection: Connection, batch_id: str) -> list[Consignment]:
    """Return a batch's vendor's batches that have not ended."""
    v = VENDOR_BATCHES.c
    query = select(v.id, v.batch_id, v.upstream, v.state, v.vendor_id, v.created_at, v.due_at)
    query = query.where(v.batch_id == batch_id, v.state != "ended").order_by(v.id)
    return [Consignment(*row) for row in connection.execute(query)]


def find_consigned(
    connection: Connection, batch_id: str, consignment_id: str | None = None
) -> list[Consigned]:
    """Return the deferred lines of a batch, or of one of its vendor's batches, without their requests."""
    c = LINES.c
    query = select(c.number, c.deferral).where(c.batch_id == batch_id, c.state == "deferred")
    if consignment_id is not None:
        query = query.where(c.vendor_batch == consignment_id)
    rows = connection.execute(query.order_by(c.number))
    return [Consigned(number, read_deferral(text)) for number, text in rows]


def find_sent(connection: Connection, batch_id: str, consignment_id: str) -> list[Consigned]:
    """Return the lines of a vendor's batch with the requests that it gets."""
    c = LINES.c
    query = select(c.number, c.deferral, c.sent)
    query = query.where(c.batch_id == batch_id, c.state == "deferred", c.vendor_batch == consignment_id)
    rows = connection.execute(query.order_by(c.number))
    return [Consigned(number, read_deferral(text), sent) for number, text, sent in rows]


def find_fresh(connection: Connection, batch_id: str, model: str, limit: int) -> list[Line]:
    """Return waiting lines of a model that may go into a vendor's batch, in order."""
    c = LINES.c
    fresh = (c.batch_id == batch_id, c.state == "waiting", c.alone == 0, c.model == model)
    query = select(c.number, c.request, c.tries).where(*fresh).order_by(c.number).limit(limit)
    return [Line(*row) for row in connection.execute(query)]


def _forgetting() -> dict[str, Any]:
    return {"vendor_batch": null(), "deferral": null(), "sent": null()}
