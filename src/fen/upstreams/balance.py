"""Several keys or addresses of one upstream, used as one."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound, Speech, TokenCounter, Upstream
from fen.wire.retry_after import read_retry_after

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Pauses(msgspec.Struct, frozen=True):
    """Seconds for which a member is set aside.

    unreached: there was no connection. refused: its key is not taken. busy: a 429 that says nothing itself;
    what it says is believed up to `most`. quota: a 429 because the account has spent what it may.
    """

    unreached: float = 5.0
    refused: float = 60.0
    busy: float = 1.0
    quota: float = 60.0
    most: float = 300.0


class Attachment(Protocol):
    """What ties one call to the member that has read its beginning, and reads it again for less."""

    def prefer(self, ids: Sequence[str]) -> str:
        """Return one of the members' names, which come in the order in which they would be asked."""
        ...

    def note(self, name: str) -> None:
        """Take note of who has answered."""
        ...

    def leave(self, name: str) -> None:
        """Let go of one that failed."""
        ...


Habit = Callable[[Outbound], Attachment | None]
"""Finds what ties a call to a member; None where nothing may."""

MOST_AHEAD = 4
"""Calls that a preferred member may have under way beyond the least busy one.

A beginning that all calls share, such as a system prompt, would otherwise send all of them to one member.
"""


class BalancedUpstream:
    """Sends each call to the member with the fewest calls under way; streams count until they are closed.

    A member that cannot be reached or refuses its key is set aside for a while, one that answers 429 for that
    model alone, and the call goes to another at once: nothing was produced. Where all are set aside, the one
    whose pause ends first is asked. members: by a name for the log that tells no secret; all speak the same
    format. habit: whom a call prefers to the least busy one, within MOST_AHEAD.
    """

    def __init__(
        self,
        members: Mapping[str, Upstream],
        pauses: Pauses | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        habit: Habit | None = None,
    ) -> None:
        self._members = [_Member(name, upstream) for name, upstream in members.items()]
        self._pauses = pauses or Pauses()
        self._clock = clock
        self._wall = wall
        self._habit = habit
        self._turn = 0

    @property
    def format(self) -> Speech:
        """Whose wire format it speaks."""
        return self._members[0].upstream.format

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call to a member, and on to the next one while members are set aside.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed: of those that set a member aside, the one
        with the shortest pause.
        """
        tie = self._habit(outbound) if self._habit is not None else None
        return await self._ask(lambda member: member.send(outbound, tie), outbound.model, tie)

    async def count(self, outbound: Outbound) -> int:
        """Count a request's tokens, where the members do; raises as `send` does."""
        return await self._ask(lambda member: member.count(outbound), outbound.model, None)

    async def close(self) -> None:
        """Close all members."""
        await asyncio.gather(*(member.upstream.close() for member in self._members))

    async def _ask(self, way: Callable[[_Member], Awaitable[T]], model: str, tie: Attachment | None) -> T:
        untried = set(self._members)
        failures: list[tuple[float, UpstreamFailed]] = []
        while (member := self._pick(untried, model, tie, desperate=not failures)) is not None:
            untried.discard(member)
            try:
                return await way(member)
            except UpstreamFailed as error:
                pause = self._measure_pause(error)
                if pause is None:
                    raise
                self._set_aside(member, model, pause, error)
                failures.append((pause, error))
        raise min(failures, key=lambda failure: failure[0])[1]

    def _pick(
        self, untried: set[_Member], model: str, tie: Attachment | None, *, desperate: bool
    ) -> _Member | None:
        now = self._clock()
        ready = [member for member in self._members if member in untried and member.aside(model) <= now]
        if not ready:
            return min(untried, key=lambda member: member.aside(model)) if desperate else None
        fewest = min(member.outstanding for member in ready)
        equals = [member for member in ready if member.outstanding == fewest]
        self._turn += 1
        least = equals[self._turn % len(equals)]
        if tie is None or len(ready) == 1:
            return least
        near = {member.name: member for member in ready if member.outstanding <= fewest + MOST_AHEAD}
        return near[tie.prefer([least.name, *(name for name in near if name != least.name)])]

    def _measure_pause(self, error: UpstreamFailed) -> float | None:
        """Return for how long the member that raised it is set aside; None where it is not."""
        pauses = self._pauses
        if not error.reached:
            return pauses.unreached
        if error.code == "upstream_refused_key":
            return pauses.refused
        if not isinstance(error, UpstreamRejected) or error.status != 429:
            return None
        said = read_retry_after(error.retry_after, self._wall())
        usual = pauses.quota if "insufficient_quota" in (error.code, error.type) else pauses.busy
        return min(pauses.most, usual if said is None else said)

    def _set_aside(self, member: _Member, model: str, pause: float, error: UpstreamFailed) -> None:
        now = self._clock()
        if isinstance(error, UpstreamRejected):
            member.busy_until[model] = now + pause
            return
        if member.aside_until <= now:
            _log.warning("%s is set aside for %g s: %s", member.name, pause, error.message)
        member.aside_until = now + pause


class _Member:
    def __init__(self, name: str, upstream: Upstream) -> None:
        self.name = name
        self.upstream = upstream
        self.outstanding = 0
        self.aside_until = -math.inf
        self.busy_until: dict[str, float] = {}

    def aside(self, model: str) -> float:
        return max(self.aside_until, self.busy_until.get(model, -math.inf))

    async def send(self, outbound: Outbound, tie: Attachment | None) -> Whole | Stream:
        self.outstanding += 1
        try:
            answer = await self.upstream.send(outbound)
        except BaseException as error:
            self.ended(error, tie)
            raise
        if tie is not None:
            tie.note(self.name)
        if isinstance(answer, Whole):
            self.outstanding -= 1
            return answer
        return Stream(_Counted(answer.events, self, tie))

    def ended(self, error: BaseException | None, tie: Attachment | None) -> None:
        self.outstanding -= 1
        if tie is not None and isinstance(error, UpstreamFailed) and error.status >= 500:
            tie.leave(self.name)

    async def count(self, outbound: Outbound) -> int:
        if not isinstance(self.upstream, TokenCounter):
            raise UpstreamFailed(f"found {self.name} without a way to count tokens, expected one")
        self.outstanding += 1
        try:
            return await self.upstream.count(outbound)
        finally:
            self.outstanding -= 1


class _Counted:
    """A stream's events, which count as one call of their member until they end or are closed."""

    def __init__(self, events: Events, member: _Member, tie: Attachment | None) -> None:
        self._events = events
        self._tie = tie
        self._member: _Member | None = member

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        try:
            return await anext(self._events)
        except BaseException as error:  # StopAsyncIteration too: however it ended, nothing more comes of it
            self._end(error)
            raise

    async def aclose(self) -> None:
        """Abort the call, whether or not an event was read."""
        self._end(None)
        await self._events.aclose()

    def _end(self, error: BaseException | None) -> None:
        if self._member is not None:
            self._member.ended(error, self._tie)
            self._member = self._tie = None
