"""A batch of operations inside one transaction: what fails is undone alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fen.storage.backend import Backend, Session

Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any] | None"]
"""An operation, its arguments after the cursor, and who waits for its result."""

Outcome = tuple["asyncio.Future[Any] | None", Any, Exception | None]

_log = logging.getLogger("fen.storage")


class OutageError(Exception):
    """The database is away for the moment."""


def transact(
    backend: Backend, session: Session, batch: list[Job], start_over: Callable[[], object]
) -> list[Outcome]:
    """Run a batch inside the open transaction.

    start_over: undoes all that the transaction has done and leaves it open; after it each operation runs in
    a savepoint. Raises OutageError when the connection is lost.
    """
    cursor = session.cursor
    try:
        return [(future, fn(cursor, *args), None) for fn, args, future in batch]
    except Exception as error:  # noqa: BLE001  an operation's error belongs to whoever queued it
        _raise_if_lost(session, error)
    start_over()
    return [_try_alone(backend, session, job) for job in batch]


def resolve(outcomes: list[Outcome]) -> None:
    """Tell everybody who waits; on the event loop."""
    for future, result, error in outcomes:
        if future is None or future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def _try_alone(backend: Backend, session: Session, job: Job) -> Outcome:
    fn, args, future = job
    cursor = session.cursor
    cursor.execute("SAVEPOINT one")
    try:
        result = fn(cursor, *args)
    except Exception as error:  # noqa: BLE001  the same
        _raise_if_lost(session, error)
        cursor.execute("ROLLBACK TO SAVEPOINT one")
        cursor.execute("RELEASE SAVEPOINT one")
        if future is None:
            _log.warning("a write that nobody waits for failed", exc_info=error)
        return future, None, backend.translate(error)
    cursor.execute("RELEASE SAVEPOINT one")
    return future, result, None


def _raise_if_lost(session: Session, error: Exception) -> None:
    if session.is_lost(error):
        raise OutageError(str(error)) from error
