"""What touches the database: what clients said of answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Table,
    Text,
    bindparam,
    select,
)

from fen.storage import METADATA, SLICE, Cursor, Moment, Slices, Storage, identifier, to_micros

FEEDBACK = Table(
    "route_feedback",
    METADATA,
    Column("request_id", identifier(), primary_key=True),
    Column("key_id", Text, index=True),
    Column("at", Moment, nullable=False, index=True),
    Column("score", Float, nullable=False),
)
"""One row for each answer that a client gave a score; the last score stands."""


class Given(msgspec.Struct, frozen=True):
    """What a client said of an answer: 0 (of no use) to 1 (as it should be)."""

    request_id: str
    key_id: str | None
    at: datetime
    score: float


class FeedbackStore:
    """Writes feedback, inside an operation of the writer that may run again. rows: deletes it."""

    def __init__(self, storage: Storage) -> None:
        values: dict[str, Any] = {column.name: bindparam(f"b_{column.name}") for column in FEEDBACK.c}
        insert = storage.insert(FEEDBACK).values(values)
        self._insert = storage.compile(insert.on_conflict_do_nothing())
        self._replace = storage.compile(
            insert.on_conflict_do_update(
                index_elements=["request_id"],
                set_={name: insert.excluded[name] for name in ("key_id", "at", "score")},
            )
        )
        self.rows = Slices(storage, FEEDBACK)

    def put(self, cursor: Cursor, given: Given) -> bool:
        """Write a score, in the place of an earlier one; returns whether it is the answer's first."""
        values: dict[str, object] = {
            "b_request_id": given.request_id,
            "b_key_id": given.key_id,
            "b_at": to_micros(given.at),
            "b_score": given.score,
        }
        self._insert.execute(cursor, values)
        first = bool(cursor.rowcount)
        if not first:
            self._replace.execute(cursor, values)
        return first


def read_feedback(connection: Connection, request_ids: Sequence[str]) -> dict[str, float]:
    """Return the scores of requests, by id; those that have one."""
    found: dict[str, float] = {}
    for start in range(0, len(request_ids), SLICE):
        part = list(request_ids[start : start + SLICE])
        query = select(FEEDBACK.c.request_id, FEEDBACK.c.score).where(FEEDBACK.c.request_id.in_(part))
        found |= {row.request_id: row.score for row in connection.execute(query)}
    return found
