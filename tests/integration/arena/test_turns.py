"""Turns in the database: one at a time, whoever asks, and none after a vote; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from fen.arena.battle import Answer, Battle, Draft, Hold, Pair, Turn
from fen.arena.store import ArenaStore, read_battle
from fen.arena.store.turns import KeptBattle, TurnStore, read_kept
from fen.arena.vote import Vote
from fen.storage import Storage

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BATTLE = Battle("b_1", Pair("acme/a", "moonlight", 0.25), "v_1", NOW)
TURN = Turn("Hello", Answer("one"), Answer("two"))
WITH_TURN = replace(BATTLE, turns=(TURN,))
MINE = Hold(1, NOW + timedelta(seconds=30))
THEIRS = Hold(2, NOW + timedelta(seconds=60))
LATER = NOW + timedelta(seconds=31)


class Held:
    """A battle in a database, and what is done with it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.store = ArenaStore(storage)
        self.turns = TurnStore(storage)

    async def begin(self) -> None:
        await self.storage.writer.run(self.store.keep, BATTLE)

    async def claim(self, hold: Hold, now: datetime, battle: Battle = BATTLE) -> bool:
        return await self.storage.writer.run(self.turns.claim, battle, hold, now)

    async def draft(self, hold: Hold, draft: Draft) -> bool:
        return await self.storage.writer.run(self.turns.draft, BATTLE.id, hold, draft)

    async def finish(self, hold: Hold, battle: Battle = WITH_TURN) -> bool:
        return await self.storage.writer.run(self.turns.finish, battle, hold)

    async def vote(self) -> None:
        vote = Vote(BATTLE.id, "v_1", "left", NOW)
        await self.storage.writer.run(self.store.cast, vote, ("acme/a", "moonlight"), "hash")

    async def read(self) -> KeptBattle:
        found = await self.storage.read(lambda connection: read_kept(connection, BATTLE.id))
        assert found is not None
        return found


@pytest.fixture
async def held(storage: Storage) -> Held:
    found = Held(storage)
    await found.begin()
    return found


async def test_a_turn_from_its_claim_to_its_end(held: Held) -> None:
    assert await held.read() == KeptBattle(BATTLE)
    assert await held.claim(MINE, NOW)
    assert await held.draft(MINE, Draft("o", "tw"))
    assert await held.read() == KeptBattle(BATTLE, Draft("o", "tw"), MINE.until)
    assert await held.finish(MINE)
    assert await held.read() == KeptBattle(WITH_TURN)
    assert await held.storage.read(lambda connection: read_battle(connection, BATTLE.id)) == WITH_TURN
    assert await held.storage.read(lambda connection: read_kept(connection, "b_2")) is None


async def test_one_turn_at_a_time_until_its_holder_is_taken_for_dead(held: Held) -> None:
    assert await held.claim(MINE, NOW)
    assert await held.claim(MINE, NOW)  # run again, as a write may be
    assert not await held.claim(THEIRS, NOW)
    assert await held.draft(MINE, Draft("o", "t"))
    assert await held.claim(THEIRS, LATER)
    assert not await held.draft(MINE, Draft("one", "two"))
    assert not await held.finish(MINE)
    assert await held.finish(THEIRS)
    assert await held.finish(THEIRS)


async def test_a_sign_of_life_keeps_a_turn(held: Held) -> None:
    assert await held.claim(MINE, NOW)
    assert await held.draft(Hold(1, LATER + timedelta(seconds=30)), Draft())
    assert not await held.claim(THEIRS, LATER)


async def test_nothing_begins_or_ends_after_a_vote(held: Held) -> None:
    assert await held.claim(MINE, NOW)
    await held.vote()
    assert not await held.finish(MINE)
    assert not await held.claim(THEIRS, LATER)
    assert (await held.read()).battle == BATTLE
