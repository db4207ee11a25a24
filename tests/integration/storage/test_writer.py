import asyncio
import logging
import threading

import pytest

from fen.storage import Conflict, Cursor, Storage, open_storage
from fen.wire.errors import BooksUnavailable
from tests.fakes.notes import (
    make_notes,
    misspell,
    note,
    note_and_fail,
    note_twice,
    read_elsewhere,
    read_notes,
)


@pytest.fixture
async def notes(storage: Storage) -> Storage:
    await storage.writer.run(make_notes)
    return storage


async def test_a_result_is_told_only_after_its_commit(notes: Storage, database_url: str) -> None:
    for number in range(20):
        assert await notes.writer.run(note, number) == number
        assert number in read_elsewhere(database_url)


async def test_operations_run_in_the_order_in_which_they_came_posted_ones_too(notes: Storage) -> None:
    ran: list[int] = []

    def remember(cursor: Cursor, number: int) -> None:
        ran.append(number)

    waiting = []
    for number in range(0, 1000, 2):
        notes.writer.post(remember, number)
        waiting.append(notes.writer.run(remember, number + 1))
    await asyncio.gather(*waiting)
    assert ran == list(range(1000))


async def test_more_operations_than_fit_a_batch_are_all_written(notes: Storage) -> None:
    results = await asyncio.gather(*(notes.writer.run(note, number) for number in range(1500)))
    assert results == list(range(1500))
    assert await read_notes(notes) == results


async def test_one_commit_serves_everybody_who_waits(notes: Storage) -> None:
    begun: list[int] = []

    def count(cursor: Cursor) -> None:
        if notes.kind == "sqlite":
            version = cursor.execute("SELECT total_changes()").fetchone()[0]  # type: ignore[attr-defined]
        else:
            version = cursor.execute("SELECT pg_current_xact_id()::text").fetchone()[0]  # type: ignore[attr-defined]
        begun.append(int(version))

    await asyncio.gather(*(notes.writer.run(count) for _ in range(100)))
    assert len(begun) == 100
    assert len(set(begun)) <= 3  # PostgreSQL's thread may have taken the first before the others came


async def test_who_fails_is_undone_alone_and_told_its_own_error(notes: Storage) -> None:
    before = [notes.writer.run(note, number) for number in range(10)]
    bad = [notes.writer.run(note_and_fail, 100), notes.writer.run(misspell)]
    twice = notes.writer.run(note_twice, 200)
    after = [notes.writer.run(note, number) for number in range(10, 20)]
    assert await asyncio.gather(*before, *after) == list(range(20))
    with pytest.raises(LookupError, match="note 100 is none"):
        await bad[0]
    with pytest.raises(Exception, match="nots"):
        await bad[1]
    with pytest.raises(Conflict):
        await twice
    assert await read_notes(notes) == list(range(20))


async def test_a_posted_write_that_fails_is_logged(notes: Storage, caplog: pytest.LogCaptureFixture) -> None:
    notes.writer.post(note_and_fail, 1)
    await notes.writer.run(note, 2)
    assert await read_notes(notes) == [2]
    assert [record.levelno for record in caplog.records if record.name == "fen.storage"] == [logging.WARNING]


async def test_a_caller_that_leaves_takes_its_write_not_along(notes: Storage) -> None:
    waiting = [notes.writer.run(note, number) for number in range(3)]
    waiting[1].cancel()
    task = asyncio.create_task(_await(notes.writer.run(note, 3)))
    await asyncio.sleep(0)
    task.cancel()
    await notes.writer.run(note, 4)
    assert await read_notes(notes) == [0, 1, 2, 3, 4]
    assert waiting[1].cancelled()


async def test_close_finishes_what_is_queued_and_may_be_called_twice(
    notes: Storage, database_url: str
) -> None:
    waiting = [notes.writer.run(note, number) for number in range(700)]
    notes.writer.post(note, 700)
    await asyncio.gather(notes.close(), notes.close())
    assert await asyncio.gather(*waiting) == list(range(700))
    assert read_elsewhere(database_url) == list(range(701))
    await notes.close()


async def test_a_closed_storage_takes_nothing(notes: Storage) -> None:
    await notes.close()
    for queue in (notes.writer.run, notes.writer.post):
        with pytest.raises(RuntimeError, match="found a closed storage"):
            queue(note, 1)


async def test_a_second_loop_is_refused_and_disturbs_nobody(notes: Storage) -> None:
    async def intrude() -> None:
        await notes.writer.run(note, 1)

    def start() -> None:
        asyncio.run(intrude())

    with pytest.raises(RuntimeError, match="found a second event loop"):
        await asyncio.to_thread(start)
    await notes.writer.run(note, 2)
    assert await read_notes(notes) == [2]


def test_a_storage_can_be_closed_after_its_loop_ended(database_url: str) -> None:
    storage = open_storage(database_url)

    async def leave() -> None:
        storage.writer.run(make_notes)

    asyncio.run(leave())
    asyncio.run(storage.close())
    assert not [thread for thread in threading.enumerate() if thread.name == "fen-writer"]


async def test_a_storage_that_was_never_used_closes(database_url: str) -> None:
    storage = open_storage(database_url)
    await storage.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "fen-writer"]


async def test_reads_see_every_write_that_has_returned(notes: Storage) -> None:
    for number in range(30):
        await notes.writer.run(note, number)
        assert len(await read_notes(notes)) == number + 1


async def test_check_says_whether_the_database_can_be_used(storage: Storage) -> None:
    await storage.check()


async def test_errors_are_not_shared_between_callers(notes: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each will carry the id of its own request."""
    monkeypatch.setattr(type(notes._backend), "is_outage", lambda self, error: True)
    if notes.kind == "postgresql":
        monkeypatch.setattr(notes.writer, "_patience", 0)
    failures = await asyncio.gather(*(notes.writer.run(misspell) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(failure, BooksUnavailable) for failure in failures)
    assert len({id(failure) for failure in failures}) == 5


async def _await(future: asyncio.Future[int]) -> int:
    return await future
