"""What a room writes through, whichever database it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple

from fen.storage.statement import Cursor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Writer(Protocol):
    """Runs operations `fn(cursor, *args)` in the order in which they were queued, and commits them in groups.

    All that is queued goes into one transaction (up to a limit) and is committed once: group commit. The end
    of an operation is told after the commit that made it durable. One that raises is undone alone: its batch
    is rolled back and run again, each operation in a savepoint.

    An operation may therefore run more than once; on PostgreSQL also after a commit whose outcome a broken
    connection left unknown. It must leave the database as if it had run once: an insert does nothing for an
    id that is there, an update names the state that it changes.

    While the database cannot be written, operations wait up to the storage's patience. Then all that wait
    raise BooksUnavailable, and the next ones try anew.
    """

    def run(self, fn: Callable[[Cursor, *Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Queue an operation; the future has its result once it is durable, or its error.

        Cancelling the future does not undo the operation. Raises RuntimeError for a closed writer and for
        another event loop than the first.
        """
        ...

    def post(self, fn: Callable[[Cursor, *Ts], object], *args: *Ts) -> None:
        """Queue an operation whose end nobody waits for; an error is logged. Raises as `run` does."""
        ...

    async def close(self) -> None:
        """Run what is queued, then let go of the connection; may be called twice."""
        ...
