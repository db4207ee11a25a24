"""Calls of tools in Anthropic's format wait for a verdict, as `calls_held` has it for OpenAI's.

From the first call's block on, what follows waits for the event that says why the answer stops: blocks are
numbered in order, so that none may overtake another. Where one call is refused, none goes out, the blocks
behind are numbered anew, and the stop_reason becomes `refusal`.
"""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec.structs import replace

from fen.gateway.called import Judge, Report, Tree, members_of, raw
from fen.gateway.reshaped import Reshaped
from fen.hierarchy.sinks import ToolCallText
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.anthropic import StreamEvent
from fen.wire.errors import FenError, UpstreamFailed

REFUSED = "refusal"
"""The stop_reason of an answer whose calls were refused."""

FILTERED = "content_filter"
"""The same in OpenAI's words, in which Fen knows why answers end."""

_decode_event = msgspec.json.Decoder(StreamEvent).decode
_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_trees = msgspec.json.Decoder(list[Tree]).decode
_encode = msgspec.json.Encoder().encode
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_CALL = "tool_use"  # a server's own tools, `server_tool_use`, have run already


def hold_blocks(stream: Stream, judge: Judge, report: Report) -> Stream:
    """Return a stream of Anthropic's events whose calls come out once they were judged."""
    return Stream(_HeldBlocks(stream.events, judge, report))


def judge_message(whole: Whole, judge: Judge, report: Report) -> Whole:
    """Return a whole message; without its calls where one was refused, else with its bytes untouched.

    Raises UpstreamFailed where it is none of Anthropic's.
    """
    try:
        tree = _decode_tree(whole.body)
        blocks = _decode_trees(tree["content"]) if "content" in tree else []
        calls = [block for block in blocks if _text(block, "type") == _CALL]
        texts = [
            ToolCallText(_text(call, "name"), bytes(call.get("input", b"{}")).decode()) for call in calls
        ]
    except _FAULTS as error:
        raise UpstreamFailed(f"found an answer that is not Anthropic's ({error})") from None
    if _are_allowed(texts, judge, report):
        return whole
    kept = [block for block in blocks if _text(block, "type") != _CALL]
    return replace(whole, body=_encode(tree | {"content": raw(kept), "stop_reason": raw(REFUSED)}))


class _HeldBlocks(Reshaped):
    """The events of a stream, from the first call on held back."""

    def __init__(self, source: Events, judge: Judge, report: Report) -> None:
        super().__init__(source)
        self._judge, self._report = judge, report
        self._calls: dict[int, tuple[str, list[str]]] = {}
        self._waiting: list[tuple[StreamEvent, Event]] = []

    def end(self, failure: FenError | None) -> FenError | None:
        """Judge calls that the stream left open; those of a stream that broke are let go of."""
        if failure is None and self._waiting:
            self.ready += self._release()
        return failure

    def drop(self) -> None:
        """Let go of what waits."""
        self._waiting.clear()
        self._calls.clear()

    def take(self, event: Event) -> None:
        """Hold what comes behind a call; raises UpstreamFailed where it is none of Anthropic's."""
        try:
            read = _decode_event(event.data)
        except _FAULTS as error:
            raise UpstreamFailed(f"found an event that is not Anthropic's ({error})") from None
        self._note(read)
        if not self._calls or read.type == "ping":
            self.ready.append(event)
            return
        self._waiting.append((read, event))
        if read.type in ("message_delta", "message_stop"):
            self.ready += self._release()

    def _note(self, read: StreamEvent) -> None:
        """Take what an event adds to a call."""
        index = read.index or 0
        block = read.content_block
        if block is not None and block.type == _CALL:
            given = bytes(block.input).decode()
            self._calls[index] = (block.name or "", [] if given == "{}" else [given])
        elif read.delta is not None and read.delta.partial_json and index in self._calls:
            self._calls[index][1].append(read.delta.partial_json)

    def _release(self) -> list[Event]:
        """Judge the calls, and return what waited, with or without them."""
        texts = [ToolCallText(name, "".join(parts)) for name, parts in self._calls.values()]
        dropped, waiting = set(self._calls), self._waiting
        self._calls, self._waiting = {}, []
        if _are_allowed(texts, self._judge, self._report):
            return [event for _, event in waiting]
        return [_amend(read, event, dropped) for read, event in waiting if not _is_of(read, dropped)]


def _amend(read: StreamEvent, event: Event, dropped: set[int]) -> Event:
    """Return an event that stays, as it reads without the blocks that were dropped."""
    if read.type == "message_delta":
        tree = _decode_tree(event.data)
        delta = members_of(tree, "delta") | {"stop_reason": raw(REFUSED)}
        return replace(event, data=_encode(tree | {"delta": raw(delta)}), finish=FILTERED)
    if read.index is None:
        return event
    index = read.index - sum(number < read.index for number in dropped)
    return replace(event, data=_encode(_decode_tree(event.data) | {"index": raw(index)}))


def _is_of(read: StreamEvent, dropped: set[int]) -> bool:
    return read.type.startswith("content_block_") and (read.index or 0) in dropped


def _are_allowed(calls: list[ToolCallText], judge: Judge, report: Report) -> bool:
    verdicts = [judge(call, number) for number, call in enumerate(calls)]
    for verdict in verdicts:
        report(verdict)
    return all(verdict.decision != "refuse" for verdict in verdicts)


def _text(tree: Tree, name: str) -> str:
    found = cast("object", msgspec.json.decode(tree[name])) if name in tree else ""
    return found if isinstance(found, str) else ""
