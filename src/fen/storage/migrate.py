"""Bring a database's schema up to date, one process at a time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from fen.storage.backend import Backend
from fen.wire.errors import ConfigError

_FOLDER = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))


def migrate(backend: Backend) -> None:
    """Apply the migrations that a database lacks, all of them or none.

    The lock is taken before the version is read, so of several processes that start at once one migrates
    and the others find it done. Raises ConfigError for a database that a newer Fen has written.
    """
    engine = backend.make_migration_engine()
    try:
        with engine.begin() as connection:
            found = _find_version(connection)
            known = list_revisions()
            if found is not None and found not in known:
                raise ConfigError(
                    f"the database: found schema {found!r}, expected at most {known[-1]!r}:"
                    " a newer Fen wrote it"
                )
            if found != known[-1]:
                _upgrade(connection)
    finally:
        engine.dispose()


def list_revisions() -> list[str]:
    """Return the revisions, oldest first: the numbers that their files' names begin with."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _find_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    # Alembic takes a tenth of a second to import, and nearly every start finds nothing to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
