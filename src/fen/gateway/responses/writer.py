"""A stream of chat completion chunks, as a stream of Responses events."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.gateway.responses import shape
from fen.gateway.responses.answer import EXTRAS, TARGET, take_head, take_logprobs, take_told
from fen.gateway.responses.ask import Ask
from fen.gateway.responses.said import CallItem, TextItem
from fen.gateway.responses.shape import Names
from fen.gateway.translation.answer_to_anthropic import note_rest
from fen.gateway.translation.calls import Calls
from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.gateway.translation.spoken import take_content, take_reasoning
from fen.wire.errors import FenError, UpstreamFailed
from fen.wire.usage import OpenAIUsage, read_openai_usage

_encode = msgspec.json.Encoder().encode


class EventWriter:
    """Turns chunks into events; `feed`, `close` and `fail` return the frames to send.

    An item of text ends where another begins. The items of calls end with the answer: their pieces may come
    side by side. What has no counterpart rides along on the next event, in the member `chat`.
    """

    def __init__(self, ask: Ask, request_id: str) -> None:
        self._ask = ask
        self._names = Names(request_id)
        self._head: Json = {}
        self._items: list[TextItem | CallItem] = []
        self._calls = Calls()
        self._by_call: dict[int, CallItem] = {}
        self._finish: str | None = None
        self._told: Json = {}
        self._extras = Extras(EXTRAS)
        self._events: list[Json] = []
        self._number = 0
        self.ended = False

    def feed(self, payload: bytes) -> bytes:
        """Take a chunk; raises UpstreamFailed for one that is malformed or has no counterpart."""
        chunk = AnswerMembers(read_answer(payload), "", TARGET)
        error = chunk.take_any("error")
        if error is not None:
            self._break(_read_error(error))
            return self._flush()
        self._begin(take_head(chunk, self._names))
        usage, more = take_usage(chunk, OpenAIUsage)
        if usage is not None:
            self._told["usage"] = shape.usage(read_openai_usage(usage).usage)
        self._extras.note("usage", more)
        take_told(chunk, self._told)
        choices = chunk.each("choices")
        choice = choices[0] if choices else None
        delta: Members | None = None
        if choice is not None:
            index = choice.take("index", int) or 0
            if index or len(choices) > 1:
                raise choice.untranslatable("index", index or 1, "one choice")
            self._finish = choice.take("finish_reason", str) or self._finish
            logprobs = take_logprobs(choice)
            delta = choice.inside("delta")
            if delta is not None:
                self._say(delta, logprobs)
        note_rest(self._extras, chunk, choice, delta)
        return self._flush()

    def close(self) -> bytes:
        """End the response."""
        self._begin({})
        if all(isinstance(item, TextItem) and item.kind == "reasoning" for item in self._items):
            self._open("message").say("output_text", "", [])
        self._end_items("incomplete" if shape.is_short(self._finish) else "completed")
        end = shape.end(self._finish)
        self._emit({"type": f"response.{end['status']}", "response": self._response() | end})
        self.ended = True
        return self._flush()

    def fail(self, error: FenError) -> bytes:
        """End the response with an error."""
        self._break({"code": error.code or error.type, "message": error.message})
        return self._flush()

    def _break(self, error: Json) -> None:
        self._begin({})
        self._end_items("incomplete")
        failed = {"status": "failed", "error": error}
        self._emit({"type": "response.failed", "response": self._response() | failed})
        self.ended = True

    def _begin(self, head: Json) -> None:
        if self._head:
            return
        self._head = head or {"id": self._names.response, "created_at": 0, "model": ""}
        self._emit({"type": "response.created", "response": self._response()})
        self._emit({"type": "response.in_progress", "response": self._response()})

    def _response(self) -> Json:
        output = [item.whole for item in self._items]
        return shape.response(self._head, self._ask.echo, output) | self._told

    def _say(self, delta: Members, logprobs: list[Json]) -> None:
        delta.take("role", str)
        reasoning = take_reasoning(delta)
        thinking = delta.take_list("thinking_blocks")
        if reasoning or thinking:
            item = self._open("reasoning")
            item.thinking += thinking
            if reasoning:
                item.say("reasoning_text", reasoning, [])
        text = take_content(delta)
        if text or logprobs:
            self._open("message").say("output_text", text, logprobs)
        refusal = delta.take("refusal", str)
        if refusal:
            self._open("message").say("refusal", refusal, [])
        for piece in delta.each("tool_calls"):
            self._call(piece)

    def _open(self, kind: str) -> TextItem:
        """Return the item of text that is open, or begin one."""
        last = self._text()
        if last is not None and last.kind == kind:
            return last
        if last is not None:
            last.end("completed")
        index = len(self._items)
        item = TextItem(
            kind, self._names.item("rs" if kind == "reasoning" else "msg", index), index, self._emit
        )
        self._items.append(item)
        return item

    def _text(self) -> TextItem | None:
        """Return the item of text that is open: the last one, unless a call came behind it."""
        last = self._items[-1] if self._items else None
        return last if isinstance(last, TextItem) and not last.ended else None

    def _call(self, piece: Members) -> None:
        call, text = self._calls.read(piece)
        call.said += [text] if text else []
        item = self._by_call.get(call.number)
        if item is not None:
            item.say(text)
        elif call.name:
            open_text = self._text()
            if open_text is not None:
                open_text.end("completed")
            index = len(self._items)
            item = CallItem(call, self._names.item("fc", index), index, self._emit)
            call.block, call.open = index, True
            self._by_call[call.number] = item
            self._items.append(item)
            item.say("".join(call.said))

    def _end_items(self, status: str) -> None:
        if status == "completed" and any(call.block is None for call in self._calls):
            raise UpstreamFailed("found a call of a tool without a name in the upstream's stream")
        for item in self._items:
            if not item.ended:
                item.end(status)

    def _emit(self, event: Json) -> None:
        self._events.append(event)

    def _flush(self) -> bytes:
        events, self._events = self._events, []
        if not events:
            return b""
        extras = self._extras.take()
        events[-1] |= extras
        if extras and "response" in events[-1]:  # the last event's response is what clients keep
            events[-1]["response"] = events[-1]["response"] | extras
        frames: list[bytes] = []
        for event in events:
            numbered = {"type": event["type"], "sequence_number": self._number} | event
            frames.append(b"event: %b\ndata: %b\n\n" % (event["type"].encode(), _encode(numbered)))
            self._number += 1
        return b"".join(frames)


def _read_error(error: Any) -> Json:
    """Return an error as a response tells it."""
    if not isinstance(error, dict):
        return {"code": "server_error", "message": str(error)}
    found: Json = error  # pyright: ignore[reportUnknownVariableType]
    code = found.get("code") or found.get("type") or "server_error"
    return {"code": str(code), "message": str(found.get("message") or "the upstream's stream failed")}
