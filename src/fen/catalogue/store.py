"""What touches the database: limits that upstreams' complaints have taught."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Table, Text, bindparam, select

from fen.storage import METADATA, Cursor, Moment, Storage, identifier, to_micros

LEARNT = Table(
    "learnt_limits",
    METADATA,
    Column("upstream", identifier(), primary_key=True),
    Column("model", identifier(), primary_key=True),
    Column("kind", identifier(), primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("learnt_at", Moment, nullable=False),
)


class LearntLimit(msgspec.Struct, frozen=True):
    """A limit, in tokens, that an upstream named; model: its name there. words: those in which it did.

    kind: `context_window`, `max_output_tokens`, or `unlocked_output` for the latter where what unlocks more
    had been sent.
    """

    upstream: str
    model: str
    kind: str
    value: int
    words: str
    learnt_at: datetime


class LearntStore:
    """Writes limits. Runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(LEARNT).values({column.name: bindparam(column.name) for column in LEARNT.c})
        new = insert.excluded
        self._upsert = storage.compile(
            insert.on_conflict_do_update(
                index_elements=["upstream", "model", "kind"],
                set_={name: new[name] for name in ("value", "words", "learnt_at")},
                where=LEARNT.c.learnt_at <= new.learnt_at,
            )
        )

    def write(self, cursor: Cursor, limit: LearntLimit) -> None:
        """Write a limit down in the place of an older one."""
        values = msgspec.structs.asdict(limit) | {"learnt_at": to_micros(limit.learnt_at)}
        self._upsert.execute(cursor, values)


def find_learnt(connection: Connection, since: datetime) -> list[LearntLimit]:
    """Return the limits that were learnt since a moment, oldest first."""
    query = select(LEARNT).where(LEARNT.c.learnt_at >= since).order_by(LEARNT.c.learnt_at)
    return [LearntLimit(**row) for row in connection.execute(query).mappings()]
