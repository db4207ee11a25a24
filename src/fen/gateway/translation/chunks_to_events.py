"""A stream of chat completion chunks, as Messages events."""

from __future__ import annotations

from fen.gateway.translation.answer_to_anthropic import EXTRAS, TARGET, note_rest
from fen.gateway.translation.calls import Call, Calls
from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import anthropic_usage, stop_reason, take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.gateway.translation.pieces import Piece, end_piece, piece
from fen.gateway.translation.spoken import take_content, take_reasoning
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage


class EventWriter:
    """Turns chunks into events.

    The end waits for the stream's: OpenAI reports usage behind the finish_reason, Anthropic in one event.
    For the same reason `message_start` counts no input yet; `message_delta` has all the figures. A block of
    a call stays open while its arguments are not whole and another call goes on: nothing is held back.
    """

    def __init__(self) -> None:
        self._id = self._model = ""
        self._started = False
        self._blocks = 0
        self._open: str | None = None
        self._calls = Calls()
        self._finish: str | None = None
        self._refused = False
        self._usage: Usage | None = None
        self._extras = Extras(EXTRAS)

    def feed(self, payload: bytes) -> list[Piece]:
        """Return the events that one chunk becomes; raises UpstreamFailed."""
        chunk = AnswerMembers(read_answer(payload), "", TARGET)
        if chunk.take_any("error") is not None:
            raise UpstreamFailed("the upstream's stream reported an error")
        self._id = chunk.take("id", str) or self._id
        self._model = chunk.take("model", str) or self._model
        usage, more = take_usage(chunk, OpenAIUsage)
        if usage is not None:
            self._usage = read_openai_usage(usage).usage
        self._extras.note("usage", more)
        choices = chunk.each("choices")
        choice = choices[0] if choices else None
        delta: Members | None = None
        events: list[Json] = []
        if choice is not None:
            index = choice.take("index", int) or 0
            if index or len(choices) > 1:
                raise choice.untranslatable("index", index or 1, "one choice")
            delta = choice.inside("delta")
            self._finish = choice.take("finish_reason", str) or self._finish
            events = self._begin() + ([] if delta is None else self._say(delta))
        note_rest(self._extras, chunk, choice, delta)
        if events:
            events[-1] |= self._extras.take()
        return [piece(event) for event in events]

    def close(self, estimate: Usage) -> list[Piece]:
        """Return the last events.

        Raises UpstreamFailed where a call of a tool never got its name.
        """
        events = self._begin() + self._shut()
        for call in self._calls:
            events += self._shut_call(call)
        reason = stop_reason(self._finish, called=bool(self._calls), refused=self._refused)
        usage = estimate if self._usage is None else self._usage
        delta: Json = {"stop_reason": reason, "stop_sequence": None}
        end = {"type": "message_delta", "delta": delta, "usage": anthropic_usage(usage)} | self._extras.take()
        last = end_piece(end, finish=True, usage=True)
        return [*map(piece, events), last, piece({"type": "message_stop"})]

    def _begin(self) -> list[Json]:
        if self._started:
            return []
        self._started = True
        message: Json = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return [{"type": "message_start", "message": message}]

    def _say(self, delta: Members) -> list[Json]:
        delta.take("role", str)
        events: list[Json] = []
        reasoning = take_reasoning(delta)
        if reasoning:
            events += self._into("thinking", {"thinking": "", "signature": ""})
            events.append(self._add({"type": "thinking_delta", "thinking": reasoning}))
        text = take_content(delta)
        refusal = delta.take("refusal", str) or ""
        self._refused = self._refused or bool(refusal)
        if text or refusal:
            events += self._into("text", {"text": ""})
            events.append(self._add({"type": "text_delta", "text": text + refusal}))
        for part in delta.each("tool_calls"):
            events += self._call(*self._calls.read(part))
        return events

    def _into(self, kind: str, empty: Json) -> list[Json]:
        """Open a block of text or thinking, unless it is the one that is open."""
        if self._open == kind:
            return []
        events = self._shut() + self._shut_whole_calls()
        self._open = kind
        begin = {"type": kind} | empty
        events.append({"type": "content_block_start", "index": self._blocks, "content_block": begin})
        self._blocks += 1
        return events

    def _add(self, delta: Json) -> Json:
        return {"type": "content_block_delta", "index": self._blocks - 1, "delta": delta}

    def _shut(self) -> list[Json]:
        """Close the open block of text or thinking; it is always the last one."""
        if self._open is None:
            return []
        self._open = None
        return [_stop(self._blocks - 1)]

    def _call(self, call: Call, text: str) -> list[Json]:
        events: list[Json] = []
        call.said += [text] if text else []
        if call.block is None:
            if not call.name:
                return []  # it waits for its name
            events += self._shut() + self._shut_whole_calls()
            call.block, call.open = self._blocks, True
            self._blocks += 1
            events.append(call.begin)
            text = "".join(call.said)
        if text and call.open:
            delta = {"type": "input_json_delta", "partial_json": text}
            events.append({"type": "content_block_delta", "index": call.block, "delta": delta})
        return events

    def _shut_whole_calls(self) -> list[Json]:
        return [event for call in self._calls if call.open and call.whole for event in self._shut_call(call)]

    def _shut_call(self, call: Call) -> list[Json]:
        if call.block is None:
            raise UpstreamFailed("found a call of a tool without a name in the upstream's stream")
        if not call.open:
            return []
        call.open = False
        return [_stop(call.block)]


def _stop(index: int) -> Json:
    return {"type": "content_block_stop", "index": index}
