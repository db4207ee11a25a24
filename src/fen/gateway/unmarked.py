"""Answers without the marks that were put on the request's texts: the client never sees one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from fen.gateway.cutting import edit
from fen.gateway.reshaped import Reshaped
from fen.gateway.said import Said, find_ended, read_said
from fen.hierarchy.marking.marks import Mark
from fen.hierarchy.marking.unmarking import Unmarker, unmark
from fen.hierarchy.reserved import Reserved
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import FenError
from fen.wire.ports import Speech

_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_DELTAS = {"text": "text_delta", "thinking": "thinking_delta"}  # by the member of a block that begins


def unmark_stream(stream: Stream, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech) -> Stream:
    """Return the stream without marks; an event without any keeps its bytes."""
    return Stream(_Unmarked(stream.events, marks, reserved, speech))


def unmark_whole(whole: Whole, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech) -> Whole:
    """Return a whole answer without marks: the same value where there are none."""
    body = whole.body
    changed: list[Said] = []
    for said in read_said(msgspec.json.decode(body), speech):
        if said.path:
            text = unmark(said.text, marks, reserved, in_json=_is_json(said))
            if text != said.text:
                body = bytes(edit(body, said.path, text))
                changed.append(said)
    return replace(whole, body=_drop_logprobs(body, changed)) if changed else whole


def _is_json(said: Said) -> bool:
    return said.channel.endswith("arguments")


def _drop_logprobs(data: bytes, changed: Sequence[Said]) -> bytes:
    """Return an event or answer without log probabilities of changed choices: a mark is in those too."""
    for place in {said.path[1] for said in changed if said.path[0] == "choices"}:
        choice: dict[str, Any] = msgspec.json.decode(data)["choices"][place]
        if choice.get("logprobs") is not None:
            data = bytes(edit(data, ("choices", place, "logprobs"), None))
    return data


class _Open(msgspec.Struct):
    """A channel that may go on; event, said: where its text came from last."""

    unmarker: Unmarker
    event: Event
    said: Said


class _Unmarked(Reshaped):
    def __init__(
        self, source: Events, marks: Sequence[Mark], reserved: Reserved | None, speech: Speech
    ) -> None:
        super().__init__(source)
        self._marks = marks
        self._reserved = reserved
        self._speech: Speech = speech
        self._open: dict[str, _Open] = {}

    def end(self, failure: FenError | None) -> FenError | None:
        """Say what was held back; see Reshaped."""
        self._flush(list(self._open))
        return failure

    def drop(self) -> None:
        """Drop what was held back."""
        self._open.clear()

    def take(self, event: Event) -> None:
        """Let an event go out without marks, behind what it ends."""
        tree: Any = msgspec.json.decode(event.data)
        texts = [said for said in read_said(tree, self._speech) if said.path]
        going = {said.channel for said in texts}
        known = {channel: one.said.choice for channel, one in self._open.items()}
        known |= {said.channel: said.choice for said in texts}
        over = find_ended(event, tree, self._speech, known)
        # Where another channel of the choice goes on, those before it may be over.
        paused = {said.choice for said in texts}
        self._flush(
            [
                channel
                for channel, one in self._open.items()
                if channel not in going and (channel in over or one.said.choice in paused)
            ]
        )
        data = event.data
        changed: list[Said] = []
        for said in texts:
            text = self._feed(said, event, said.channel in over)
            if text != said.text:
                data = bytes(edit(data, said.path, text))
                changed.append(said)
        self.ready.append(replace(event, data=_drop_logprobs(data, changed)) if changed else event)

    def _feed(self, said: Said, event: Event, last: bool) -> str:
        known = self._open.get(said.channel)
        unmarker = known.unmarker if known is not None else self._make(said)
        text = unmarker.feed(said.text)
        if last or not self._may_wait(said):
            self._open.pop(said.channel, None)
            return text + unmarker.end()
        self._open[said.channel] = _Open(unmarker, event, said)
        return text

    def _make(self, said: Said) -> Unmarker:
        return Unmarker(self._marks, self._reserved, in_json=_is_json(said))

    def _may_wait(self, said: Said) -> bool:
        """Whether the end of a text could be said in an event of its own."""
        in_block = len(said.path) == 2 and (said.alone or said.path[1] in _DELTAS)
        return self._speech == "openai" or in_block

    def _flush(self, channels: Sequence[str]) -> None:
        """Say what was held back of channels that may be over, in an event of its own."""
        for channel in channels:
            known = self._open.pop(channel)
            text = known.unmarker.end()
            if text:
                self.ready.append(Event(_make_event(known.event, known.said, text, self._speech)))


def _make_event(event: Event, said: Said, text: str, speech: Speech) -> bytes:
    """Return an event that adds a text to the channel of another one's, and says nothing else."""
    tree: dict[str, Any] = msgspec.json.decode(event.data)
    if speech == "anthropic":
        name = str(said.path[1])
        kind = tree["delta"]["type"] if said.path[0] == "delta" else _DELTAS[name]
        delta = {"type": kind, name: text}
        return msgspec.json.encode(
            {"type": "content_block_delta", "index": tree.get("index", 0), "delta": delta}
        )
    head = {name: tree[name] for name in _HEAD if name in tree}
    if said.path[0] != "choices":
        return msgspec.json.encode(head | {"choices": []} | _nest(tree, said.path, text))
    node = tree["choices"][said.path[1]]
    choice = {"index": said.choice, "finish_reason": None, "delta": {}} | _nest(node, said.path[2:], text)
    return msgspec.json.encode(head | {"choices": [choice]})


def _nest(node: Any, path: Sequence[str | int], text: str) -> Any:
    """Return a tree of nothing but a text at that path; members of lists keep their index."""
    if not path:
        return text
    step, rest = path[0], path[1:]
    inner = _nest(node[step], rest, text)
    if isinstance(step, str):
        return {step: inner}
    if isinstance(inner, dict):
        found = cast("dict[str, Any]", node[step])
        inner = {"index": found.get("index", step)} | cast("dict[str, Any]", inner)
    return [inner]
