"""A batch of operations inside one transaction: what fails is undone alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fen.storage.backend import Backend
from fen.storage.statement import Cursor
from fen.wire.errors import BooksUnavailable

Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any] | None"]
"""An operation, its arguments after the cursor, and who waits for its result."""

Outcome = tuple["asyncio.Future[Any] | None", Any, Exception | None]

_log = logging.getLogger("fen.storage")


class OutageError(Exception):
    """The database cannot be written for the moment; no operation is to blame."""


def transact(
    backend: Backend, cursor: Cursor, batch: list[Job], start_over: Callable[[], object]
) -> list[Outcome]:
    """Run a batch inside the open transaction.

    start_over: undoes all that the transaction has done and leaves it open; after it each operation runs in
    a savepoint. Raises OutageError, or the driver's own where the transaction cannot be gone on with.
    """
    try:
        return [(future, fn(cursor, *args), None) for fn, args, future in batch]
    except Exception as error:  # noqa: BLE001  an operation's error belongs to whoever queued it
        _raise_if_outage(backend, error)
    start_over()
    return [_try_alone(backend, cursor, job) for job in batch]


def resolve(outcomes: list[Outcome]) -> None:
    """Tell everybody who waits; on the event loop."""
    for future, result, error in outcomes:
        if future is None or future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def refuse(batch: list[Job], error: Exception) -> list[Outcome]:
    """Return a BooksUnavailable for each of a batch; each its own, for it will name its own request."""
    message = f"found books that cannot be written ({_shorten(error)}), expected a durable write: try again"
    return [(future, None, BooksUnavailable(message)) for _, _, future in batch]


def _try_alone(backend: Backend, cursor: Cursor, job: Job) -> Outcome:
    fn, args, future = job
    cursor.execute("SAVEPOINT one")
    try:
        result = fn(cursor, *args)
    except Exception as error:  # noqa: BLE001  the same
        _raise_if_outage(backend, error)
        cursor.execute("ROLLBACK TO SAVEPOINT one")
        cursor.execute("RELEASE SAVEPOINT one")
        if future is None:
            _log.warning("a write that nobody waits for failed", exc_info=error)
        return future, None, backend.translate(error)
    cursor.execute("RELEASE SAVEPOINT one")
    return future, result, None


def _raise_if_outage(backend: Backend, error: Exception) -> None:
    if backend.is_outage(error):
        raise OutageError(_shorten(error)) from error


def _shorten(error: Exception) -> str:
    """Return the first line: what follows in a driver's message are hints for its programmer."""
    return str(error).partition("\n")[0] or type(error).__name__
