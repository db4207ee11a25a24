"""A round: one turn of a battle while it runs, from both questions to the moment when all was shown."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from fen.arena.battle import INTERRUPTED, SIDES, Answer, Battle, Contender, Draft, Hold
from fen.arena.listening import Listener, Watch
from fen.arena.means import Means, Setup
from fen.arena.relay import relay
from fen.wire.errors import InvalidRequest

LEASE = 30.0
"""Seconds for which a turn may be silent before another may take it for dead."""

_RENEWED = 5.0  # seconds after which a turn that goes on says so again


class Event(msgspec.Struct, frozen=True):
    """What a voter sees of a round, of both sides at once.

    `done`: both answers were shown whole. `failed`: there are no two answers; nothing says whose fault it is.
    """

    kind: Literal["start", "text", "beat", "done", "failed"]
    left: str = ""
    right: str = ""


End = Literal["whole", "failed", "broken"]
"""How a turn ended: with two answers, by an upstream, or because nobody waited for it."""


class Round:
    """Runs a turn that its holder has claimed; `play` may be run once.

    Raises InvalidRequest for a battle of a model that the settings no longer have.
    """

    def __init__(self, means: Means, battle: Battle, hold: Hold) -> None:
        self.battle = battle
        self._means = means
        self._hold = hold
        setup = means.setup()
        self._max_tokens = setup.max_tokens
        self._watch = Watch(setup.leaks)
        self._left = Listener(_find(setup, battle.pair.left), self._watch)
        self._right = Listener(_find(setup, battle.pair.right), self._watch)
        self._kept: float = 0
        self._written = 0.0

    async def play(self) -> AsyncGenerator[Event, None]:
        """Ask both sides and yield what is shown.

        What is shown is kept before; once the last piece is out, the moment is. Closing it early keeps what
        was said as a turn that broke off.
        """
        left, right = self._left.track, self._right.track
        tasks = self._ask()
        end: End = "broken"
        try:
            async with aclosing(relay(left, right, self._secure, self._means.rhythm)) as frames:
                async for frame in frames:
                    if frame.kind == "beat":
                        await self._write()
                    yield Event(frame.kind, frame.left, frame.right)
            end = "failed" if left.failed or right.failed else "whole"
        finally:
            await self._finish(await self._gather(tasks), end)
        yield Event("done" if end == "whole" else "failed")

    def _ask(self) -> list[asyncio.Task[Answer]]:
        ask, most = self._means.ask, self._max_tokens
        asked = {"role": "user", "content": self.battle.turns[-1].content}
        left, right = ([*self.battle.messages(side), asked] for side in SIDES)
        return [
            asyncio.create_task(self._left.listen(ask, left, most)),
            asyncio.create_task(self._right.listen(ask, right, most)),
        ]

    async def _secure(self, count: int) -> None:
        """Keep what both have said, where the first characters of it that are to be shown are not yet."""
        clock, patience = asyncio.get_running_loop().time, 5 * self._means.rhythm.period
        if count > self._kept:
            await asyncio.sleep(self._written + patience - clock())
        elif clock() - self._written < _RENEWED:
            return
        await self._write()

    async def _write(self) -> None:
        """Keep what both have said so far; raises InvalidRequest where the turn was taken over."""
        means, left, right = self._means, self._left.track, self._right.track
        kept = min(math.inf if track.whole else track.ready for track in (left, right))
        hold = Hold(self._hold.holder, means.now() + timedelta(seconds=LEASE))
        draft = Draft(left.text, right.text)
        if not await means.storage.writer.run(means.turns.draft, self.battle.id, hold, draft):
            raise InvalidRequest("the battle: found another in its place, expected one turn at a time")
        self._kept, self._written = kept, asyncio.get_running_loop().time()

    async def _gather(self, tasks: Sequence[asyncio.Task[Answer]]) -> tuple[Answer, Answer]:
        """Return both answers; sides that still speak are cut off."""
        for task in tasks:
            task.cancel()
        said = await asyncio.gather(*tasks, return_exceptions=True)
        answers: list[Answer] = []
        for answer, listener in zip(said, (self._left, self._right), strict=True):
            if isinstance(answer, Exception):
                raise answer
            answers.append(answer if isinstance(answer, Answer) else listener.stop())
        return answers[0], answers[1]

    async def _finish(self, answers: tuple[Answer, Answer], end: End) -> None:
        left, right = answers if end != "broken" else map(_break, answers)
        turns = (*self.battle.turns[:-1], replace(self.battle.turns[-1], left=left, right=right))
        battle = replace(self.battle, turns=turns, spoilt=self.battle.spoilt or self._watch.spoilt)
        if end == "whole":
            battle = replace(battle, shown=self._means.now())
        elif end == "failed" and not battle.answered:
            battle = replace(battle, state="failed")
        self.battle = battle
        await self._means.storage.writer.run(self._means.turns.finish, battle, self._hold)


def _find(setup: Setup, name: str) -> Contender:
    found = setup.lineup.find(name)
    if found is None:
        raise InvalidRequest("the battle: found a model that is gone, expected both", code="battle_ended")
    return found


def _break(answer: Answer) -> Answer:
    """Return an answer that was not shown whole."""
    return replace(answer, error=answer.error or INTERRUPTED)
