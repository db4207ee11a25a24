"""Batches inside the writer's transaction, and how they are read.

One replica works on a batch: its owner, under a claim that is new each time. A batch without an owner, or
whose owner is no longer among the ledger's replicas, can be claimed: the ledger drops a replica whose lock is
free (a restart after SIGKILL sees that at once) or that was silent for a whole lease, and it measures that
with no clock but its own. Whoever was taken for dead and is not finds its claim gone at its next write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    Update,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)

from fen.batch.file import Page, Viewer
from fen.batch.job import OPEN, TIMES, Batch, Counts, Fault, State
from fen.batch.store.binds import as_text, claimed
from fen.batch.store.files import visible
from fen.batch.store.tables import BATCHES, LINES, VENDOR_BATCHES
from fen.ledger.store import REPLICAS
from fen.storage import Cursor, Storage, to_micros

_MOMENTS = (*TIMES, "next_at")
_PLAIN = (
    "id",
    "key_id",
    "endpoint",
    "input_file_id",
    "output_seconds",
    "state",
    "owner",
    "claim",
    "output_file_id",
    "error_file_id",
)
_MOVES: dict[State, tuple[State, ...]] = {
    "in_progress": ("validating",),
    "finalizing": ("in_progress",),
    "completed": ("finalizing",),
    "failed": ("validating",),
    "expired": ("finalizing",),
    "cancelled": ("cancelling",),
}
"""From which states a worker may bring a batch into another one."""

_read_faults = msgspec.json.Decoder(tuple[Fault, ...]).decode
_read_metadata = msgspec.json.Decoder(dict[str, str]).decode


class BatchStore:
    """Writes batches. Each method runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(BATCHES).values({column.name: bindparam(column.name) for column in BATCHES.c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        self._claim = storage.compile(_claiming())
        mine = and_(BATCHES.c.id == as_text("b_id"), BATCHES.c.claim == as_text("b_claim"))
        now = bindparam("b_now", type_=BigInteger)
        self._moves = {
            state: storage.compile(
                update(BATCHES)
                .where(mine, _is_in(*before, state))
                .values({"state": state, f"{state}_at": now, "next_at": null()})
            )
            for state, before in _MOVES.items()
        }
        figures = ("output_file_id", "error_file_id", "errors", "total", "completed", "failed")
        self._tell = storage.compile(
            update(BATCHES).where(mine).values({name: bindparam("b_" + name) for name in figures})
        )
        self._wait = storage.compile(update(BATCHES).where(mine).values(next_at=now))
        self._release = storage.compile(update(BATCHES).where(mine).values(owner=null()))
        over = BATCHES.c.state.not_in([literal_column(f"'{state}'") for state in OPEN])
        self._remove = storage.compile(delete(BATCHES).where(BATCHES.c.id == as_text("b_id"), over))
        vendors = delete(VENDOR_BATCHES).where(VENDOR_BATCHES.c.batch_id == as_text("b_id"))
        self._remove_vendors = storage.compile(vendors)
        cancel = update(BATCHES).where(BATCHES.c.id == as_text("b_id"), _is_in("validating", "in_progress"))
        self._cancel = storage.compile(cancel.values(state="cancelling", cancelling_at=now, next_at=null()))

    def insert(self, cursor: Cursor, batch: Batch) -> None:
        """Insert a new batch."""
        values: dict[str, object] = {name: getattr(batch, name) for name in _PLAIN}
        for name in _MOMENTS:
            moment = getattr(batch, name)
            values[name] = None if moment is None else to_micros(moment)
        metadata = None if batch.metadata is None else msgspec.json.encode(batch.metadata).decode()
        values |= {"metadata": metadata, "errors": None, **msgspec.structs.asdict(batch.counts)}
        self._insert.execute(cursor, values)

    def claim(self, cursor: Cursor, batch_id: str, owner: str, claim: str) -> bool:
        """Make a replica the owner of an open batch, anew if it was; False where another one has it."""
        self._claim.execute(cursor, {"b_id": batch_id, "b_owner": owner, "b_claim": claim})
        return cursor.rowcount == 1

    def move(self, cursor: Cursor, batch: Batch, state: State, now: int) -> bool:
        """Bring a batch into its next state; False where it is cancelled, or the claim is gone.

        `now` in microseconds.
        """
        values: dict[str, object] = claimed(batch) | {"b_now": now}
        self._moves[state].execute(cursor, values)
        return cursor.rowcount == 1

    def tell(self, cursor: Cursor, batch: Batch) -> None:
        """Write down a batch's files, faults and counts."""
        errors = msgspec.json.encode(batch.errors).decode() if batch.errors else None
        told = {"output_file_id": batch.output_file_id, "error_file_id": batch.error_file_id}
        told |= {"errors": errors, **msgspec.structs.asdict(batch.counts)}
        values = claimed(batch) | {"b_" + name: told[name] for name in told}
        self._tell.execute(cursor, values)

    def wait(self, cursor: Cursor, batch: Batch, until: int | None) -> None:
        """Write down when the next line is due; None where nothing waits for its hour."""
        self._wait.execute(cursor, claimed(batch) | {"b_now": until})

    def release(self, cursor: Cursor, batch: Batch) -> None:
        """Let go of a batch, so that another replica can have it at once."""
        self._release.execute(cursor, claimed(batch))

    def remove(self, cursor: Cursor, batch_id: str) -> None:
        """Remove a batch that has ended; its lines are gone already, or the sweep drops them."""
        self._remove.execute(cursor, {"b_id": batch_id})
        if cursor.rowcount == 1:
            self._remove_vendors.execute(cursor, {"b_id": batch_id})

    def cancel(self, cursor: Cursor, batch_id: str, now: int) -> None:
        """Ask a batch to stop; one that ends already, or has ended, stays as it is."""
        self._cancel.execute(cursor, {"b_id": batch_id, "b_now": now})


def find_batch(connection: Connection, batch_id: str, viewer: Viewer) -> Batch | None:
    """Return a batch with its counts."""
    query = select(BATCHES).where(BATCHES.c.id == batch_id, visible(BATCHES.c.key_id, viewer))
    found = _read_all(connection, query)
    return found[0] if found else None


def list_batches(connection: Connection, viewer: Viewer, page: Page) -> list[Batch]:
    """Return a page of batches, newest first."""
    query = select(BATCHES).where(visible(BATCHES.c.key_id, viewer))
    if page.after is not None:
        query = query.where(BATCHES.c.id < page.after)
    return _read_all(connection, query.order_by(BATCHES.c.id.desc()).limit(page.limit))


def find_claimable(connection: Connection, owner: str, limit: int) -> list[str]:
    """Return open batches that no other replica works on, the oldest first."""
    free = or_(_is_free(), BATCHES.c.owner == owner)
    query = select(BATCHES.c.id).where(BATCHES.c.state.in_(OPEN), free)
    return list(connection.execute(query.order_by(BATCHES.c.id).limit(limit)).scalars())


def find_ended_with_lines(connection: Connection, limit: int) -> list[str]:
    """Return batches that ended and still have lines."""
    has_lines = select(LINES.c.number).where(LINES.c.batch_id == BATCHES.c.id).exists()
    query = select(BATCHES.c.id).where(BATCHES.c.state.not_in(OPEN), has_lines)
    return list(connection.execute(query.limit(limit)).scalars())


def _claiming() -> Update:
    free = or_(_is_free(), BATCHES.c.owner == as_text("b_owner"))
    query = update(BATCHES).where(BATCHES.c.id == as_text("b_id"), _is_in(*OPEN), free)
    return query.values(owner=as_text("b_owner"), claim=as_text("b_claim"))


def _is_in(*states: State) -> Any:
    # As literals: a compiled statement has no parameters that multiply.
    return BATCHES.c.state.in_([literal_column(f"'{state}'") for state in states])


def _is_free() -> Any:
    lives = select(REPLICAS.c.id).where(REPLICAS.c.id == BATCHES.c.owner).exists()
    return or_(BATCHES.c.owner.is_(None), ~lives)


def _read_all(connection: Connection, query: Any) -> list[Batch]:
    rows = connection.execute(query).mappings().all()
    counts = _count(connection, [row["id"] for row in rows if row["state"] in OPEN])
    return [_read(row, counts.get(row["id"])) for row in rows]


def _count(connection: Connection, batch_ids: Sequence[str]) -> dict[str, Counts]:
    if not batch_ids:
        return {}
    query = select(LINES.c.batch_id, LINES.c.state, func.count()).where(LINES.c.batch_id.in_(batch_ids))
    numbers: dict[str, dict[str, int]] = {}
    for batch_id, state, number in connection.execute(query.group_by(LINES.c.batch_id, LINES.c.state)):
        numbers.setdefault(batch_id, {})[state] = number
    return {
        batch_id: Counts(sum(states.values()), states.get("done", 0), states.get("failed", 0))
        for batch_id, states in numbers.items()
    }


def _read(row: RowMapping, counts: Counts | None) -> Batch:
    metadata, errors = row["metadata"], row["errors"]
    return Batch(
        **{name: row[name] for name in (*_PLAIN, *_MOMENTS)},
        metadata=None if metadata is None else _read_metadata(metadata),
        errors=() if errors is None else _read_faults(errors),
        counts=counts or Counts(row["total"], row["completed"], row["failed"]),
    )
