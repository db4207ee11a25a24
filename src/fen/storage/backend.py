"""What the two databases have in common."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Dialect, Engine

from fen.storage.statement import Cursor


class Conflict(Exception):
    """A write met a row that is already there: a unique index was violated."""


class Session(Protocol):
    """A writer's own connection: one cursor, used by one thread at a time."""

    @property
    def cursor(self) -> Cursor:
        """The cursor on which everything runs."""
        ...

    def close(self) -> None:
        """Let go of the connection; raises nothing."""
        ...


class Backend(Protocol):
    """A database: how to reach it, and what it says differently.

    begin: the SQL that opens a transaction for writing.
    """

    name: str
    begin: str

    @property
    def dialect(self) -> Dialect:
        """The driver's dialect, with positional parameters."""
        ...

    def open_session(self) -> Session:
        """Connect for writing; raises the driver's error."""
        ...

    def make_engine(self) -> Engine:
        """Return an engine whose connections can only read."""
        ...

    def make_migration_engine(self) -> Engine:
        """Return an engine whose transactions are serialised with those of every other process.

        Two processes that start at once migrate one after the other.
        """
        ...

    def is_outage(self, error: BaseException) -> bool:
        """Whether an error says that the database cannot be used for the moment, whatever it was asked."""
        ...

    def translate(self, error: Exception) -> Exception:
        """Return Conflict for a violated unique index, and any other error as it is."""
        ...
