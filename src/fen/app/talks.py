"""Talking with models: conversations that are open, and answers that go on while nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from fen.app.answering import Answering
from fen.conversations import (
    Conversation,
    Conversations,
    Summary,
    Turn,
    make_conversation,
    make_messages,
    make_title,
)
from fen.conversations.turn import Said
from fen.gateway import Caller
from fen.gateway.admission import find_tier
from fen.gateway.headroom import Headroom, look_ahead
from fen.hierarchy.store import KeptFinding
from fen.wire.errors import FenError, InvalidRequest, NotFound, TooLarge
from fen.wire.message import TextPart
from fen.wire.request import Request, parse_request

if TYPE_CHECKING:
    from fen.app.build import App

TAG = "chat"
"""Under which the books have the calls of these pages."""


class Talk:
    """One conversation that is open; several pages may look at it.

    keeps: whether it is to be kept; kept: whether it is in the database, where it changes as it does here.
    version: another one after each change. trouble: why the last change could not be kept.
    """

    def __init__(self, app: App, conversation: Conversation, kept: bool) -> None:
        self.conversation = conversation
        self.keeps = self.kept = kept
        self.version = 0
        self.trouble: str | None = None
        self.answering: Answering | None = None
        self._app = app
        self._task: asyncio.Task[None] | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was said so far, without the answer that is on its way."""
        return self.conversation.turns

    def look_ahead(self, caller: Caller, parts: Sequence[Said]) -> Headroom:
        """Return what the next request would meet, were these parts sent now.

        Raises InvalidRequest and TooLarge.
        """
        request = self._make_request((*self.turns, _say(parts)) if parts else self.turns, None)
        pipeline = self._app.pipeline
        return look_ahead(request, caller.key, find_tier(caller.key, pipeline.parts), pipeline.parts)

    async def say(self, caller: Caller, parts: Sequence[Said]) -> None:
        """Say something, and begin to be answered. Where it cannot be asked at all, nothing is said.

        Raises InvalidRequest where an answer is on its way or nothing is said, and TooLarge.
        """
        if not any(part.text.strip() if isinstance(part, TextPart) else True for part in parts):
            raise InvalidRequest("found nothing, expected a text, an image or a file")
        await self._ask(caller, len(self.turns), [_say(parts)])

    async def edit(self, caller: Caller, number: int, text: str) -> None:
        """Say something else in a turn's place; what followed is gone, and it is answered anew.

        Raises as `say` does.
        """
        turn = self.turns[number]
        await self._ask(caller, number, [replace(_say((TextPart(text), *turn.attached)))])

    async def retry(self, caller: Caller) -> None:
        """Have what was said last answered again; the answer that is there is gone. Raises as `say` does."""
        number = len(self.turns)
        while number and self.turns[number - 1].speaker == "assistant":
            number -= 1
        if not number:
            raise InvalidRequest("found nothing said, expected something to answer")
        await self._ask(caller, number - 1, [self.turns[number - 1]])

    async def change(self, *, model: str | None = None, system: str | None = None) -> None:
        """Ask another model from now on, or tell it something else first."""
        now = self.conversation
        changed = replace(
            now,
            model=now.model if model is None else model,
            system=now.system if system is None else system,
        )
        if changed != now:
            self.conversation = changed
            await self._put(len(self.turns), [])

    async def keep(self) -> None:
        """Keep it from now on, with all that was said; an empty one is kept once something is."""
        self.keeps = True
        if self.turns and not self.kept:
            await self._app.talks.conversations.create(self.conversation)
            self.kept = True
            self.version += 1

    def let_go(self) -> None:
        """Keep nothing more of it."""
        self.keeps = self.kept = False
        self.version += 1

    def stop(self) -> None:
        """End the answer that is on its way; what came of it stays, and is settled."""
        if self.answering is not None:
            self.answering.stop()

    async def wait(self) -> None:
        """Return when no answer is on its way."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _ask(self, caller: Caller, first: int, turns: Sequence[Turn]) -> None:
        if self.answering is not None:
            raise InvalidRequest("found an answer on its way, expected it to end or to be stopped first")
        said = (*self.turns[:first], *turns)
        ahead = self._make_request(said, None)
        parts = self._app.pipeline.parts
        longest = look_ahead(ahead, caller.key, find_tier(caller.key, parts), parts).longest
        request = ahead if longest is None else self._make_request(said, longest)
        answering = self.answering = Answering(self._app, request, caller)
        await self._put(first, turns)
        self._task = asyncio.create_task(self._answer(answering, len(said)))

    async def _answer(self, answering: Answering, number: int) -> None:
        try:
            turn = await answering.run(TAG)
            self.conversation = replace(self.conversation, turns=self.turns[:number])
            await self._put(number, [turn])
        finally:
            self.answering = None
            self.version += 1

    async def _put(self, first: int, turns: Sequence[Turn]) -> None:
        """Change what was said, here and, where it is kept, in the database, whose troubles stop nothing."""
        before = self.conversation
        title = before.title or make_title(next((turn.text for turn in turns), ""))
        self.conversation = replace(
            before, title=title, turns=(*before.turns[:first], *turns), changed=datetime.now(UTC)
        )
        self.version += 1
        try:
            if self.kept:
                await self._app.talks.conversations.replace(self.conversation, first, turns)
            elif self.keeps:
                await self.keep()
            self.trouble = None
        except NotFound:
            self.let_go()  # it was deleted elsewhere, and stays so
        except FenError as error:
            self.trouble = error.message

    def _make_request(self, turns: Sequence[Turn], longest: int | None) -> Request:
        conversation = self.conversation
        body: dict[str, object] = {
            "model": conversation.model,
            "messages": make_messages(conversation.system, turns) or [{"role": "user", "content": ""}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if longest is not None:
            body["max_tokens"] = longest
        encoded, most = msgspec.json.encode(body), self._app.settings.server.max_body_bytes
        if len(encoded) > most:
            raise TooLarge(f"found a conversation of {len(encoded)} bytes, expected at most {most}")
        return parse_request("openai.chat", encoded)


class Talks:
    """Conversations of this process, and those that are kept."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._open: dict[str, Talk] = {}

    @cached_property
    def conversations(self) -> Conversations:
        """Those of the database; made when a page first asks, not when a server starts."""
        return Conversations(self._app.storage)

    def begin(self, owner: str, model: str, system: str = "") -> Talk:
        """Begin a conversation, which nothing keeps yet."""
        return self._hold(Talk(self._app, make_conversation(owner, model, system), kept=False))

    async def open(self, conversation_id: str, owner: str) -> Talk:
        """Open a conversation that is kept, with the answer that may be on its way; raises NotFound."""
        talk = self._open.get(conversation_id)
        if talk is not None and talk.conversation.owner == owner and talk.kept:
            return talk
        return self._hold(Talk(self._app, await self.conversations.read(conversation_id, owner), kept=True))

    async def list(self, owner: str) -> list[Summary]:
        """Return an owner's conversations that are kept, the one that changed last first."""
        return await self.conversations.list(owner)

    async def rename(self, conversation_id: str, owner: str, title: str) -> None:
        """Give a conversation another title; raises NotFound."""
        title = await self.conversations.rename(conversation_id, owner, title)
        talk = self._open.get(conversation_id)
        if talk is not None:
            talk.conversation = replace(talk.conversation, title=title)
            talk.version += 1

    async def delete(self, conversation_id: str, owner: str) -> None:
        """Delete a conversation for good; an answer on its way is stopped. Raises NotFound."""
        await self.conversations.delete(conversation_id, owner)
        talk = self._open.pop(conversation_id, None)
        if talk is not None:
            talk.let_go()
            talk.stop()

    async def delete_all(self, owner: str) -> int:
        """Delete all of an owner's conversations for good; returns how many."""
        for talk in list(self._open.values()):
            if talk.conversation.owner == owner and talk.kept:
                talk.let_go()
        return await self.conversations.delete_all(owner)

    async def find_findings(self, turn: Turn) -> list[KeptFinding]:
        """Return what guards found in the request of an answer."""
        if turn.receipt is None:
            return []
        return await self._app.findings.find(turn.receipt.request_id, turn.at)

    def leave(self, talk: Talk) -> None:
        """Say that a page looks at a conversation no more: an answer goes on only where it is kept."""
        if not talk.kept:
            talk.stop()
        if talk.answering is None or not talk.kept:
            self._open.pop(talk.conversation.id, None)

    async def close(self) -> None:
        """Stop what is on its way, and wait until it is settled."""
        talks = list(self._open.values())
        for talk in talks:
            talk.stop()
        for talk in talks:
            await talk.wait()

    def _hold(self, talk: Talk) -> Talk:
        for name, other in list(self._open.items()):
            if other.answering is None and other.kept:
                del self._open[name]  # whoever opens it next reads it anew
        self._open[talk.conversation.id] = talk
        return talk


def _say(parts: Sequence[Said]) -> Turn:
    return Turn("user", tuple(parts), datetime.now(UTC))
