import asyncio
import contextlib
import resource
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fen.storage import Cursor, Storage, open_storage
from fen.wire.errors import BooksUnavailable
from tests.fakes.notes import make_notes, note, read_elsewhere, read_notes


@pytest.fixture
async def notes(sqlite_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(sqlite_url)
    await storage.writer.run(make_notes)
    yield storage
    await storage.close()


@pytest.fixture
def other(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another process, as SQLite sees it: its locks are between connections."""
    connection = sqlite3.connect(_path(sqlite_url), isolation_level=None, timeout=0)
    yield connection
    connection.close()


async def test_a_write_waits_for_another_process_and_the_loop_goes_on(
    notes: Storage, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    waiting = [notes.writer.run(note, number) for number in range(200)]
    for _ in range(100):
        await notes.read(lambda connection: None)  # the loop and the readers are not held up
    assert not any(future.done() for future in waiting)
    other.execute("INSERT INTO notes VALUES (1000, 'theirs')")
    other.execute("COMMIT")
    assert await asyncio.gather(*waiting) == list(range(200))
    assert await read_notes(notes) == [*range(200), 1000]


async def test_patience_ends_for_all_that_wait_and_the_next_write_succeeds(
    sqlite_url: str, notes: Storage, other: sqlite3.Connection
) -> None:
    impatient = open_storage(sqlite_url, patience=0.2)
    await impatient.writer.run(note, 0)
    other.execute("BEGIN IMMEDIATE")
    failures = await asyncio.gather(
        *(impatient.writer.run(note, number) for number in range(1, 300)), return_exceptions=True
    )
    assert {str(failure) for failure in failures} == {
        "found books that cannot be written (database is locked), expected a durable write: try again"
    }
    assert all(isinstance(failure, BooksUnavailable) for failure in failures)
    other.execute("ROLLBACK")
    await impatient.writer.run(note, 300)
    assert await read_notes(impatient) == [0, 300]
    await impatient.close()


async def test_a_first_write_waits_too(sqlite_url: str, other: sqlite3.Connection) -> None:
    storage = open_storage(sqlite_url)
    other.execute("BEGIN IMMEDIATE")
    first = storage.writer.run(make_notes)
    for _ in range(20):
        await storage.read(lambda connection: None)
    assert not first.done()
    other.execute("ROLLBACK")
    await first
    await storage.close()


async def test_two_storages_of_one_file_share_the_lock(sqlite_url: str, notes: Storage) -> None:
    second = open_storage(sqlite_url)
    both = [(notes, range(0, 600, 2)), (second, range(1, 600, 2))]
    await asyncio.gather(*(_write_one_by_one(storage, numbers) for storage, numbers in both))
    await second.close()
    assert await read_notes(notes) == list(range(600))


async def test_a_full_disk_is_everybodys_and_leaves_nothing_half_done(
    notes: Storage, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await notes.writer.run(note, 0)
    with _full_disk(sqlite_url):
        failures = await asyncio.gather(
            *(notes.writer.run(_note_at_length, number) for number in range(1, 50)), return_exceptions=True
        )
        still = await asyncio.gather(notes.writer.run(_note_at_length, 60), return_exceptions=True)
    assert {type(failure) for failure in [*failures, *still]} == {BooksUnavailable}
    assert await read_notes(notes) == [0]
    assert await notes.writer.run(_note_at_length, 70) == 70
    assert read_elsewhere(sqlite_url) == [0, 70]
    assert any("49 writes were given up" in record.message for record in caplog.records)


async def test_a_commit_that_is_interrupted_is_undone_and_told(
    notes: Storage, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await notes.writer.run(note, 0)
    session = notes.writer._session  # type: ignore[attr-defined]
    monkeypatch.setattr(session, "cursor", _Interrupted(session.cursor))
    told = await asyncio.gather(
        *(notes.writer.run(note, number) for number in (1, 2)), return_exceptions=True
    )
    assert {type(error) for error in told} == {BooksUnavailable}
    assert await notes.writer.run(note, 3) == 3
    assert read_elsewhere(sqlite_url) == [0, 3]


async def test_an_operation_that_sqlite_interrupts_is_nobodys_own_fault(notes: Storage) -> None:
    def interrupt(cursor: Cursor) -> None:
        error = sqlite3.OperationalError("interrupted")
        error.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT
        raise error

    told = await asyncio.gather(
        notes.writer.run(note, 1), notes.writer.run(interrupt), return_exceptions=True
    )
    assert {type(error) for error in told} == {BooksUnavailable}
    assert await read_notes(notes) == []
    await notes.writer.run(note, 2)
    assert await read_notes(notes) == [2]


async def test_the_loop_and_the_thread_never_use_the_connection_at_once(
    notes: Storage, monkeypatch: pytest.MonkeyPatch, other: sqlite3.Connection
) -> None:
    await notes.writer.run(note, 0)
    guard = _Guard(notes.writer._session.cursor)  # type: ignore[attr-defined]
    monkeypatch.setattr(notes.writer._session, "cursor", guard)  # type: ignore[attr-defined]

    async def hinder() -> None:
        for _ in range(20):
            with contextlib.suppress(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")
                await notes.read(lambda connection: None)
                other.execute("ROLLBACK")
            await notes.read(lambda connection: None)

    await asyncio.gather(hinder(), *(_write_one_by_one(notes, range(n, 1000, 20)) for n in range(1, 20)))
    assert guard.threads >= {threading.main_thread().name, "fen-writer"}
    assert guard.met == 0


class _Interrupted:
    """A cursor whose COMMIT is interrupted."""

    def __init__(self, inner: Cursor) -> None:
        self._inner = inner

    def execute(self, statement: str, *parameters: object) -> object:
        if statement == "COMMIT":
            error = sqlite3.OperationalError("interrupted")
            error.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT
            raise error
        return self._inner.execute(statement, *parameters)


class _Guard:
    """A cursor that notices whoever comes while somebody is inside."""

    def __init__(self, inner: Cursor) -> None:
        self._inner = inner
        self._inside = threading.Lock()
        self.met = 0
        self.threads: set[str] = set()

    def execute(self, *arguments: object) -> object:
        free = self._inside.acquire(blocking=False)
        self.met += not free
        self.threads.add(threading.current_thread().name)
        try:
            return self._inner.execute(*arguments)
        finally:
            if free:
                self._inside.release()


async def _write_one_by_one(storage: Storage, numbers: range) -> None:
    for number in numbers:
        await storage.writer.run(note, number)


def _note_at_length(cursor: Cursor, number: int) -> int:
    cursor.execute("INSERT INTO notes VALUES (?, ?) ON CONFLICT (id) DO NOTHING", (number, "x" * 20_000))
    return number


@contextlib.contextmanager
def _full_disk(url: str) -> Iterator[None]:
    """Let no file grow beyond the size that the database's log has now, as a full disk would."""
    size = Path(_path(url) + "-wal").stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")
