"""Battles: opened, gone on with, and ended, each turn by one who holds it in the database meanwhile."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from msgspec.structs import replace

from fen.arena.battle import INTERRUPTED, Answer, Battle, Draft, Hold, Turn
from fen.arena.lineup import pick_playing
from fen.arena.means import Means, make_holder
from fen.arena.prompt import Prompt
from fen.arena.round import LEASE, Round
from fen.arena.sampling import plan_draw
from fen.arena.store import find_vote
from fen.arena.store.turns import KeptBattle, read_kept
from fen.wire.errors import InvalidRequest, NotFound

MOST_TURNS = 50
"""Turns that a battle may have."""

_PENDING = Answer("", error=INTERRUPTED)  # what is left of a turn of which nothing more is known


class Battles:
    """Opens battles and goes on with them."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def begin(self, voter: str, prompt: Prompt) -> Round:
        """Draw two models and return the first turn; raises InvalidRequest where there are no two."""
        means = self._means
        setup = means.setup()
        playing = setup.lineup.play(await means.register.read())
        names = pick_playing(playing, images=prompt.has_image)
        draw = await asyncio.to_thread(plan_draw, means.counts(), names)  # of 300 models it takes 16 ms
        pair = draw.pick(means.draws)
        battle = Battle(f"b_{secrets.token_urlsafe(16)}", pair, voter, means.now())
        await means.storage.writer.run(means.store.keep, battle)
        return await self._hold(battle, prompt)

    async def go_on(self, battle_id: str, voter: str, prompt: Prompt) -> Round:
        """Return a further turn of a battle; raises NotFound and InvalidRequest."""
        kept = await self._find(battle_id, voter)
        battle = _take_draft(kept)
        if await self._means.storage.read(lambda connection: find_vote(connection, battle_id, voter)):
            raise InvalidRequest("the battle: found a vote on it, expected none", code="battle_ended")
        if battle.state != "open" or len(battle.turns) >= MOST_TURNS:
            raise InvalidRequest(
                f"the battle: found it ended after {len(battle.turns)} turns, expected one that goes on",
                code="battle_ended",
            )
        self._check_sight(battle, prompt)
        return await self._hold(battle, prompt)

    async def close(self, battle_id: str, voter: str) -> Battle:
        """Return a battle that may be voted on; what a broken turn has said is then part of it.

        Raises NotFound; and InvalidRequest while a turn is under way, and where there are no two answers.
        """
        kept = await self._find(battle_id, voter)
        battle = _take_draft(kept)
        if not battle.answered:
            raise InvalidRequest(
                "the battle: found no two answers, expected them before the vote", code="battle_unanswered"
            )
        if kept.draft is not None or kept.until is not None:
            hold = self._make_hold()
            if await self._run_claim(battle, hold):
                await self._means.storage.writer.run(self._means.turns.finish, battle, hold)
        return battle

    async def _find(self, battle_id: str, voter: str) -> KeptBattle:
        kept = await self._means.storage.read(lambda connection: read_kept(connection, battle_id))
        if kept is None or kept.battle.voter != voter:
            raise NotFound("found no such battle of this voter, expected the id of one")
        if kept.until is not None and kept.until > self._means.now():
            raise _tell_busy()
        return kept

    async def _hold(self, battle: Battle, prompt: Prompt) -> Round:
        """Return the turn, which is kept as broken until it is whole."""
        hold = self._make_hold()
        turn = Turn(prompt.content, _PENDING, _PENDING)
        begun = replace(battle, turns=(*battle.turns, turn))
        found = Round(self._means, begun, hold)  # before the claim: its models may be gone
        if not await self._run_claim(begun, hold):
            raise _tell_busy()
        return found

    async def _run_claim(self, battle: Battle, hold: Hold) -> bool:
        means = self._means
        return await means.storage.writer.run(means.turns.claim, battle, hold, means.now())

    def _make_hold(self) -> Hold:
        return Hold(make_holder(), self._means.now() + timedelta(seconds=LEASE))

    def _check_sight(self, battle: Battle, prompt: Prompt) -> None:
        """Raise InvalidRequest for an image where one of the two cannot see; both are told the same."""
        if not prompt.has_image:
            return
        lineup = self._means.setup().lineup
        sides = [lineup.find(name) for name in (battle.pair.left, battle.pair.right)]
        if not all(side is not None and side.vision for side in sides):
            raise InvalidRequest(
                "prompt: found an image, expected text: a battle with images begins with one",
                code="no_images",
                param="prompt",
            )


def _tell_busy() -> InvalidRequest:
    return InvalidRequest("the battle: found a turn under way, expected its end first", code="battle_busy")


def _take_draft(kept: KeptBattle) -> Battle:
    """Return a battle whose broken last turn has what it is known to have said."""
    battle, draft = kept.battle, kept.draft
    if draft is None or not battle.turns:
        return battle
    return replace(battle, turns=(*battle.turns[:-1], _fill(battle.turns[-1], draft)))


def _fill(turn: Turn, draft: Draft) -> Turn:
    """Return a broken turn with what its sides are known to have said."""
    return replace(
        turn, left=replace(turn.left, text=draft.left), right=replace(turn.right, text=draft.right)
    )
