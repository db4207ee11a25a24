"""Many calls at once on a budget that affords few: never more than it, and never less without need."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from fen.accounts import make_caps
from fen.accounts.tier import Tier
from fen.ledger import Book, Room, claim_replica
from fen.storage import Storage, open_storage
from tests.fakes.books import NOON, usd
from tests.fakes.spending import Tally, ask_many, make_call, make_key, make_parts

ROOT = Path(__file__).parents[3]
COUNT = 200
LIMIT = "0.02USD/total"  # twenty calls' holds
PATIENT = 60.0


@pytest.fixture
async def book(storage: Storage, fen_home: Path):
    opened = Book(storage, claim_replica(fen_home))
    await opened.recover()
    yield opened
    await opened.close()


async def look(book: Book, limit: str = LIMIT) -> Room:
    [room] = await book.rooms(make_caps(make_key(limit).budgets, NOON))
    return room


@pytest.mark.parametrize(("part", "served"), [(1, 19), (10, 190)])
async def test_200_calls_at_once_on_a_budget_that_affords_20(book: Book, part: int, served: int) -> None:
    tier, key = Tier("api", hold_wait=PATIENT), make_key(LIMIT)
    calls = [make_call(number, key, tier) for number in range(COUNT)]
    tally = await ask_many(make_parts(book), calls, part)
    check(tally, part, served, await look(book))
    assert await book.check() == []


@pytest.mark.parametrize(("part", "served"), [(1, 19), (10, 190)])
async def test_200_calls_at_once_over_two_replicas(
    postgres_url: str, tmp_path: Path, part: int, served: int
) -> None:
    storage = open_storage(postgres_url)
    book = Book(storage)
    with ExitStack() as stack:
        homes = [tmp_path / "one", tmp_path / "two"]
        replicas = [stack.enter_context(replica(postgres_url, home, COUNT // 2, part)) for home in homes]
        tallies = finish(replicas)
    total = Tally(
        full=sum(tally.full for tally in tallies),
        cut=sum(tally.cut for tally in tallies),
        refused={code: sum(tally.refused.get(code, 0) for tally in tallies) for code in ("budget_exceeded",)},
    )
    assert {code for tally in tallies for code in tally.refused} <= {"budget_exceeded"}
    check(total, part, served, await look(book))
    assert await book.check() == []
    await storage.close()


def check(tally: Tally, part: int, served: int, room: Room) -> None:
    assert set(tally.refused) <= {"budget_exceeded"}, tally
    assert tally.full + tally.cut + sum(tally.refused.values()) == COUNT
    assert tally.full >= served, tally
    assert room.held == usd(0)
    assert room.spent <= room.cap.limit
    if tally.refused.get("budget_exceeded"):  # what is left affords no call
        assert room.unspent < usd("0.000116"), room


@contextmanager
def replica(url: str, home: Path, count: int, part: int) -> Iterator[subprocess.Popen[str]]:
    home.mkdir()
    words = [str(word) for word in (url, home, LIMIT, count, part, PATIENT)]
    command = [sys.executable, "-m", "tests.fakes.spending", *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def finish(replicas: Sequence[subprocess.Popen[str]]) -> list[Tally]:
    """Let all begin at once, and return what they tell."""
    for each in replicas:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    tallies = []
    for each in replicas:
        assert each.stdout is not None
        tallies.append(msgspec.json.decode(each.stdout.readline(), type=Tally))
    return tallies
