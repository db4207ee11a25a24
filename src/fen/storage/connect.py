"""The door to the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import ClauseElement, Connection, Table, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError

from fen.storage.backend import Backend
from fen.storage.local_writer import LocalWriter
from fen.storage.migrate import migrate
from fen.storage.postgres import PostgresBackend
from fen.storage.remote_writer import RemoteWriter
from fen.storage.sqlite import SqliteBackend
from fen.storage.statement import Cursor, Statement
from fen.storage.writer import Writer
from fen.wire.errors import BooksUnavailable, ConfigError

T = TypeVar("T")

_READERS = 4


class Storage:
    """A database: one writer, and a few threads that read.

    Reads see everything whose write has returned.
    """

    def __init__(self, backend: Backend, patience: float) -> None:
        self._backend = backend
        self._engine = backend.make_engine()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="fen-reader")
        self.writer: Writer = (
            LocalWriter(backend, patience)
            if isinstance(backend, SqliteBackend)
            else RemoteWriter(backend, patience)
        )

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._backend.name

    def compile(self, clause: ClauseElement) -> Statement:
        """Compile a Core statement for the writer; once, at the start."""
        return Statement(clause, self._backend.dialect)

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """Return an insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return sqlite.insert(table) if self.kind == "sqlite" else postgresql.insert(table)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one of the reading threads, on a connection that cannot write.

        Raises BooksUnavailable when the database cannot be reached.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    async def check(self) -> None:
        """Commit and read, both for nothing; raises BooksUnavailable when the database cannot be reached."""
        await self.writer.run(_do_nothing)
        await self.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    async def close(self) -> None:
        """Finish every write that was queued, then let go of the database; may be called twice."""
        await self.writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        self._engine.dispose()

    def _read(self, fn: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return fn(connection)
        except DBAPIError as error:
            if error.orig is not None and self._backend.is_outage(error.orig):
                raise BooksUnavailable("found no database, expected one that answers: try again") from error
            raise


def open_storage(url: str, *, patience: float = 30.0) -> Storage:
    """Open a database, after bringing its schema up to date.

    url: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`. patience: seconds that writes wait for a
    database that is away. Blocks; raises ConfigError where there is no such database.
    """
    backend = make_backend(url)
    try:
        migrate(backend)
    except DBAPIError as error:
        raise ConfigError(
            f"the {backend.name} database: found {error.orig}, expected it to answer"
        ) from error
    return Storage(backend, patience)


def make_backend(url: str) -> Backend:
    """Choose the database by URL; raises ConfigError, which never shows the URL's password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "FEN_DATABASE_URL: found no URL, expected sqlite:///PATH or postgresql://..."
        ) from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme == "sqlite":
        return SqliteBackend(parsed)
    if scheme in ("postgresql", "postgres"):
        return PostgresBackend(parsed)
    raise ConfigError(f"FEN_DATABASE_URL: found {scheme}://, expected sqlite:/// or postgresql://")


def _do_nothing(cursor: Cursor) -> None:
    cursor.execute("SELECT 1")
    cursor.fetchall()
