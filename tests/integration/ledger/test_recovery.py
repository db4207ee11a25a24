import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fen.ledger import Book, claim_replica
from fen.ledger.recovery import Lookout
from fen.ledger.replica import list_claims, seize_replica
from fen.storage import Storage, open_storage
from fen.wire.errors import BooksUnavailable
from tests.fakes.books import make_hold, make_settlement, usd
from tests.fakes.holder import CAP
from tests.fakes.postgres import PostgresServer

ROOT = Path(__file__).parents[3]
COUNT = 3


@contextlib.contextmanager
def holding(url: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another Fen with open holds, and its replica's id."""
    command = [sys.executable, "-m", "tests.fakes.holder", url, str(home), str(COUNT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


async def test_what_a_killed_process_held_is_settled_at_the_next_start(
    storage: Storage, database_url: str, fen_home: Path
) -> None:
    with holding(database_url, fen_home) as (process, dead):
        book = Book(storage, claim_replica(fen_home))
        assert await book.recover() == 0  # it lives
        [room] = await book.rooms([CAP])
        assert (room.held, room.spent) == (usd("0.00135"), usd(0))
        process.kill()
        process.wait()
        assert await book.recover() == COUNT + 1
        assert await book.recover() == 0
    for number in range(COUNT):
        (entry,) = await book.find(f"req_{dead}_{number}")
        assert entry.settlement is not None
        assert (entry.settlement.certainty, entry.settlement.reason) == ("estimated", "crash")
        assert entry.settlement.usage.output == entry.checkpoint == number * 10
        assert entry.settlement.cost == usd("0.00012") + usd("0.000006") * number
    assert [row.estimated for row in await book.usage()] == [COUNT + 1]
    [room] = await book.rooms([CAP])
    assert (room.held, room.spent) == (usd(0), usd("0.00012") * COUNT + usd("0.000018"))
    assert await book.check() == []
    assert not (fen_home / "replicas" / dead).exists()
    await book.close()


async def test_a_settlement_that_comes_too_late_does_not_count(
    book: Book, storage: Storage, fen_home: Path
) -> None:
    lost = claim_replica(fen_home)
    await book.hold(make_hold(replica=lost.id))
    lost.abandon()
    assert await book.recover() == 1
    assert not await Book(storage, lost).settle(make_settlement())
    (entry,) = await book.find("req_1")
    assert entry.settlement is not None
    assert entry.settlement.reason == "crash"


async def test_of_two_that_start_at_once_one_recovers(
    storage: Storage, database_url: str, fen_home: Path
) -> None:
    dead = claim_replica(fen_home)
    other = open_storage(database_url)
    books = [Book(each, claim_replica(fen_home)) for each in (storage, other)]
    for number in range(30):
        await books[0].hold(make_hold(f"req_{number}", replica=dead.id))
    dead.abandon()
    assert sorted(await asyncio.gather(*(book.recover() for book in books))) == [0, 30]
    for book in books:
        await book.close()
    await other.close()


async def test_a_replica_elsewhere_is_gone_after_a_silent_lease(
    storage: Storage, fen_home: Path, tmp_path: Path
) -> None:
    """Its lock is on another machine; only its beat is in the database."""
    now = [0.0]
    mine = Book(storage, claim_replica(fen_home), lease=30)
    mine._lookout = Lookout(30, lambda: now[0])
    theirs = Book(storage, claim_replica(tmp_path), lease=30)
    await theirs.recover()
    assert theirs._replica is not None
    await mine.hold(make_hold(replica=theirs._replica.id))
    settled = []
    for second in range(0, 60, 5):
        now[0] = second
        if second <= 20:
            await theirs.recover()  # it beats
        settled.append(await mine.recover())
    assert settled == [0] * 10 + [1, 0]  # 30 s after the beat that was first seen at 20 s
    await mine.close()


async def test_a_holder_that_never_beat_is_gone_after_a_lease_too(storage: Storage, fen_home: Path) -> None:
    now = [0.0]
    book = Book(storage, claim_replica(fen_home))
    book._lookout = Lookout(30, lambda: now[0])
    await book.hold(make_hold(replica="rep_of_a_restored_backup"))
    settled = []
    for second in range(0, 40, 10):
        now[0] = second
        settled.append(await book.recover())
    assert settled == [0, 0, 0, 1]
    await book.close()


async def test_an_ordinary_end_settles_what_is_open_and_gives_the_claim_up(
    storage: Storage, fen_home: Path
) -> None:
    replica = claim_replica(fen_home)
    book = Book(storage, replica)
    await book.recover()
    await book.hold(make_hold(replica=replica.id))
    await book.close()
    await book.close()
    (entry,) = await book.find("req_1")
    assert entry.settlement is not None
    assert list_claims(replica.folder) == []


async def test_keeping_alive_beats_and_recovers_until_it_is_cancelled(
    storage: Storage, fen_home: Path
) -> None:
    book = Book(storage, claim_replica(fen_home), lease=0.06)
    await book.recover()
    alive = asyncio.create_task(book.keep_alive())
    dead = claim_replica(fen_home)
    await book.hold(make_hold(replica=dead.id))
    dead.abandon()
    async with asyncio.timeout(30):
        while (await book.find("req_1"))[0].settlement is None:  # noqa: ASYNC110  the database has no event
            await asyncio.sleep(0)
    alive.cancel()
    await book.close()


async def test_keeping_alive_outlasts_whatever_goes_wrong(
    storage: Storage, fen_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    book = Book(storage, claim_replica(fen_home), lease=0.06)
    troubles: list[Exception] = [BooksUnavailable("away"), OSError("no such folder"), RuntimeError("a fault")]
    done = asyncio.Event()

    async def fail() -> int:
        if troubles:
            raise troubles.pop(0)
        done.set()
        return 0

    monkeypatch.setattr(book, "recover", fail)
    alive = asyncio.create_task(book.keep_alive())
    async with asyncio.timeout(30):
        await done.wait()
    alive.cancel()
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "ERROR"]
    await book.close()


async def test_a_book_that_only_reads_recovers_nothing(storage: Storage) -> None:
    with pytest.raises(RuntimeError, match="found a book that only reads"):
        await Book(storage).recover()
    await Book(storage).close()


async def test_an_outage_leaves_orphans_to_the_next_recovery(
    postgres_server: PostgresServer, postgres_url: str, fen_home: Path
) -> None:
    storage = open_storage(postgres_url, patience=0.2)
    replica = claim_replica(fen_home)
    book = Book(storage, replica)
    await book.hold(make_hold(replica=replica.id))
    dead = claim_replica(fen_home)
    await book.hold(make_hold("req_2", replica=dead.id))
    dead.abandon()
    await asyncio.to_thread(postgres_server.stop)
    try:
        with pytest.raises(BooksUnavailable):
            await book.recover()
        orphan = seize_replica(replica.folder, dead.id)
        assert orphan is not None  # nobody kept its lock
        orphan.abandon()
        await book.close()  # raises nothing, and leaves its own claim as a crash would
        assert sorted(list_claims(replica.folder)) == sorted([dead.id, replica.id])
    finally:
        await asyncio.to_thread(postgres_server.start)
    heir = Book(storage, claim_replica(fen_home))
    assert await heir.recover() == 2
    await heir.close()
    await storage.close()
