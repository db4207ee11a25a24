"""An answer of a cheap model, read for what its signals are told from."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.gateway.called import HeldCalls
from fen.routing.signals import Call as CalledText
from fen.routing.signals import Reply as Read
from fen.wire.answer import AnswerMessage, CalledFunction, CalledTool, Delta, join_text
from fen.wire.anthropic import Answer as Message
from fen.wire.anthropic import AnswerBlock, StreamEvent, read_finish
from fen.wire.ports import Speech


class _Token(msgspec.Struct, frozen=True):
    logprob: float | None = None


class _Logprobs(msgspec.Struct, frozen=True):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct, frozen=True):
    index: int = 0
    message: AnswerMessage | None = None
    delta: Delta | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Body(msgspec.Struct, frozen=True):
    """A chat completion, or a chunk of one."""

    choices: list[_Choice] | None = None


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_message = msgspec.json.Decoder(Message).decode
_decode_event = msgspec.json.Decoder(StreamEvent).decode


class AnswerReader:
    """Takes an answer piece by piece, a whole one as one piece; of several choices it reads the first.

    What cannot be read is left out: an answer is not held against its model for that.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._texts: list[str] = []
        self._calls = HeldCalls()
        self._logprobs: list[float] = []
        self._finish: str | None = None
        self.characters = 0

    def feed(self, data: bytes) -> None:
        """Take the JSON text of a whole answer, or of an event."""
        try:
            if self._speech == "openai":
                self._take_choices(_decode_body(data))
            else:
                self._take_event(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return

    def read(self, second: str | None = None) -> Read:
        """Return what was read; second: what another cheap model answered."""
        calls = tuple(CalledText(call.name, call.arguments) for call in self._calls.list_texts())
        return Read("".join(self._texts), self._finish, calls, tuple(self._logprobs), second)

    def _take_choices(self, body: _Body) -> None:
        for choice in body.choices or ():
            if choice.index:
                continue
            said = choice.message or choice.delta
            if said is not None:
                self._add(join_text(said.content) or said.refusal or "")
                self._calls.feed(said.tool_calls or ())
            if choice.logprobs is not None:
                self._logprobs += [t.logprob for t in choice.logprobs.content or () if t.logprob is not None]
            self._finish = choice.finish_reason or self._finish

    def _take_event(self, data: bytes) -> None:
        event = _decode_event(data)
        if event.type == "message":
            message = _decode_message(data)
            for index, block in enumerate(message.content or ()):
                self._take_block(index, block, whole=True)
            self._finish = read_finish(message.stop_reason) or self._finish
        if event.content_block is not None:
            self._take_block(event.index or 0, event.content_block, whole=False)
        if event.delta is not None:
            self._add(event.delta.text or "")
            if event.delta.partial_json:
                self._call(event.index or 0, None, None, event.delta.partial_json)
            self._finish = read_finish(event.delta.stop_reason) or self._finish

    def _take_block(self, index: int, block: AnswerBlock, *, whole: bool) -> None:
        self._add(block.text or "")
        if block.type == "tool_use":  # of a stream's, the arguments follow
            self._call(index, block.id, block.name, bytes(block.input).decode() if whole else None)

    def _call(self, index: int, identity: str | None, name: str | None, arguments: Any) -> None:
        self._calls.feed((CalledTool(index, identity, CalledFunction(name, arguments)),))

    def _add(self, text: str) -> None:
        if text:
            self._texts.append(text)
            self.characters += len(text)
