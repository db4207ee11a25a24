"""PostgreSQL: for several machines that share the truth about money."""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from fen.storage.backend import Conflict
from fen.storage.statement import Cursor
from fen.wire.errors import ConfigError

CONNECT_SECONDS = 5
_LIVENESS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""A server that vanished without a word is noticed within 25 s; the system's own default is two hours."""

_OUTAGES = frozenset({"08", "28", "40", "53", "57", "58", "25006", "3D000", "55P03"})
"""Classes of SQLSTATE, and single ones, that say something of the server and nothing of the statement.

Connections, logins, rollbacks to be tried again, resources, operators, the system; a standby that only
reads, a database that is not there, a lock that was not to be had.
"""

_MIGRATION_LOCK = 0x66656E_0001
"""The advisory lock under which Fen migrates; the number is its own ("fen", 1)."""


class PostgresSession:
    """The writer's connection; transactions are opened and closed by name."""

    def __init__(self, conninfo: dict[str, Any]) -> None:
        self._connection = psycopg.connect(**conninfo, autocommit=True)
        # By default the width of a number chooses its type, and with it the prepared statement.
        self._connection.adapters.register_dumper(int, Int8Dumper)
        self.cursor: Cursor = self._connection.cursor()

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        with contextlib.suppress(psycopg.Error):
            self._connection.close()


class PostgresBackend:
    """A database server, by URL."""

    name = "postgresql"
    begin = "BEGIN"

    def __init__(self, url: URL) -> None:
        self._given = _read_url(url)
        self.dialect = PGDialect_psycopg(paramstyle="format")

    def open_session(self) -> PostgresSession:
        """Connect for writing; a commit is on the server's disk before it returns."""
        return PostgresSession(self._arguments("-c synchronous_commit=on"))

    def make_engine(self) -> Engine:
        """Return an engine for reading; a connection that broke in the pool is replaced."""
        return self._make_engine("-c default_transaction_read_only=on")

    def make_migration_engine(self) -> Engine:
        """Return an engine whose transactions hold one advisory lock from their start to their end."""
        engine = self._make_engine("-c synchronous_commit=on")

        def lock(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

        event.listen(engine, "begin", lock)
        return engine

    def is_outage(self, error: BaseException) -> bool:
        """Whether the server cannot be reached, shuts down, is full or a standby, or asks to try again."""
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            return error.sqlstate[:2] in _OUTAGES or error.sqlstate in _OUTAGES
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))

    def translate(self, error: Exception) -> Exception:
        """Return Conflict for a violated unique index, and any other error as it is."""
        return Conflict(str(error)) if isinstance(error, psycopg.errors.UniqueViolation) else error

    def _make_engine(self, options: str) -> Engine:
        arguments = self._arguments(options)
        return create_engine("postgresql+psycopg://", pool_pre_ping=True, connect_args=arguments)

    def _arguments(self, options: str) -> dict[str, Any]:
        """Return what libpq is given: the URL's own, and our options after its own."""
        given = self._given
        merged = f"{given.get('options', '')} {options}".strip()
        return {"connect_timeout": CONNECT_SECONDS, **_LIVENESS, **given, "options": merged}


def _read_url(url: URL) -> dict[str, Any]:
    """Return the URL's parts under libpq's names; raises ConfigError for one that libpq does not know."""
    named = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    given: dict[str, Any] = {name: part for name, part in named.items() if part is not None}
    for name, values in url.normalized_query.items():
        given[name] = values[-1]
    try:
        make_conninfo(**given)
    except psycopg.ProgrammingError:
        names = ", ".join(sorted(url.query))
        raise ConfigError(
            f"FEN_DATABASE_URL: found the parameters {names}, expected such as PostgreSQL's libpq knows"
        ) from None
    return given
