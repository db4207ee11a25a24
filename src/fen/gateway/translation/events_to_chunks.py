"""A stream of Messages events, as chat completion chunks."""

from __future__ import annotations

import msgspec

from fen.gateway.translation.answer_to_openai import EXTRAS, TARGET
from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import implied, take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.gateway.translation.pieces import Piece, end_piece, piece
from fen.wire.anthropic import AnthropicUsage, merge_usage, read_anthropic_usage, read_finish
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage, write_openai_usage

_encode = msgspec.json.Encoder().encode


class _Block:
    """A block that is open: its kind, which call it is, and what it has said so far."""

    def __init__(self, kind: str, call: int = 0) -> None:
        self.kind = kind
        self.call = call
        self.said: list[str] = []
        self.signature = ""


class ChunkWriter:
    """Turns events into chunks; `created` is the answer's time in Unix seconds.

    The usage chunk always comes, right behind the finish_reason, where the stream reported usage. What is
    not known as a kind of event is carried along: Anthropic adds some without a new version.
    """

    def __init__(self, created: int) -> None:
        self._head: Json = {"id": "", "object": "chat.completion.chunk", "created": created, "model": ""}
        self._blocks: dict[int, _Block] = {}
        self._calls = 0
        self._usage: AnthropicUsage | None = None
        self._extras = Extras(EXTRAS)

    def feed(self, payload: bytes) -> list[Piece]:
        """Return the chunks that one event becomes; raises UpstreamFailed."""
        event = AnswerMembers(read_answer(payload), "", TARGET)
        kind = event.need("type", str)
        if kind == "content_block_delta":
            return self._add(event)
        if kind == "content_block_start":
            return self._open(event)
        if kind == "content_block_stop":
            return self._shut(event)
        if kind == "message_start":
            return self._start(event)
        if kind == "message_delta":
            return self._end(event)
        if kind == "error":
            error = event.need_inside("error")
            raise UpstreamFailed(error.take("message", str) or "the upstream's stream reported an error")
        if kind not in ("ping", "message_stop"):
            self._extras.add("events", {"type": kind} | event.rest())
        return []

    def close(self, estimate: Usage) -> list[Piece]:
        """Return nothing: the last chunks went out with the event that ended the answer."""
        return []

    def _chunk(self, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._head | {"choices": [choice]} | self._extras.take()

    def _start(self, event: Members) -> list[Piece]:
        message = event.need_inside("message")
        self._head |= {"id": message.need("id", str), "model": message.need("model", str)}
        self._report(message)
        for name in ("type", "role", "content"):
            message.take_any(name)
        self._extras.note("", message.rest() | event.rest())
        return [piece(self._chunk({"role": "assistant", "content": ""}))]

    def _open(self, event: Members) -> list[Piece]:
        index = event.need("index", int)
        block = event.need_inside("content_block")
        kind = block.need("type", str)
        opened = self._blocks[index] = _Block(kind, self._calls)
        deltas: list[Json] = []
        if kind == "tool_use":
            self._calls += 1
            deltas.append(_begin_call(opened, block))
        elif kind == "redacted_thinking":
            thought = {"type": kind, "data": block.need("data", str)}
            deltas.append({"thinking_blocks": [thought]})
        elif kind == "thinking":
            opened.signature = block.take("signature", str) or ""
            deltas += _say(opened, "reasoning_content", block.take("thinking", str))
        elif kind == "text":
            deltas += _say(opened, "content", block.take("text", str))
        else:
            raise block.untranslatable("type", kind, "text, thinking or tool_use")
        self._extras.add("content", block.rest(), index)
        self._extras.note("", event.rest())
        return [piece(self._chunk(delta)) for delta in deltas]

    def _add(self, event: Members) -> list[Piece]:
        index = event.need("index", int)
        delta = event.need_inside("delta")
        kind = delta.need("type", str)
        block = self._blocks.get(index)
        if block is None:
            raise event.wrong("index", index, "the index of a block that was started")
        deltas: list[Json] = []
        if kind == "text_delta":
            deltas = _say(block, "content", delta.need("text", str))
        elif kind == "input_json_delta":
            deltas = _argue(block, delta.need("partial_json", str))
        elif kind == "thinking_delta":
            deltas = _say(block, "reasoning_content", delta.need("thinking", str))
        elif kind == "signature_delta":
            block.signature = delta.need("signature", str)
        elif kind == "citations_delta":
            self._extras.add("content", {"citations": [delta.take_any("citation")]}, index)
        else:
            raise delta.untranslatable("type", kind, "text, thinking or input_json")
        self._extras.add("content", delta.rest(), index)
        return [piece(self._chunk(made)) for made in deltas]

    def _shut(self, event: Members) -> list[Piece]:
        block = self._blocks.pop(event.need("index", int), None)
        if block is None:
            return []
        if block.kind == "tool_use" and not block.said:
            return [piece(self._chunk(delta)) for delta in _argue(block, "{}")]
        if block.kind == "thinking":
            thought = {"type": "thinking", "thinking": "".join(block.said), "signature": block.signature}
            return [piece(self._chunk({"thinking_blocks": [thought]}))]
        return []

    def _end(self, event: Members) -> list[Piece]:
        reported = self._report(event)
        delta = event.need_inside("delta")
        reason = delta.take("stop_reason", str)
        finish = read_finish(reason)
        if reason != implied(finish):
            self._extras.note("", {"stop_reason": reason})
        self._extras.note("", delta.rest() | event.rest())
        if finish is None:
            return []
        pieces = [end_piece(self._chunk({}, finish), finish=True)]
        if reported and self._usage is not None:
            usage = write_openai_usage(read_anthropic_usage(self._usage).usage)
            report: Json = {"choices": [], "usage": usage}
            chunk = self._head | report | self._extras.take()
            pieces.append(end_piece(chunk, usage=True, bare=True))
        return pieces

    def _report(self, where: Members) -> bool:
        usage, more = take_usage(where, AnthropicUsage)
        self._extras.note("usage", more)
        if usage is not None:
            self._usage = merge_usage(self._usage, usage)
        return usage is not None


def _say(block: _Block, name: str, text: str | None) -> list[Json]:
    if not text:
        return []
    block.said.append(text)
    return [{name: text}]


def _begin_call(opened: _Block, block: Members) -> Json:
    given = block.tree("input")
    arguments = _encode(given).decode() if given else ""
    if arguments:
        opened.said.append(arguments)
    function = {"name": block.need("name", str), "arguments": arguments}
    head = {"index": opened.call, "id": block.need("id", str), "type": "function", "function": function}
    return {"tool_calls": [head]}


def _argue(block: _Block, text: str) -> list[Json]:
    if not text:
        return []
    block.said.append(text)
    return [{"tool_calls": [{"index": block.call, "function": {"arguments": text}}]}]
