"""Casting: a vote from a voter's hand to the log and the live boards.

judge      by the battle as it is kept: leaks, probes, how long the answers were shown
look       what the two sides look like, and which boards the battle belongs on
write      once for each battle and voter, held to the caps in the same transaction
count      on the live boards, before the voter is told
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec

from fen.arena.ballots import Outcome
from fen.arena.battle import Battle, list_texts
from fen.arena.categories import find_categories
from fen.arena.identity import LeakFilter
from fen.arena.judging import USUAL, Recent, VoteRules, hold_to_caps, judge_vote
from fen.arena.live import LiveBoards
from fen.arena.looks import compare_looks
from fen.arena.store import ArenaStore, KeptVote, find_vote, read_battle
from fen.arena.store.log import RecentVotes, Window
from fen.arena.vote import Vote
from fen.storage import Cursor, Storage
from fen.wire.errors import InvalidRequest, NotFound

_LONG = 8_000  # characters of a battle's answers


class Slip(msgspec.Struct, frozen=True):
    """What a voter hands in. address: of the voter, hashed."""

    battle: str
    voter: str
    outcome: Outcome
    address: str = ""


class Cast(msgspec.Struct, frozen=True):
    """What became of a slip.

    accepted: False where the voter has voted on the battle before; `kept` is then what stands. kept: the vote
    as it holds now; its `void` says why it does not count.
    """

    accepted: bool
    kept: KeptVote

    @property
    def vote(self) -> Vote:
        """The vote that holds."""
        return self.kept.vote

    @property
    def counts(self) -> bool:
        """Whether it is on the board."""
        return self.kept.vote.counts


class Judging(msgspec.Struct, frozen=True):
    """By what votes are judged now."""

    leaks: LeakFilter
    rules: VoteRules = USUAL


class Box:
    """Where votes are cast; made once for a database."""

    def __init__(self, storage: Storage, live: LiveBoards) -> None:
        self._storage = storage
        self._live = live
        self._store = ArenaStore(storage)
        self._recent = RecentVotes(storage)

    async def cast(self, slip: Slip, at: datetime, judging: Judging) -> Cast:
        """Judge, write and count a vote; the live boards have it when this returns.

        Raises NotFound for a battle that is not this voter's, InvalidRequest for one without two answers.
        """
        battle = await self._storage.read(lambda connection: read_battle(connection, slip.battle))
        if battle is None:
            raise NotFound("battle: found none under that id, expected one that this voter began")
        return await self.cast_on(battle, slip, at, judging)

    async def cast_on(self, battle: Battle, slip: Slip, at: datetime, judging: Judging) -> Cast:
        """Do as `cast` does, for a battle that has been read."""
        if (battle.id, battle.voter) != (slip.battle, slip.voter):
            raise NotFound("battle: found none of this voter under that id, expected one that it began")
        if battle.state == "failed" or not keep_answered(battle).turns:
            raise InvalidRequest("battle: found one without two answers, expected both", code="no_answers")
        vote = await _prepare(battle, slip.outcome, at, judging)
        pair = (battle.pair.left, battle.pair.right)
        new = await self._storage.writer.run(self._write, vote, pair, slip.address, judging.rules)
        stands = await self._storage.read(lambda connection: find_vote(connection, slip.battle, slip.voter))
        assert stands is not None  # the write has returned, and nothing is deleted
        await self._live.catch_up()
        # A write whose end a broken connection hid is run again, and finds itself there.
        mine = (stands.vote.at, stands.vote.outcome) == (vote.at, vote.outcome)
        return Cast(new or mine, stands)

    def _write(
        self, cursor: Cursor, vote: Vote, pair: tuple[str, str], address: str, rules: VoteRules
    ) -> bool:
        window = Window(vote.voter, address, vote.at - timedelta(seconds=rules.window))
        recent = Recent(*self._recent.count(cursor, window))
        return self._store.cast(cursor, hold_to_caps(vote, recent, rules), pair, address)


def prepare_vote(battle: Battle, outcome: Outcome, at: datetime, judging: Judging) -> Vote:
    """Return a vote with all that is kept of it, but not yet held to the caps."""
    vote = judge_vote(battle, outcome, at, judging.leaks, rules=judging.rules)
    answered = keep_answered(battle)
    return msgspec.structs.replace(vote, categories=find_categories(answered), style=compare_looks(answered))


async def _prepare(battle: Battle, outcome: Outcome, at: datetime, judging: Judging) -> Vote:
    """Prepare a vote, elsewhere where that would hold the loop; handing over costs more than a short one."""
    if sum(map(len, list_texts(battle))) < _LONG:
        return prepare_vote(battle, outcome, at, judging)
    return await asyncio.to_thread(prepare_vote, battle, outcome, at, judging)


def keep_answered(battle: Battle) -> Battle:
    """Return a battle without turns that had no two answers."""
    turns = tuple(turn for turn in battle.turns if turn.left.error is None and turn.right.error is None)
    return msgspec.structs.replace(battle, turns=turns)
