import asyncio
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import fen.accounts
import fen.arena.store.variants
import fen.batch
import fen.catalogue.store
import fen.conversations
import fen.evals.store
import fen.hierarchy.store
import fen.ledger
import fen.routing.store
from fen.storage import METADATA, Storage, open_storage
from fen.storage.connect import make_backend
from fen.storage.migrate import list_revisions, migrate
from fen.wire.errors import BooksUnavailable, ConfigError
from tests.fakes.postgres import PostgresServer

ROOMS = (
    fen.accounts,
    fen.arena.store.variants,
    fen.batch,
    fen.catalogue.store,
    fen.conversations,
    fen.evals.store,
    fen.hierarchy.store,
    fen.ledger,
    fen.routing.store,
)
"""They declare their tables when they are imported."""

OPEN = "import sys; from fen.storage.connect import make_backend; from fen.storage.migrate import migrate; "
OPEN += "sys.stdin.read(1); migrate(make_backend(sys.argv[1]))"


def test_an_empty_database_gets_the_tables_that_the_rooms_declare(database_url: str) -> None:
    backend = make_backend(database_url)
    migrate(backend)
    engine = backend.make_engine()
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_fens}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    engine.dispose()
    assert differences == []


def test_a_migration_that_is_done_is_not_done_again(database_url: str) -> None:
    for _ in range(2):
        migrate(make_backend(database_url))
    assert _read(database_url, "SELECT version_num FROM alembic_version") == [(list_revisions()[-1],)]


def test_processes_that_start_at_once_migrate_one_after_the_other(database_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN, database_url]
    starts = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in starts:  # each has imported what it needs and waits for this
        assert process.stdin
        process.stdin.write(b".")
        process.stdin.flush()
    ends = [process.communicate(timeout=60) for process in starts]
    assert [process.returncode for process in starts] == [0, 0, 0], ends
    assert _read(database_url, "SELECT version_num FROM alembic_version") == [(list_revisions()[-1],)]


def test_a_migration_that_breaks_leaves_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("fen.storage.migrate._upgrade", break_off)
        with pytest.raises(RuntimeError, match="the power went"):
            migrate(make_backend(database_url))
    assert _tables(database_url) == set()
    migrate(make_backend(database_url))
    assert "ledger_entries" in _tables(database_url)


def test_a_newer_schema_is_refused_and_left_alone(database_url: str) -> None:
    _write(database_url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    _write(database_url, "INSERT INTO alembic_version VALUES ('9999')")
    with pytest.raises(ConfigError, match=r"found schema '9999', expected at most '\d{4}': a newer Fen"):
        open_storage(database_url)
    assert _tables(database_url) == {"alembic_version"}


async def test_readers_cannot_write(storage: Storage) -> None:
    def write(connection: sa.Connection) -> None:
        connection.execute(sa.text("DELETE FROM keys"))

    with pytest.raises(BooksUnavailable) as caught:
        await storage.read(write)
    assert re.search(r"readonly|read-only", str(caught.value.__cause__))


async def test_a_commit_is_on_the_disk_before_it_returns(storage: Storage) -> None:
    def look(cursor) -> tuple[object, ...]:
        if storage.kind == "sqlite":
            names = ("PRAGMA synchronous", "PRAGMA journal_mode")
        else:
            names = ("SHOW synchronous_commit", "SHOW fsync")
        return tuple(cursor.execute(name).fetchone()[0] for name in names)

    expected = (2, "wal") if storage.kind == "sqlite" else ("on", "on")  # SQLite's 2 is FULL
    assert await storage.writer.run(look) == expected


async def test_the_urls_own_options_do_not_weaken_the_commit(postgres_url: str) -> None:
    storage = open_storage(f"{postgres_url}?options=-c%20synchronous_commit%3Doff%20-c%20work_mem%3D5MB")
    look = ("SHOW synchronous_commit", "SHOW work_mem")

    def read(cursor) -> list[str]:
        return [cursor.execute(statement).fetchone()[0] for statement in look]

    assert await storage.writer.run(read) == ["on", "5MB"]
    await storage.close()


def test_a_wrong_password_is_refused_and_never_shown(postgres_server: PostgresServer) -> None:
    url = postgres_server.url().replace(postgres_server.password, "hunter2")
    with pytest.raises(ConfigError, match="password authentication failed") as caught:
        open_storage(url)
    assert "hunter2" not in str(caught.value)


def _is_fens(item: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and name == "alembic_version")


def _read(url: str, query: str) -> list[tuple[object, ...]]:
    backend = make_backend(url)
    engine = backend.make_engine()
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return rows


def _tables(url: str) -> set[str]:
    engine = make_backend(url).make_engine()
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


def _write(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        session = make_backend(url).open_session()
        session.cursor.execute(statement)
        session.close()
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


def test_many_that_open_a_new_file_at_once_all_find_it(tmp_path: Path) -> None:
    """SQLite turns a new file to its write-ahead log only while nobody else has it open."""
    for turn in range(3):
        url = f"sqlite:///{tmp_path / str(turn)}.db"
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(open_storage, [url] * 8))
        for storage in opened:
            asyncio.run(storage.close())
