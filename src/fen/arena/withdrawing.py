"""Withdrawing: votes that an administrator takes off the board, and puts back on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from fen.arena.store import ArenaStore, KeptVote, list_of_battles, list_of_voter
from fen.arena.vote import Verdict, VoidReason
from fen.storage import Cursor, Storage
from fen.wire.errors import NotFound

_REASON: VoidReason = "withdrawn"
_MOST = 1_000_000  # votes of one voter


class Withdrawal(msgspec.Struct, frozen=True):
    """Who withdraws, when, and why. restore: whether it is taken back instead."""

    at: datetime
    by: str
    note: str
    restore: bool = False

    def judge(self, kept: KeptVote) -> Verdict | None:
        """Return the verdict on a vote; None where it is so already. Other reasons stay."""
        void, vote = kept.vote.void, kept.vote
        if (_REASON in void) is not self.restore:
            return None
        others = tuple(reason for reason in void if reason != _REASON)
        held = replace(vote, void=others if self.restore else (*others, _REASON), note=self.note)
        return Verdict(self.at, held.void, held.flags, held.rules, self.by, held.note)


class Changed(msgspec.Struct, frozen=True):
    """How many votes were changed, and how many were so already."""

    changed: int
    kept: int


async def withdraw_votes(
    storage: Storage, battles: Sequence[str], voter: str | None, withdrawal: Withdrawal
) -> Changed:
    """Add a verdict to the votes on battles, or of a voter; raises NotFound where there are none."""
    found: dict[int, KeptVote] = {}
    if voter is not None:
        cast = await storage.read(lambda connection: list_of_voter(connection, voter, _MOST))
        found |= {kept.id: kept for kept in cast}
    cast = await storage.read(lambda connection: list_of_battles(connection, battles))
    found |= {kept.id: kept for kept in cast}
    lacking = set(battles) - {kept.vote.battle for kept in found.values()}
    if lacking or not found:
        raise NotFound(f"found no vote on {', '.join(sorted(lacking)) or voter}, expected one that was cast")
    verdicts = [(kept.id, verdict) for kept in found.values() if (verdict := withdrawal.judge(kept))]
    store = ArenaStore(storage)

    def write(cursor: Cursor) -> None:
        for vote_id, verdict in verdicts:
            store.judge(cursor, vote_id, verdict)

    if verdicts:
        await storage.writer.run(write)
    return Changed(len(verdicts), len(found) - len(verdicts))
