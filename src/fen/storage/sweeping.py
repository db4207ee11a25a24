"""Many rows changed a slice at a time, so that calls under way wait for a moment only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import BigInteger, Table, bindparam, delete, select, type_coerce

from fen.storage.connect import Storage
from fen.storage.statement import Cursor

T = TypeVar("T")

SLICE = 500
"""Rows that one operation changes."""


async def sweep(storage: Storage, operation: Callable[[Cursor, T], int], what: T) -> int:
    """Run an operation of the writer again and again until it changes nothing; returns how many rows it has.

    Raises BooksUnavailable.
    """
    changed = 0
    while some := await storage.writer.run(operation, what):
        changed += some
    return changed


class Slices:
    """Deletes rows of a table by whose or how old they are; for `sweep`.

    table: with a primary key of one column. whose, when: its columns that tell. Each method runs inside an
    operation of the writer, may run again, and returns how many rows it has deleted, at most SLICE.
    """

    def __init__(self, storage: Storage, table: Table, whose: str = "key_id", when: str = "at") -> None:
        [identity] = table.primary_key.columns
        of_key = select(identity).where(table.c[whose] == bindparam("b_key")).limit(SLICE)
        self._forget = storage.compile(delete(table).where(identity.in_(of_key)))
        before = bindparam("b_before", type_=BigInteger)
        old = select(identity).where(type_coerce(table.c[when], BigInteger) < before).limit(SLICE)
        self._prune = storage.compile(delete(table).where(identity.in_(old)))

    def forget(self, cursor: Cursor, key_id: str) -> int:
        """Delete rows of a key."""
        self._forget.execute(cursor, {"b_key": key_id})
        return cursor.rowcount

    def prune(self, cursor: Cursor, before: int) -> int:
        """Delete rows from before a moment (microseconds)."""
        self._prune.execute(cursor, {"b_before": before})
        return cursor.rowcount
