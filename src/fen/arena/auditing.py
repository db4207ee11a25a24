"""Auditing: what a look at voters, or new rules, makes of votes that were cast; all of it can be taken back.

A verdict is added to the log and no vote is changed, so that everybody can see what was done and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from fen.arena.identity import RULES, LeakFilter
from fen.arena.judging import judge_again
from fen.arena.live import LiveBoards
from fen.arena.rigging import Examined
from fen.arena.store import ArenaStore, KeptVote, list_of_voter
from fen.arena.store.log import read_beside
from fen.arena.vote import Verdict, Vote
from fen.storage import Cursor, Storage

_MOST = 1_000_000  # votes of one voter
_PAGE = 1_000


class Rejudged(msgspec.Struct, frozen=True):
    """seen: votes that were looked at. voided, restored: of these. lacking: votes without a battle."""

    seen: int = 0
    voided: int = 0
    restored: int = 0
    lacking: int = 0


class Audit:
    """Writes verdicts, and has the live boards follow."""

    def __init__(self, storage: Storage, live: LiveBoards) -> None:
        self._storage = storage
        self._live = live
        self._store = ArenaStore(storage)

    async def void_outliers(self, found: Sequence[Examined], at: datetime, by: str = "audit") -> int:
        """Void all votes of voters that stood out, those too that are void already; return how many."""
        verdicts: list[tuple[int, Verdict]] = []
        for one in found:
            told = one.pattern if one.model is None else f"{one.pattern} {one.model}"
            note = f"{told}, p = {one.adjusted:.2g} among all voters tested"
            for kept in await self._list(one.voter):
                if "outlier" not in kept.vote.void:
                    held = msgspec.structs.replace(kept.vote, void=(*kept.vote.void, "outlier"), note=note)
                    verdicts.append((kept.id, make_verdict(held, at, by)))
        return await self._write(verdicts)

    async def restore_voter(self, voter: str, at: datetime, by: str = "audit", note: str = "") -> int:
        """Take back that a voter's votes were voided as an outlier's; return how many. Other reasons stay."""
        verdicts: list[tuple[int, Verdict]] = []
        for kept in await self._list(voter):
            if "outlier" in kept.vote.void:
                void = tuple(reason for reason in kept.vote.void if reason != "outlier")
                held = msgspec.structs.replace(kept.vote, void=void, note=note or "taken back")
                verdicts.append((kept.id, make_verdict(held, at, by)))
        return await self._write(verdicts)

    async def rejudge(self, leaks: LeakFilter, at: datetime, *, everything: bool = False) -> Rejudged:
        """Judge votes of older rules by today's.

        everything: those of today's rules too, as after a change of the roster. A vote is given a verdict
        where something of it changes, the version of the rules too.
        """
        after, done = 0, Rejudged()
        while page := await self._storage.read(partial(read_beside, after=after, limit=_PAGE)):
            after = page[-1][0].id
            verdicts: list[tuple[int, Verdict]] = []
            for kept, battle in page:
                if kept.vote.rules == RULES and not everything:
                    continue
                if battle is None:
                    done = msgspec.structs.replace(done, lacking=done.lacking + 1)
                    continue
                anew = judge_again(kept.vote, battle, leaks)
                done = _count(done, kept.vote, anew)
                if anew != kept.vote:
                    verdicts.append((kept.id, make_verdict(anew, at, "rules")))
            await self._write(verdicts)
        return done

    async def _list(self, voter: str) -> list[KeptVote]:
        return await self._storage.read(lambda connection: list_of_voter(connection, voter, _MOST))

    async def _write(self, verdicts: Sequence[tuple[int, Verdict]]) -> int:
        for start in range(0, len(verdicts), _PAGE):
            await self._storage.writer.run(self._judge, verdicts[start : start + _PAGE])
        await self._live.catch_up()
        return len(verdicts)

    def _judge(self, cursor: Cursor, verdicts: Sequence[tuple[int, Verdict]]) -> None:
        for vote_id, verdict in verdicts:
            self._store.judge(cursor, vote_id, verdict)


def make_verdict(held: Vote, at: datetime, by: str) -> Verdict:
    """Return the verdict after which a vote is as given."""
    return Verdict(at, held.void, held.flags, held.rules, by, held.note)


def _count(done: Rejudged, before: Vote, after: Vote) -> Rejudged:
    return msgspec.structs.replace(
        done,
        seen=done.seen + 1,
        voided=done.voided + (before.counts and not after.counts),
        restored=done.restored + (after.counts and not before.counts),
    )
