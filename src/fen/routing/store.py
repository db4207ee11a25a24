"""What touches the database: what clients said of answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Table,
    Text,
    bindparam,
    delete,
    select,
    type_coerce,
)

from fen.storage import METADATA, Cursor, Moment, Storage, identifier, to_micros

FEEDBACK = Table(
    "route_feedback",
    METADATA,
    Column("request_id", identifier(), primary_key=True),
    Column("key_id", Text, index=True),
    Column("at", Moment, nullable=False, index=True),
    Column("score", Float, nullable=False),
)
"""One row for each answer that a client gave a score; the last score stands."""

SLICE = 500
"""Rows that one operation deletes, so that calls under way wait for a moment only."""


class Given(msgspec.Struct, frozen=True):
    """What a client said of an answer: 0 (of no use) to 1 (as it should be)."""

    request_id: str
    key_id: str | None
    at: datetime
    score: float


class FeedbackStore:
    """Writes feedback. Each method runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        values: dict[str, Any] = {column.name: bindparam(f"b_{column.name}") for column in FEEDBACK.c}
        insert = storage.insert(FEEDBACK).values(values)
        self._put = storage.compile(
            insert.on_conflict_do_update(
                index_elements=["request_id"],
                set_={name: insert.excluded[name] for name in ("key_id", "at", "score")},
            )
        )
        c = FEEDBACK.c
        of_key = select(c.request_id).where(c.key_id == bindparam("b_key")).limit(SLICE)
        self._forget = storage.compile(delete(FEEDBACK).where(c.request_id.in_(of_key)))
        before = bindparam("b_before", type_=BigInteger)
        old = select(c.request_id).where(type_coerce(c.at, BigInteger) < before).limit(SLICE)
        self._prune = storage.compile(delete(FEEDBACK).where(c.request_id.in_(old)))

    def put(self, cursor: Cursor, given: Given) -> None:
        """Write a score in the place of an earlier one."""
        values: dict[str, object] = {
            "b_request_id": given.request_id,
            "b_key_id": given.key_id,
            "b_at": to_micros(given.at),
            "b_score": given.score,
        }
        self._put.execute(cursor, values)

    def forget(self, cursor: Cursor, key_id: str) -> int:
        """Delete what a key said; returns how many rows, at most SLICE."""
        self._forget.execute(cursor, {"b_key": key_id})
        return cursor.rowcount

    def prune(self, cursor: Cursor, before: int) -> int:
        """Delete what was said before a moment (microseconds); returns how many rows, at most SLICE."""
        self._prune.execute(cursor, {"b_before": before})
        return cursor.rowcount


def read_feedback(connection: Connection, request_ids: Sequence[str]) -> dict[str, float]:
    """Return the scores of requests, by id; those that have one."""
    found: dict[str, float] = {}
    for start in range(0, len(request_ids), SLICE):
        part = list(request_ids[start : start + SLICE])
        query = select(FEEDBACK.c.request_id, FEEDBACK.c.score).where(FEEDBACK.c.request_id.in_(part))
        found |= {row.request_id: row.score for row in connection.execute(query)}
    return found
