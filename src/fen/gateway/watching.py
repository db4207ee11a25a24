"""The stage that holds back leaks: streams and whole answers, each channel of each choice on its own.

It sees an answer after its segments were put together and after the cache gave it out, so what it withholds
is withheld there too. A stream that was cut is read to its end all the same: its usage is then the vendor's
own, and the books are exact. (Closing it would save what the vendor has not written yet, for an estimate of
what it has.) What was cut goes to nobody.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from fen.gateway.cutting import FILTERED, drop_choices, make_end, refuse_end, split_event
from fen.gateway.said import Said, read_said
from fen.gateway.shortening import shorten_answer
from fen.hierarchy.finding import Finding
from fen.hierarchy.leak import BLOCK, Leak, LeakFilter, Protected, Released
from fen.hierarchy.privilege import Privilege
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import UpstreamFailed
from fen.wire.ports import Speech

Mode = Literal["off", "observe", "withhold"]
"""What is done about a leak: nothing is looked for; it is reported and the answer unchanged; it is cut."""

MOST_DELAY = 64
"""Characters by which a channel may come later than the upstream sent it, while nothing is being leaked."""

_UNSPLIT = MOST_DELAY - 2 * BLOCK + 1  # characters that may wait for the rest of their event


class Watcher:
    """Watches one call's answer, and remembers what it found; used by its task alone."""

    def __init__(self, protected: Protected, mode: Mode = "withhold") -> None:
        self.mode = mode
        self.leaks: list[Leak] = []
        self._filter = LeakFilter(protected)
        self._leaked: set[str] = set()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, without its text."""
        return tuple(_report(leak) for leak in self.leaks)

    def feed(self, channel: str, text: str) -> Released:
        """Take what a channel says next."""
        return self._note(channel, self._filter.feed(channel, text))

    def pause(self, channel: str) -> Released:
        """Release what waits in a channel behind which another one goes on."""
        return self._note(channel, self._filter.pause(channel))

    def end(self, channel: str) -> Released:
        """Release the rest of a channel."""
        return self._note(channel, self._filter.end(channel))

    def waits(self, channel: str) -> bool:
        """Whether something of a channel is held."""
        return self._filter.waiting(channel) > 0

    def _note(self, channel: str, released: Released) -> Released:
        if released.leak is not None and channel not in self._leaked:
            self._leaked.add(channel)
            self.leaks.append(released.leak)
        return released


def _report(leak: Leak) -> Finding:
    behind = f" behind {', '.join(leak.transforms)}" if leak.transforms else ""
    where = f"{leak.channel} {leak.kind}{behind} {leak.digest}"
    return Finding("leak", where, Privilege.SYSTEM, start=leak.start, end=leak.end)


def watch_stream(stream: Stream, watcher: Watcher, speech: Speech = "openai") -> Stream:
    """Return the stream as the watcher lets it pass; closing it closes the stream."""
    if watcher.mode == "off":
        return stream
    if watcher.mode == "observe":
        return Stream(_Observed(stream.events, watcher, speech))
    return Stream(_Withheld(stream.events, watcher, speech))


def watch_whole(whole: Whole, watcher: Watcher, speech: Speech = "openai") -> Whole:
    """Return a whole answer as the watcher lets it pass: the same value where nothing was found."""
    if watcher.mode == "off":
        return whole
    texts = read_said(msgspec.json.decode(whole.body), speech)
    if watcher.mode == "observe":
        for said in texts:
            watcher.feed(said.channel, said.text)
            watcher.end(said.channel)
        return whole
    body = shorten_answer(whole.body, texts, watcher, speech)
    return whole if body is None else replace(whole, body=body)


class _Observed:
    """Events that pass as they come, and are looked at."""

    def __init__(self, source: Events, watcher: Watcher, speech: Speech) -> None:
        self._source = source
        self._watcher = watcher
        self._speech: Speech = speech
        self._open: set[str] = set()

    def __aiter__(self) -> _Observed:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises."""
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            for channel in self._open:
                self._watcher.end(channel)
            self._open.clear()
            raise
        for said in read_said(msgspec.json.decode(event.data), self._speech):
            self._open.add(said.channel)
            self._watcher.feed(said.channel, said.text)
        return event

    async def aclose(self) -> None:
        """Abort the call."""
        await self._source.aclose()


