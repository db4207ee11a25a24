"""A stream that waits until its texts may go out, and ends where a leak begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from fen.gateway.cutting import FILTERED, drop_choices, make_end, refuse_end, split_event
from fen.gateway.reshaped import Reshaped
from fen.gateway.said import Said, find_ended, read_choices, read_said
from fen.gateway.watcher import Watcher
from fen.hierarchy.leak import BLOCK, Released
from fen.wire.answer import Event, Events
from fen.wire.errors import FenError, UpstreamFailed
from fen.wire.ports import Speech

MOST_DELAY = 64
"""Characters by which a channel may come later than the upstream sent it, while nothing is being leaked."""

_UNSPLIT = MOST_DELAY - 2 * BLOCK + 1  # characters that may wait for the rest of their event


class _Waiting(msgspec.Struct):
    """An event in the queue, and up to where each of its texts goes in its channel."""

    event: Event
    texts: list[tuple[Said, int]]
    choices: frozenset[int]
    shuts: bool = False


class Withheld(Reshaped):
    """Events that wait until their texts may go out; an event passes as it came, or is cut in two."""

    def __init__(self, source: Events, watcher: Watcher, speech: Speech) -> None:
        super().__init__(source)
        self._watcher = watcher
        self._speech: Speech = speech
        self._queue: deque[_Waiting] = deque()
        self._fed: dict[str, int] = {}
        self._released: dict[str, int] = {}
        self._choice_of: dict[str, int] = {}
        self._cut: frozenset[int] = frozenset()
        self._seen: set[int] = set()
        self._opened: int | None = None  # Anthropic's block that the client has open
        self._model = b"{}"  # the shape of the chunk that is made here

    def end(self, failure: FenError | None) -> FenError | None:
        """Let go all text that may go out; see Reshaped."""
        self._finish_channels(self._choice_of)
        self._pass()
        # To the client an answer that was cut in all its choices has ended already.
        over = isinstance(failure, UpstreamFailed) and self._seen and self._seen <= self._cut
        return None if over else failure

    def drop(self) -> None:
        """Drop the events that wait."""
        self._queue.clear()

    def take(self, event: Event) -> None:
        """Have an event wait until its texts may go out."""
        tree: Any = msgspec.json.decode(event.data)
        self._model = event.data
        texts = [said for said in read_said(tree, self._speech) if said.choice not in self._cut]
        choices = read_choices(tree, self._speech)
        self._seen |= choices
        left = self._keep(event, tree) if self._cut else event
        if left is None:
            return
        if left is not event:  # its texts stand elsewhere
            texts = read_said(msgspec.json.decode(left.data), self._speech)
        waiting = _Waiting(left, [], choices | {said.choice for said in texts})
        self._queue.append(waiting)
        self._pause(texts)
        for said in texts:
            self._choice_of[said.channel] = said.choice
            end = self._fed[said.channel] = self._fed.get(said.channel, 0) + len(said.text)
            waiting.texts.append((said, end))
        for said in texts:
            if said.choice not in self._cut:
                self._note(said.channel, self._watcher.feed(said.channel, said.text))
        self._finish_channels(find_ended(event, tree, self._speech, self._choice_of))
        self._pass()

    def _keep(self, event: Event, tree: Any) -> Event | None:
        """Return what is left of an event once a choice was cut."""
        if self._speech == "anthropic":
            if tree.get("type") == "message_delta":
                return replace(event, data=refuse_end(event.data), finish=FILTERED if event.finish else None)
            return None if str(tree.get("type")).startswith("content_block") else event
        texts = read_said(tree, self._speech)
        if not self._cut & (read_choices(tree, self._speech) | {said.choice for said in texts}):
            return event
        data, left = drop_choices(event.data, self._cut)
        if left:
            return replace(event, data=data)
        if event.usage is None:
            return None
        return Event(data, usage=event.usage, flags=event.flags, bare=True)

    def _pause(self, texts: list[Said]) -> None:
        """Let go what waits in other channels of the same choices: those may be over."""
        going = {said.channel for said in texts}
        choices = {said.choice for said in texts if said.path}
        for channel, choice in self._choice_of.items():
            if choice in choices and channel not in going and self._watcher.waits(channel):
                self._note(channel, self._watcher.pause(channel))

    def _finish_channels(self, channels: Iterable[str]) -> None:
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
        for waiting in self._queue:
            if choice not in waiting.choices or (not over and self._may_pass(waiting)):
                kept.append(waiting)
                continue
            begun = None if over else self._split(waiting)
            if begun is not None:
                kept.append(_Waiting(begun[0], [], waiting.choices))
            if not over:
                kept += self._make_end(choice)
                over = True
            kept += self._rest(waiting)
        if not over:
            kept += self._make_end(choice)
        self._queue = kept

    def _make_end(self, choice: int) -> list[_Waiting]:
        """Return the event that tells of a choice's end; Anthropic's is that of the block, if one is open."""
        end = make_end(self._model, choice, self._speech)
        finish = None if self._speech == "anthropic" else FILTERED
        return [_Waiting(Event(end, finish=finish), [], frozenset((choice,)), shuts=True)]

    def _rest(self, waiting: _Waiting) -> list[_Waiting]:
        """Return what is left of an event of a choice that was cut: its other choices, its usage."""
        left = self._keep(waiting.event, msgspec.json.decode(waiting.event.data))
        if left is None:
            return []
        ends = {said.channel: end for said, end in waiting.texts}
        found = read_said(msgspec.json.decode(left.data), self._speech)
        texts = [(said, ends[said.channel]) for said in found if said.channel in ends]
        return [_Waiting(left, texts, waiting.choices - self._cut)]

    def _may_pass(self, waiting: _Waiting) -> bool:
        return all(self._released.get(said.channel, 0) >= end for said, end in waiting.texts)

    def _pass(self) -> None:
        """Make ready what may go out, in its order."""
        queue = self._queue
        while queue and self._may_pass(queue[0]):
            waiting = queue.popleft()
            self._emit(waiting.event, shuts=waiting.shuts)
        if queue:
            cut = self._split(queue[0], least=_UNSPLIT + 1)
            if cut is not None:
                self._emit(cut[0])
                queue[0] = cut[1]

    def _split(self, waiting: _Waiting, least: int = 1) -> tuple[Event, _Waiting] | None:
        """Return the part of an event that may go out, and the rest; None where it cannot be cut."""
        if len(waiting.choices) != 1 or len(waiting.texts) != 1 or not waiting.texts[0][0].alone:
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

    def _emit(self, event: Event, *, shuts: bool = False) -> None:
        if self._speech == "anthropic":
            if shuts:
                if self._opened is None:
                    return
                event = Event(make_end(b"", self._opened, self._speech))
            tree: Any = msgspec.json.decode(event.data)
            if tree.get("type") == "content_block_start":
                self._opened = tree.get("index", 0)
            elif tree.get("type") == "content_block_stop":
                self._opened = None
        self.ready.append(event)


def _first_path(said: Said) -> tuple[str | int, ...]:
    """Return where the text stands in the rest of a split chunk, which has one choice and one call."""
    path = ("choices", 0, *said.path[2:])
    return path if len(path) == 4 else (*path[:4], 0, *path[5:])
