"""Battles that have been shown, and voters who vote on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fen.arena.ballots import Outcome
from fen.arena.battle import Answer, Battle, Pair, Turn
from fen.arena.casting import Slip
from fen.arena.store import ArenaStore
from fen.arena.vote import Vote
from fen.storage import Storage
from fen.wire.money import Money

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def make_battle(
    name: str = "b", pair: tuple[str, str] = ("x", "y"), voter: str = "ann", prompt: Any = "Why?"
) -> Battle:
    """A battle of one turn, both answers shown at noon."""
    left = Answer("Because of this.", 4, Money(Decimal("0.002"), "USD"))
    right = Answer("Because of that.", 4, Money(Decimal("0.001"), "USD"))
    return Battle(name, Pair(*pair, 0.5), voter, NOON, (Turn(prompt, left, right),), shown=NOON)


async def keep_battles(storage: Storage, *battles: Battle) -> None:
    store = ArenaStore(storage)
    for battle in battles:
        await storage.writer.run(store.keep, battle)


def slip_for(battle: Battle, outcome: Outcome = "left", address: str = "home") -> Slip:
    return Slip(battle.id, battle.voter, outcome, address)


def vote_for(battle: Battle, outcome: Outcome = "left", **members: Any) -> Vote:
    return Vote(battle.id, battle.voter, outcome, LATER, **members)
