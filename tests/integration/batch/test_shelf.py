"""Files in the database: whole or not at all, and gone when they are."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from fen.batch import EVERYBODY, Page, Shelf, StoredFile, Viewer
from fen.storage import Storage
from fen.wire.errors import InvalidRequest, NotFound, TooLarge
from tests.integration.batch.bench import MORNING, Clock, pieces

CHUNK = 100


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(storage: Storage, clock: Clock) -> Shelf:
    return Shelf(storage, max_bytes=5000, clock=clock, chunk=CHUNK)


async def put(shelf: Shelf, content: bytes, key_id: str | None = None, **more: Any) -> StoredFile:
    return await shelf.put(pieces(content, 33), "a.jsonl", key_id, **more)


async def read(shelf: Shelf, file: StoredFile) -> bytes:
    return b"".join([piece async for piece in shelf.read(file.id)])


async def count_chunks(storage: Storage) -> int:
    statement = "SELECT count(*) FROM file_chunks"
    return await storage.read(lambda connection: connection.exec_driver_sql(statement).scalar_one())


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5000])
async def test_a_content_comes_back_whole(shelf: Shelf, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    file = await put(shelf, content)
    assert file.bytes == size
    assert await shelf.find(file.id, EVERYBODY) == file
    assert await read(shelf, file) == content


async def test_what_is_too_large_or_badly_named_leaves_nothing(shelf: Shelf, storage: Storage) -> None:
    with pytest.raises(TooLarge, match="above 5000 bytes"):
        await put(shelf, b"x" * 5001)
    with pytest.raises(InvalidRequest, match="expected 1 to 255 printable"):
        await shelf.put(pieces(b"x"), "a\x00b", None)
    assert await shelf.list(EVERYBODY, Page(10)) == []
    assert await count_chunks(storage) == 0


async def test_an_upload_that_breaks_off_leaves_nothing(shelf: Shelf, storage: Storage) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 300
        assert await count_chunks(storage) > 0
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await shelf.put(broken(), "a", None)
    assert await count_chunks(storage) == 0


async def test_half_a_file_is_seen_by_nobody_and_swept_in_time(
    shelf: Shelf, storage: Storage, clock: Clock
) -> None:
    writing = await shelf.begin("half", "batch_output", None, None)
    await writing.write(b"x" * 250)
    with pytest.raises(NotFound):
        await shelf.find(writing.file.id, EVERYBODY)
    assert await shelf.list(EVERYBODY, Page(10)) == []
    clock.turn(days=1)
    assert await shelf.sweep() == 0  # a batch's output may take as long
    clock.turn(days=2)
    assert await shelf.sweep() == 1
    assert await count_chunks(storage) == 0


async def test_a_deleted_file_takes_its_content_along(shelf: Shelf, storage: Storage) -> None:
    kept, gone = await put(shelf, b"k" * 500), await put(shelf, b"g" * 4000)
    await shelf.delete(gone.id, EVERYBODY)
    with pytest.raises(NotFound):
        await shelf.find(gone.id, EVERYBODY)
    assert await read(shelf, gone) == b""
    assert await read(shelf, kept) == b"k" * 500
    assert await count_chunks(storage) == 5


async def test_content_that_a_crash_left_without_a_file_is_swept(shelf: Shelf, storage: Storage) -> None:
    file = await put(shelf, b"x" * 4000)
    await storage.writer.run(shelf._store.remove, file.id)
    assert await count_chunks(storage) == 40
    assert await shelf.sweep() == 1
    assert await count_chunks(storage) == 0


async def test_a_file_lasts_as_long_as_it_was_asked_to(shelf: Shelf, storage: Storage, clock: Clock) -> None:
    hour, usual = await put(shelf, b"x", seconds=3600), await put(shelf, b"x")
    assert (hour.created_at, hour.expires_at) == (MORNING, MORNING + timedelta(hours=1))
    assert usual.expires_at == MORNING + timedelta(days=30)
    clock.turn(minutes=59)
    await shelf.find(hour.id, EVERYBODY)
    clock.turn(minutes=1)
    with pytest.raises(NotFound):
        await shelf.find(hour.id, EVERYBODY)
    clock.turn(minutes=1)
    assert await shelf.sweep() == 1
    assert [file.id for file in await shelf.list(EVERYBODY, Page(10))] == [usual.id]


async def test_pages_and_purposes(shelf: Shelf) -> None:
    files = [(await put(shelf, b"x", "key_1")).id for _ in range(5)]
    await put(shelf, b"x", "key_2")
    viewer = Viewer("key_1")

    async def ids(page: Page, purpose: str | None = None) -> list[str]:
        return [file.id for file in await shelf.list(viewer, page, purpose)]

    assert await ids(Page(2)) == files[:2:-1]
    assert await ids(Page(2, after=files[3])) == files[2:0:-1]
    assert await ids(Page(3, after=files[1], newest_first=False)) == files[2:]
    assert await ids(Page(9), "batch_output") == []
    assert len(await shelf.list(EVERYBODY, Page(9))) == 6
    assert await shelf.list(Viewer(None), Page(9)) == []
