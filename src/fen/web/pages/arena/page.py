# pyright: reportUnknownMemberType=false
"""One open page: a battle from its first prompt to the reveal, over the same arena that the API has."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from nicegui import ui

from fen.arena.ballots import Outcome
from fen.arena.battle import Battle
from fen.arena.prompt import Content
from fen.web.api.arena import read_address
from fen.web.pages.arena.composer import Composer
from fen.web.pages.arena.stage import Stage
from fen.web.pages.arena.votes import Votes
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

if TYPE_CHECKING:
    from fen.app.arena import Arena, Players
    from fen.arena.round import Round

_MOMENT = 0.3  # seconds between what the arena calls shown and what a browser has drawn


class ArenaPage:
    """What one person sees and does; nothing of a model reaches the browser before the vote."""

    def __init__(self, visit: Visit, arena: Arena, voter: str, players: Players) -> None:
        self._visit = visit
        self._arena = arena
        self._voter = voter
        self._battle: Battle | None = None
        self._playing: asyncio.Task[bool] | None = None
        self._client = ui.context.client
        say = visit.say
        self._intro = ui.label(
            say("Two models answer you without names. Vote, then see who they were and what it cost.")
        ).classes("fen-arena-intro fen-quiet")
        self._stage = Stage(say)
        with ui.element("div").classes("fen-dock"):
            self._status = ui.label("").props("role=status").classes("fen-status")
            self._votes = Votes(say, self.vote, self.begin_next)
            self._composer = Composer(say, self.ask, self.stop, sees=players.sighted >= 2)
        self._client.on_delete(self.stop)

    async def ask(self, content: Content) -> None:
        """Begin a battle with a prompt, or go on with the one that is open."""
        if self._playing is not None:
            return
        battle = self._battle
        try:
            await self._visit.admit()
            body = msgspec.json.encode({"prompt": content})
            if battle is None:
                turn = await self._arena.begin(self._voter, body)
            else:
                turn = await self._arena.go_on(self._voter, battle.id, body)
        except FenError as error:
            self._composer.fill(content)
            self._tell(error)
            return
        if not self._client.is_deleted:
            await self._show(turn, content)

    def stop(self) -> None:
        """Break off what both are saying."""
        if self._playing is not None:
            self._playing.cancel()

    async def vote(self, outcome: Outcome) -> None:
        """Cast the vote, and show who it was."""
        battle = self._battle
        if battle is None or not self._votes.open:
            return
        self._votes.close()
        visit = self._visit
        try:
            await visit.admit()
            address = read_address(visit.request, visit.app.pipeline.parts.trusted_proxies)
            body = msgspec.json.encode({"outcome": outcome})
            told = await self._arena.vote(self._voter, address, battle.id, body)
        except FenError as error:
            self._votes.open_in(0)
            self._tell(error)
            return
        self._battle = None
        self._status.set_text("")
        self._stage.reveal(told)
        self._votes.reveal(told)
        self._composer.open(visit.say("Begin another battle"))

    async def begin_next(self) -> None:
        """Clear the stage for another battle."""
        self._clear()
        self._composer.focus()

    def _clear(self) -> None:
        self._battle = None
        self._stage.clear()
        self._votes.clear()
        self._status.set_text("")
        self._composer.open(self._visit.say("Ask both models"))

    async def _show(self, turn: Round, content: Content) -> None:
        """Show a turn as it comes, and what may be done after it."""
        if self._battle is None:
            self._clear()
        self._intro.set_visibility(False)
        self._votes.close()
        self._composer.close()
        self._stage.ask(content)
        self._status.set_text(self._visit.say("Both models have been asked."))
        whole = await self._wait(turn)
        if not self._client.is_deleted:
            self._stage.finish(whole=whole is True)
            self._settle(turn.battle, content, whole)

    async def _wait(self, turn: Round) -> bool | None:
        """Return whether both answers were shown whole; None where the person broke them off."""
        playing = self._playing = asyncio.create_task(self._play(turn))
        await asyncio.wait({playing})
        self._playing = None
        try:
            return None if playing.cancelled() else playing.result()
        except FenError as error:
            self._tell(error)
            return False

    async def _play(self, turn: Round) -> bool:
        """Return whether both answers were shown whole."""
        async with aclosing(turn.play()) as events:
            async for event in events:
                if event.kind == "start":
                    self._status.set_text(self._visit.say("Both answers are coming."))
                elif event.kind == "text":
                    self._stage.add(event.left, event.right)
                elif event.kind == "done":
                    return True
        return False

    def _settle(self, battle: Battle, content: Content, whole: bool | None) -> None:
        """Offer what may be done after a turn, as `_wait` has told of it."""
        say = self._visit.say
        goes_on = battle.state == "open"
        self._battle = battle if goes_on else None
        if whole:
            self._status.set_text(say("Both answers are complete. Which is better?"))
            self._votes.open_in(self._arena.table.shown_seconds + _MOMENT)
        elif whole is None:
            self._status.set_text(say("You broke it off. Ask again, or begin another battle."))
        elif goes_on:
            self._status.set_text(say("No two answers came: this turn does not count. Ask again, or vote."))
        else:
            self._status.set_text(say("No two answers came: this battle does not count. Ask again."))
        if not whole:
            self._composer.fill(content)
            if battle.answered:
                self._votes.open_in(0)
            else:
                self._votes.clear()
        images = not goes_on or not isinstance(battle.turns[0].content, str)
        self._composer.open(say("Go on with both") if goes_on else say("Ask both models"), images=images)

    def _tell(self, error: FenError) -> None:
        if not self._client.is_deleted:
            ui.notify(error.message, type="negative", multi_line=True)
