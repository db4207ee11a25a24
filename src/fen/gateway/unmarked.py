"""Answers without the marks that were put on the request's texts: the client never sees one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from fen.gateway.cutting import edit, split_event
from fen.gateway.said import Said, read_said
from fen.hierarchy.marks import Mark
from fen.hierarchy.reserved import Reserved
from fen.hierarchy.unmarking import Unmarker, unmark
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.ports import Speech


def unmark_stream(stream: Stream, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech) -> Stream:
    """Return the stream without marks; an event without any keeps its bytes."""
    return Stream(_Unmarked(stream.events, marks, reserved, speech))


def unmark_whole(whole: Whole, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech) -> Whole:
    """Return a whole answer without marks: the same value where there are none."""
    body = whole.body
    for said in read_said(msgspec.json.decode(body), speech):
        if said.path:
            text = unmark(said.text, marks, reserved, in_json=_is_json(said))
            if text != said.text:
                body = bytes(edit(body, said.path, text))
    return whole if body is whole.body else replace(whole, body=body)


def _is_json(said: Said) -> bool:
    return said.channel.endswith("arguments")


class _Unmarked:
    """Not a generator: closing one that was never begun would do nothing, and the upstream would go on."""

    def __init__(
        self, source: Events, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech
    ) -> None:
        self._source = source
        self._marks = marks
        self._reserved = reserved
        self._speech: Speech = speech
        self._open: dict[str, tuple[Unmarker, Event, Said]] = {}
        self._ready: deque[Event] = deque()
        self._ended = False

    def __aiter__(self) -> _Unmarked:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises, after what was held back."""
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            try:
                event = await anext(self._source)
            except StopAsyncIteration:
                self._ended = True
                self._flush(list(self._open))
            else:
                self._take(event)
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Abort the call; what is held back is dropped."""
        self._ended = True
        self._ready.clear()
        await self._source.aclose()

    def _take(self, event: Event) -> None:
        data = event.data
        texts = [said for said in read_said(msgspec.json.decode(data), self._speech) if said.path]
        going = {said.channel for said in texts}
        if texts or event.finish is not None or event.bare:
            # Another channel goes on, or none does: those before it may be over.
            self._flush([channel for channel in self._open if channel not in going])
        for said in texts:
            known = self._open.get(said.channel)
            unmarker = known[0] if known is not None else self._make(said)
            text = unmarker.feed(said.text)
            if event.finish is not None:
                text += unmarker.end()
            if text != said.text:
                data = bytes(edit(data, said.path, text))
            if said.alone:
                self._open[said.channel] = (unmarker, event, said)
        if event.finish is not None:
            self._open.clear()
        self._ready.append(event if data is event.data else replace(event, data=data))

    def _make(self, said: Said) -> Unmarker:
        return Unmarker(self._marks, self._reserved, in_json=_is_json(said))

    def _flush(self, channels: Sequence[str]) -> None:
        """Say what was held back of channels that may be over, in an event of its own."""
        for channel in channels:
            unmarker, event, said = self._open.pop(channel)
            text = unmarker.end()
            if text:
                _, rest = split_event(event.data, said, 0, self._speech)
                tree = msgspec.json.decode(rest)
                [place] = [one for one in read_said(tree, self._speech) if one.channel == channel] or [said]
                self._ready.append(Event(bytes(edit(rest, place.path, text))))
