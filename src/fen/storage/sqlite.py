"""SQLite: write-ahead log, a commit is on the disk before it returns."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from fen.storage.backend import Conflict
from fen.storage.statement import Cursor
from fen.wire.errors import ConfigError

BUSY_SECONDS = 30
"""How long a write waits for another process's transaction."""

_WAL_LIMIT = 64 * 1024 * 1024
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA journal_size_limit={_WAL_LIMIT}",
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_OUTAGES = _BUSY | {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_CONFLICTS = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SqliteSession:
    """The writer's connection; transactions are opened and closed by name."""

    def __init__(self, path: Path) -> None:
        # The loop and the writer's thread take turns with it, never at once.
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _set_up(self._connection.execute)
            self._connection.execute("PRAGMA busy_timeout=0")
            self.cursor: Cursor = self._connection.cursor()
        except sqlite3.Error:
            self._connection.close()
            raise

    def try_begin(self) -> bool:
        """Open a transaction for writing; False where another process has one open just now."""
        try:
            self.cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _code(error) in _BUSY:
                return False
            raise
        self.cursor.execute("SAVEPOINT batch")
        return True

    def begin(self, patience: float) -> None:
        """Open a transaction, waiting so many seconds for another process's."""
        self.cursor.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
        try:
            self.cursor.execute("BEGIN IMMEDIATE")
            self.cursor.execute("SAVEPOINT batch")
        finally:
            self.cursor.execute("PRAGMA busy_timeout=0")

    def start_over(self) -> None:
        """Undo what the open transaction has done."""
        self.cursor.execute("ROLLBACK TO SAVEPOINT batch")

    def close(self) -> None:
        """Close the connection, whatever state it is in; the last to close folds the log into the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


class SqliteBackend:
    """A database in one file, for one machine."""

    name = "sqlite"
    begin = "BEGIN IMMEDIATE"

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise ConfigError("FEN_DATABASE_URL: found an SQLite URL without a file, expected sqlite:///PATH")
        self._path = Path(url.database)
        self.dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        _create_private(self._path)

    def open_session(self) -> SqliteSession:
        """Connect for writing."""
        return SqliteSession(self._path)

    def make_engine(self) -> Engine:
        """Return an engine for reading."""
        engine = self._make_engine()

        def forbid_writing(connection: DBAPIConnection, _: object) -> None:
            _run(connection, "PRAGMA query_only=ON")

        event.listen(engine, "connect", forbid_writing)
        return engine

    def make_migration_engine(self) -> Engine:
        """Return an engine whose transactions hold the database's write lock from their start.

        The sqlite3 module opens transactions by itself, and not before DDL; a migration must be whole.
        """
        engine = self._make_engine()

        def leave_transactions_alone(connection: Any, _: object) -> None:
            connection.isolation_level = None
            _set_up(partial(_run, connection))

        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(SqliteBackend.begin)

        event.listen(engine, "connect", leave_transactions_alone)
        event.listen(engine, "begin", begin)
        return engine

    def is_outage(self, error: BaseException) -> bool:
        """Whether the database is busy, the disk full or broken, or the file not what it was."""
        return _code(error) in _OUTAGES

    def translate(self, error: Exception) -> Exception:
        """Return Conflict for a violated unique index, and any other error as it is."""
        if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in _CONFLICTS:
            return Conflict(str(error))
        return error

    def _make_engine(self) -> Engine:
        url = URL.create("sqlite", database=str(self._path))
        return create_engine(url, connect_args={"timeout": BUSY_SECONDS})


def _set_up(execute: Callable[[str], object]) -> None:
    """Run the pragmas, and wait for other processes.

    A new file's log becomes a WAL while nobody else reads the file, and SQLite's own timeout does not wait
    for that.
    """
    until = time.monotonic() + BUSY_SECONDS
    for pragma in _PRAGMAS:
        while True:
            try:
                execute(pragma)
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                break


def _create_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its log the same permissions."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise ConfigError(
            f"the database {path}: {error.strerror}, expected a file to read and write"
        ) from error


def _run(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _code(error: BaseException) -> int | None:
    """Return SQLite's primary result code of an error, None where it has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
