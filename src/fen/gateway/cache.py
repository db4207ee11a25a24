"""Answers kept for a request that comes again, word for word; off unless a key has it on.

What is kept is the answer as it was before it was framed for the client: a whole one as its bytes, a stream
as its events, which are replayed as a stream. fen.gateway.recall puts the cache into the pipeline.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import InvalidRequest
from fen.wire.ports import Speech

HEADER = "x-fen-cache"
"""What a request says to the cache (a Wish), and what an answer says of it (`hit` or `miss`)."""

Wish = Literal["use", "refresh", "off"]

_WISHES: tuple[Wish, ...] = ("use", "refresh", "off")

_EVENT_BYTES = 256  # what an event takes beside its data


class Rule(msgspec.Struct, frozen=True):
    """Whose answers are kept, and what the cache may take.

    keys: ids or names of the keys that have it on. keyless: whether callers without a key have. most_bytes:
    of all answers; most_answer_bytes: of one. seconds: how long an answer is kept.
    """

    keys: frozenset[str] = frozenset()
    keyless: bool = False
    most_bytes: int = 64 * 1024 * 1024
    most_answer_bytes: int = 1024 * 1024
    seconds: float = 3600.0


class Asked(msgspec.Struct, frozen=True):
    """What a call wants of the cache: where its answer stands, in whose format, and whether to look."""

    address: bytes
    speech: Speech
    look: bool


def read_wish(header: str | None) -> Wish | None:
    """Return what a request's header says.

    Raises InvalidRequest for a word that is not known.
    """
    if header is None:
        return None
    word = header.strip().lower()
    for wish in _WISHES:
        if word == wish:
            return wish
    raise InvalidRequest(
        f"{HEADER}: found {header[:32]!r}, expected {', '.join(_WISHES[:-1])} or {_WISHES[-1]}", param=HEADER
    )


class _Kept(msgspec.Struct, frozen=True):
    answer: Whole | tuple[Event, ...]
    size: int
    until: float


class AnswerCache:
    """The answers of one process: the least recently used goes first, and none outlives its age."""

    def __init__(self, rule: Rule | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.rule = rule or Rule()
        self._clock = clock
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def lookup(self, asked: Asked | None) -> Whole | Stream | None:
        """Return a kept answer, in the format that `asked` says."""
        if asked is None or not asked.look:
            return None
        kept = self._kept.get(asked.address)
        if kept is None:
            return None
        if kept.until <= self._clock():
            self._drop(asked.address)
            return None
        self._kept.move_to_end(asked.address)
        return kept.answer if isinstance(kept.answer, Whole) else Stream(Replayed(kept.answer))

    def store(
        self, asked: Asked | None, answer: Whole | Stream, is_faithful: Callable[[], bool]
    ) -> Whole | Stream:
        """Keep a good answer; returns the one to go on with, since a stream is kept as it passes.

        Kept is what is complete, and whose usage the upstream reported without a flaw. is_faithful: asked at
        the answer's end, whether it is what the request asked for, from the model that it asked: not cut to
        what a budget affords, not another model's.
        """
        if asked is None:
            return answer
        if isinstance(answer, Stream):
            return Stream(Recorded(answer.events, self, asked.address, is_faithful))
        if answer.usage is not None and not answer.flags and is_faithful():
            self.keep(asked.address, answer, len(answer.body))
        return answer

    def keep(self, address: bytes, answer: Whole | tuple[Event, ...], size: int) -> None:
        """Keep an answer of so many bytes, unless it is too large; the oldest make room."""
        self._drop(address)
        if size > min(self.rule.most_answer_bytes, self.rule.most_bytes):
            return
        self._kept[address] = _Kept(answer, size, self._clock() + self.rule.seconds)
        self._size += size
        while self._size > self.rule.most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, address: bytes) -> None:
        kept = self._kept.pop(address, None)
        if kept is not None:
            self._size -= kept.size


class Replayed:
    """The events of a kept stream."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = deque(events)

    def __aiter__(self) -> Replayed:
        return self

    async def __anext__(self) -> Event:
        """Return the next event."""
        if not self._events:
            raise StopAsyncIteration
        return self._events.popleft()

    async def aclose(self) -> None:
        """Forget what is left."""
        self._events.clear()


class Recorded:
    """Events that are kept once all of them have passed.

    Not a generator: closing one that was never begun would do nothing, and the upstream would go on.
    """

    def __init__(
        self, source: Events, cache: AnswerCache, address: bytes, is_faithful: Callable[[], bool]
    ) -> None:
        self._source = source
        self._cache = cache
        self._address = address
        self._is_faithful = is_faithful
        self._events: list[Event] | None = []
        self._size = 0
        self._finished = self._reported = False

    def __aiter__(self) -> Recorded:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises, and keeps nothing then."""
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            self._keep()
            raise
        self._note(event)
        return event

    async def aclose(self) -> None:
        """Abort the call; an answer that was not read to its end is not kept."""
        self._events = None
        await self._source.aclose()

    def _note(self, event: Event) -> None:
        if self._events is None:
            return
        self._events.append(event)
        self._size += len(event.data) + _EVENT_BYTES
        self._finished = self._finished or event.finish is not None
        self._reported = self._reported or event.usage is not None
        if event.flags or self._size > self._cache.rule.most_answer_bytes:
            self._events = None

    def _keep(self) -> None:
        events, self._events = self._events, None
        if events and self._finished and self._reported and self._is_faithful():
            self._cache.keep(self._address, tuple(events), self._size)
