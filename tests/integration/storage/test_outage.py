import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from fen.storage import Cursor, Storage, open_storage
from fen.wire.errors import BooksUnavailable
from tests.fakes.notes import make_notes, note, read_elsewhere, read_notes
from tests.fakes.postgres import PostgresServer


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which runs again when the test is over."""
    yield postgres_server
    postgres_server.ensure_running()


@pytest.fixture
async def notes(server: PostgresServer, postgres_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(postgres_url, patience=60)
    await storage.writer.run(make_notes)
    yield storage
    server.ensure_running()
    await storage.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_writes_outlast_a_restart_of_the_server(
    notes: Storage, server: PostgresServer, postgres_url: str, mode: str
) -> None:
    await notes.writer.run(note, 0)
    await asyncio.to_thread(server.stop, mode)
    waiting = [notes.writer.run(note, number) for number in range(1, 100)]
    with pytest.raises(BooksUnavailable, match="found no database"):
        await read_notes(notes)
    assert not any(future.done() for future in waiting)
    await asyncio.to_thread(server.start)
    assert await asyncio.gather(*waiting) == list(range(1, 100))
    assert read_elsewhere(postgres_url) == list(range(100))
    assert await read_notes(notes) == list(range(100))


async def test_a_long_outage_is_told_to_all_that_wait_and_ends_with_it(
    notes: Storage, server: PostgresServer, postgres_url: str
) -> None:
    impatient = open_storage(postgres_url, patience=0.3)
    await impatient.writer.run(note, 0)
    await asyncio.to_thread(server.stop)
    failures = await asyncio.gather(
        *(impatient.writer.run(note, number) for number in range(1, 700)), return_exceptions=True
    )
    assert {type(failure) for failure in failures} == {BooksUnavailable}
    with pytest.raises(BooksUnavailable):
        await impatient.check()
    await asyncio.to_thread(server.start)
    await impatient.check()
    assert await impatient.writer.run(note, 700) == 700
    assert read_elsewhere(postgres_url) == [0, 700]
    await impatient.close()


async def test_a_connection_that_is_cut_inside_a_transaction_loses_nothing(
    notes: Storage, server: PostgresServer, postgres_url: str
) -> None:
    cut: list[int] = []

    def cut_the_connection(cursor: Cursor) -> None:
        if not cut:
            cut.append(cursor.execute("SELECT pg_backend_pid()").fetchone()[0])  # type: ignore[attr-defined]
            with server.connect(postgres_url) as other:
                other.execute("SELECT pg_terminate_backend(%s)", cut)

    waiting = [notes.writer.run(note, 1), notes.writer.run(cut_the_connection), notes.writer.run(note, 2)]
    await asyncio.gather(*waiting)
    assert len(cut) == 1
    assert read_elsewhere(postgres_url) == [1, 2]


async def test_closing_during_an_outage_does_not_wait_for_its_end(
    server: PostgresServer, postgres_url: str
) -> None:
    storage = open_storage(postgres_url, patience=600)
    await asyncio.to_thread(server.stop)
    waiting = storage.writer.run(note, 1)
    await storage.close()
    with pytest.raises(BooksUnavailable):
        await waiting


async def test_a_standby_is_an_outage(notes: Storage, server: PostgresServer, postgres_url: str) -> None:
    """After a fail-over the old address may lead to a server that only reads."""
    name = postgres_url.rpartition("/")[2]
    with server.connect() as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        waiting = notes.writer.run(note, 1)
        await asyncio.sleep(0)
        assert not waiting.done()
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    assert await waiting == 1