class _Waiting(msgspec.Struct):
    """An event in the queue, and up to where each of its texts goes in its channel."""

    event: Event
    texts: list[tuple[Said, int]]
    choices: frozenset[int]


class _Withheld:
    """Events that wait until their texts may go out; an event passes as it came, or is cut in two.

    Not a generator: closing one that was never begun would do nothing, and the upstream would go on.
    """

    def __init__(self, source: Events, watcher: Watcher, speech: Speech) -> None:
        self._source = source
        self._watcher = watcher
        self._speech: Speech = speech
        self._queue: deque[_Waiting] = deque()
        self._ready: deque[Event] = deque()
        self._fed: dict[str, int] = {}
        self._released: dict[str, int] = {}
        self._choice_of: dict[str, int] = {}
        self._cut: frozenset[int] = frozenset()
        self._seen: set[int] = set()
        self._opened: int | None = None  # Anthropic's block that the client has open
        self._error: Exception | None = None
        self._ended = False

    def __aiter__(self) -> _Withheld:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises, after all text that may go out."""
        while not self._ready:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                raise StopAsyncIteration
            try:
                event = await anext(self._source)
            except StopAsyncIteration:
                self._end()
            except UpstreamFailed as failure:
                self._end()
                # To the client an answer that was cut in all its choices has ended already.
                self._error = None if self._seen and self._seen <= self._cut else failure
            else:
                self._take(event)
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Abort the call; what waits is dropped."""
        self._ended, self._error = True, None
        self._ready.clear()
        self._queue.clear()
        await self._source.aclose()

    def _end(self) -> None:
        self._ended = True
        self._finish_channels(list(self._fed))
        self._pass()

    def _take(self, event: Event) -> None:
        tree: Any = msgspec.json.decode(event.data)
        texts = read_said(tree, self._speech)
        if self._cut:
            kept = self._keep(event, tree)
            if kept is None:
                return
            event, texts = kept, [said for said in texts if said.choice not in self._cut]
        choices = _read_choices(tree, self._speech)
        self._seen |= choices
        waiting = _Waiting(event, [], choices)
        self._queue.append(waiting)
        self._pause(texts)
        for said in texts:
            self._choice_of[said.channel] = said.choice
            end = self._fed[said.channel] = self._fed.get(said.channel, 0) + len(said.text)
            waiting.texts.append((said, end))
            self._note(said.channel, self._watcher.feed(said.channel, said.text))
        self._finish_channels(self._over(event, tree))
        self._pass()

    def _keep(self, event: Event, tree: Any) -> Event | None:
        """Return what is left of an event once a choice was cut."""
        if self._speech == "anthropic":
            if tree.get("type") == "message_delta":
                return replace(event, data=refuse_end(event.data), finish=FILTERED if event.finish else None)
            return event if tree.get("type") in ("message_stop", "ping") else None
        if not tree.get("choices"):
            return event
        data, left = drop_choices(event.data, self._cut)
        if left:
            return replace(event, data=data)
        return (
            Event(data, usage=event.usage, flags=event.flags, bare=True) if event.usage is not None else None
        )

    def _pause(self, texts: list[Said]) -> None:
        """Let go what waits in other channels of the same choices: those may be over."""
        going = {said.channel for said in texts}
        choices = {said.choice for said in texts if said.path}
        for channel, choice in self._choice_of.items():
            if choice in choices and channel not in going and self._watcher.waits(channel):
                self._note(channel, self._watcher.pause(channel))

    def _over(self, event: Event, tree: Any) -> list[str]:
        """Return the channels that this event ends."""
        if event.bare:
            return list(self._fed)
        if self._speech == "anthropic":
            if tree.get("type") == "content_block_stop":
                block = f"content[{tree.get('index')}]."
                return [channel for channel in self._fed if channel.startswith(block)]
            return list(self._fed) if event.finish is not None else []
        done = {choice.get("index", 0) for choice in tree.get("choices") or () if choice.get("finish_reason")}
        return [channel for channel in self._fed if self._choice_of[channel] in done] if done else []

    def _finish_channels(self, channels: list[str]) -> None:
        for channel in channels:
            if self._choice_of[channel] not in self._cut:
                self._note(channel, self._watcher.end(channel))

    def _note(self, channel: str, released: Released) -> None:
        self._released[channel] = self._released.get(channel, 0) + len(released.text)
        if released.leak is not None:
            self._cut_choice(self._choice_of[channel])

    def _cut_choice(self, choice: int) -> None:
        """End a choice: what may still go out of it goes, and nothing comes after."""
        if choice in self._cut:
            return
        self._cut |= {choice}
        kept: deque[_Waiting] = deque()
        over = False
        model = self._queue[-1].event.data
        for waiting in self._queue:
            if choice not in waiting.choices:
                kept.append(waiting)
            elif not over and self._may_pass(waiting):
                kept.append(waiting)
            else:
                rest = self._rest(waiting, first=not over)
                over = True
                kept += rest
        self._queue = kept
        if self._speech == "anthropic":
            self._pass()
            if self._opened is not None:
                self._ready.append(Event(make_end(model, self._opened, self._speech)))
            return
        end = Event(make_end(model, choice, self._speech), finish=FILTERED)
        self._queue.append(_Waiting(end, [], frozenset((choice,))))

    def _rest(self, waiting: _Waiting, *, first: bool) -> list[_Waiting]:
        """Return what is left of an event of a choice that was cut: its beginning, its other choices, its usage."""
        begun = self._split(waiting) if first else None
        left = self._keep(waiting.event, msgspec.json.decode(waiting.event.data))
        rest = [] if begun is None else [_Waiting(begun[0], [], waiting.choices)]
        if left is not None:
            texts = [(said, end) for said, end in waiting.texts if said.choice not in self._cut]
            rest.append(_Waiting(left, texts, waiting.choices - self._cut))
        return rest

    def _may_pass(self, waiting: _Waiting) -> bool:
        return all(self._released.get(said.channel, 0) >= end for said, end in waiting.texts)

    def _pass(self) -> None:
        """Make ready what may go out, in its order."""
        queue = self._queue
        while queue and self._may_pass(queue[0]):
            self._emit(queue.popleft().event)
        if queue:
            cut = self._split(queue[0], least=_UNSPLIT + 1)
            if cut is not None:
                self._emit(cut[0])
                queue[0] = cut[1]

    def _split(self, waiting: _Waiting, least: int = 1) -> tuple[Event, _Waiting] | None:
        """Return the part of an event that may go out, and the rest; None where it cannot be cut."""
        if len(waiting.texts) != 1 or not waiting.texts[0][0].alone:
            return None
        said, end = waiting.texts[0]
        at = self._released.get(said.channel, 0) - (end - len(said.text))
        if at < least or at >= len(said.text):
            return None
        first, rest = split_event(waiting.event.data, said, at, self._speech)
        size = len(said.text[:at].encode("utf-8", "surrogatepass"))
        left = replace(waiting.event, data=rest, produced=max(0, waiting.event.produced - size))
        path = said.path if self._speech == "anthropic" else _first_path(said)
        later = _Waiting(left, [(replace(said, text=said.text[at:], path=path), end)], waiting.choices)
        return Event(first, min(size, waiting.event.produced)), later

    def _emit(self, event: Event) -> None:
        if self._speech == "anthropic":
            tree: Any = msgspec.json.decode(event.data)
            if tree.get("type") == "content_block_start":
                self._opened = tree.get("index", 0)
            elif tree.get("type") == "content_block_stop":
                self._opened = None
        self._ready.append(event)


def _first_path(said: Said) -> tuple[str | int, ...]:
    """Return where the text stands in the rest of a split chunk, which has one choice and one call."""
    path = ("choices", 0, *said.path[2:])
    return path if len(path) == 4 else (*path[:4], 0, *path[5:])


def _read_choices(tree: Any, speech: Speech) -> frozenset[int]:
    if speech == "anthropic":
        return frozenset((0,)) if str(tree.get("type")).startswith("content_block") else frozenset()
    return frozenset(choice.get("index", 0) for choice in tree.get("choices") or ())
