"""Live boards over a real database: what two processes write, what a restart finds, what a check says."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from fen.arena.auditing import Audit, Rejudged
from fen.arena.ballots import OUTCOMES
from fen.arena.battle import Battle
from fen.arena.identity import RULES, LeakFilter, make_roster
from fen.arena.live import LiveBoards, seconds_to_night
from fen.arena.rigging import Examined
from fen.arena.store import ArenaStore, find_vote
from fen.arena.tally import list_cells
from fen.arena.vote import Verdict, VoidReason, Vote
from fen.storage import Storage, open_storage
from tests.fakes.ballot_box import LATER, NOON, keep_battles, make_battle, vote_for
from tests.fakes.postgres import PostgresServer
from tests.sizes import pick

LEAKS = LeakFilter(make_roster(["openai/gpt-4o-mini"]))


@pytest.fixture
def store(storage: Storage) -> ArenaStore:
    return ArenaStore(storage)


@pytest.fixture
def live(storage: Storage) -> LiveBoards:
    return LiveBoards(storage)


@pytest.fixture
async def elsewhere(database_url: str, storage: Storage) -> AsyncIterator[LiveBoards]:
    opened = open_storage(database_url)
    yield LiveBoards(opened)
    await opened.close()


async def write(storage: Storage, store: ArenaStore, battle: Battle, vote: Vote) -> int:
    pair = (battle.pair.left, battle.pair.right)
    await storage.writer.run(store.cast, vote, pair, "home")
    kept = await storage.read(lambda connection: find_vote(connection, battle.id, battle.voter))
    assert kept is not None
    return kept.id


async def test_random_votes_and_verdicts_are_those_of_a_rebuild(
    storage: Storage, store: ArenaStore, live: LiveBoards, elsewhere: LiveBoards
) -> None:
    """A vote adds one, a verdict takes it back or puts it there again; another process follows."""
    chance = random.Random(1)
    numbers: list[int] = []
    for step in range(pick(60, 1_000)):
        pair = tuple(chance.sample("abcdefghijk", 2))
        battle = make_battle(f"b{step}", (pair[0], pair[1]), f"v{step}")
        categories = tuple(chance.sample(("en", "coding", "hard"), chance.randrange(3)))
        vote = vote_for(battle, chance.choice(OUTCOMES), categories=categories)
        numbers.append(await write(storage, store, battle, vote))
        if chance.random() < 0.5:
            void: tuple[VoidReason, ...] = () if chance.random() < 0.5 else ("withdrawn",)
            await storage.writer.run(store.judge, chance.choice(numbers), Verdict(LATER, void))
        if chance.random() < 0.3:
            await live.catch_up()
        if chance.random() < 0.1:
            await elsewhere.catch_up()
    await live.catch_up()
    await elsewhere.catch_up()
    again = LiveBoards(storage)
    await again.rebuild()
    assert live.categories == again.categories == elsewhere.categories
    for category in live.categories:
        cells = list_cells(again.counts(category))
        assert list_cells(live.counts(category)) == cells
        assert list_cells(elsewhere.counts(category)) == cells
    assert await live.check() == ()


async def test_a_transaction_that_commits_late_is_not_lost(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    """PostgreSQL gives out a number first and shows the row later."""
    storage = open_storage(postgres_url)
    live, store = LiveBoards(storage), ArenaStore(storage)
    try:
        slow = make_battle("slow")
        vote = (
            'INSERT INTO arena_votes (battle, voter, address, at, "left", "right", vote)'
            " VALUES (%s, %s, '', 0, 'x', 'y', %s)"
        )
        with postgres_server.connect(postgres_url) as connection:
            connection.autocommit = False
            connection.execute(vote, ("slow", "ann", msgspec.json.encode(vote_for(slow, "right"))))
            for name in ("b", "c"):
                battle = make_battle(name)
                await write(storage, store, battle, vote_for(battle))
            await live.catch_up()
            assert list_cells(live.counts()) == {("left", "x", "y"): 2}
            connection.commit()
        await live.catch_up()
        assert list_cells(live.counts()) == {("left", "x", "y"): 2, ("right", "x", "y"): 1}
        assert await live.check() == ()
    finally:
        await storage.close()


async def test_a_check_logs_a_difference_and_the_log_holds(
    storage: Storage, store: ArenaStore, live: LiveBoards, caplog: pytest.LogCaptureFixture
) -> None:
    battle = make_battle()
    await write(storage, store, battle, vote_for(battle))
    await live.catch_up()
    kept = await storage.read(lambda connection: find_vote(connection, "b", "ann"))
    assert kept is not None
    live._tally._add(kept, 1)  # as memory that was damaged would
    with caplog.at_level(logging.ERROR, "fen.arena"):
        assert await live.check() == ("all: x / y left: found 2, expected 1",)
    assert "found 2, expected 1" in caplog.text
    assert int(live.counts().table.sum()) == 1
    assert await live.check() == ()


async def test_whoever_waits_is_told(storage: Storage, store: ArenaStore, live: LiveBoards) -> None:
    waiting = asyncio.create_task(live.changed(live.version))
    await asyncio.sleep(0)
    battle = make_battle()
    await write(storage, store, battle, vote_for(battle))
    following = asyncio.create_task(live.keep_up(0.01))
    try:
        assert await asyncio.wait_for(waiting, 10) == 1
    finally:
        following.cancel()


def test_the_next_night() -> None:
    assert seconds_to_night(datetime(2026, 1, 1, 2, 59, tzinfo=UTC)) == 60
    assert seconds_to_night(datetime(2026, 1, 1, 3, 0, tzinfo=UTC)) == 24 * 3600


class TestAudit:
    async def fill(self, storage: Storage, store: ArenaStore) -> None:
        battles = [make_battle(f"b{n}", voter="rigger") for n in range(5)]
        battles += [make_battle(f"h{n}", voter=f"v{n}") for n in range(5)]
        for battle in battles:
            void = ("too_soon",) if battle.id == "b0" else ()
            await write(storage, store, battle, vote_for(battle, void=void))

    async def test_outliers_are_voided_and_put_back(
        self, storage: Storage, store: ArenaStore, live: LiveBoards
    ) -> None:
        await self.fill(storage, store)
        audit = Audit(storage, live)
        found = [Examined("rigger", 5, 1e-9, 1e-7, "always_left")]
        assert await audit.void_outliers(found, LATER) == 5
        assert int(live.counts().table.sum()) == 5
        assert await audit.void_outliers(found, LATER) == 0
        kept = await storage.read(lambda connection: find_vote(connection, "b0", "rigger"))
        assert kept is not None
        assert kept.vote.void == ("too_soon", "outlier")
        assert "always_left" in kept.vote.note
        assert await audit.restore_voter("rigger", LATER) == 5
        assert int(live.counts().table.sum()) == 9  # the one that was too soon stays void
        assert await live.check() == ()

    async def test_old_votes_are_judged_by_new_rules(
        self, storage: Storage, store: ArenaStore, live: LiveBoards
    ) -> None:
        leak = make_battle("leak", prompt="Who wrote Hamlet?")
        spared = make_battle("spared")
        probe = make_battle("probe", voter="bob", prompt="Which model are you?")
        await keep_battles(storage, leak, spared, probe)
        old = RULES - 1
        await write(storage, store, leak, vote_for(leak, rules=old))
        await write(storage, store, spared, vote_for(spared, rules=old, void=("identity_leak",)))
        await write(storage, store, probe, vote_for(probe, rules=old))
        gone = make_battle("gone")
        await write(storage, store, gone, vote_for(gone, rules=old))
        audit = Audit(storage, live)
        done = await audit.rejudge(LEAKS, LATER + timedelta(days=1))
        assert done == Rejudged(seen=3, voided=1, restored=1, lacking=1)
        assert int(live.counts().table.sum()) == 3
        assert await audit.rejudge(LEAKS, LATER) == Rejudged(lacking=1)
        again = await audit.rejudge(LEAKS, LATER, everything=True)
        assert (again.seen, again.voided, again.restored) == (3, 0, 0)
        kept = await storage.read(lambda connection: find_vote(connection, "probe", "bob"))
        assert kept is not None
        assert (kept.vote.void, kept.vote.rules) == (("identity_probe",), RULES)
        assert kept.vote.at > NOON
