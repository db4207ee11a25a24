"""A whole Messages answer, as a chat completion."""

from __future__ import annotations

import msgspec

from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import implied, take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.wire.anthropic import AnthropicUsage, read_anthropic_usage, read_finish
from fen.wire.usage import write_openai_usage

TARGET = "openai.chat"
EXTRAS = "anthropic"
"""The member that carries what OpenAI's format has no place for."""

_encode = msgspec.json.Encoder().encode


def answer_to_openai(body: bytes, created: int) -> bytes:
    """Translate an answer; `created` is its time in Unix seconds, which Anthropic does not tell.

    Thinking becomes `reasoning_content`, and `thinking_blocks` keeps what Anthropic wants back with a next
    turn. Raises UpstreamFailed for what is no answer, or has a block without a counterpart.
    """
    answer = AnswerMembers(read_answer(body), "", TARGET)
    kind = answer.take_any("type")
    if kind != "message":
        raise answer.wrong("type", kind, "message")
    answer.take("role", str)
    extras = Extras(EXTRAS)
    message = _gather(answer.each("content"), extras)
    reason = answer.take("stop_reason", str)
    finish = read_finish(reason)
    if reason != implied(finish):
        extras.note("", {"stop_reason": reason})
    made: Json = {
        "id": answer.need("id", str),
        "object": "chat.completion",
        "created": created,
        "model": answer.need("model", str),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
    }
    usage, more = take_usage(answer, AnthropicUsage)
    if usage is not None:
        made["usage"] = write_openai_usage(read_anthropic_usage(usage).usage)
    extras.note("usage", more)
    extras.note("", answer.rest())
    return _encode(made | extras.take())


def _gather(blocks: list[Members], extras: Extras) -> Json:
    texts: list[str] = []
    thinking: list[Json] = []
    calls: list[Json] = []
    for index, block in enumerate(blocks):
        kind = block.need("type", str)
        if kind == "text":
            texts.append(block.need("text", str))
        elif kind in ("thinking", "redacted_thinking"):
            thinking.append(_thought(kind, block))
        elif kind == "tool_use":
            arguments = _encode(block.need_tree("input")).decode()
            calls.append(make_call(block, arguments))
        else:
            raise block.untranslatable("type", kind, "text, thinking or tool_use")
        extras.add("content", block.rest(), index)
    text = "".join(texts)
    message: Json = {"role": "assistant", "content": text or (None if calls else ""), "refusal": None}
    reasoning = "".join(block.get("thinking", "") for block in thinking)
    if reasoning:
        message["reasoning_content"] = reasoning
    if thinking:
        message["thinking_blocks"] = thinking
    if calls:
        message["tool_calls"] = calls
    return message


def _thought(kind: str, block: Members) -> Json:
    if kind == "redacted_thinking":
        return {"type": kind, "data": block.need("data", str)}
    signature = block.take("signature", str) or ""
    return {"type": kind, "thinking": block.need("thinking", str), "signature": signature}


def make_call(block: Members, arguments: str) -> Json:
    """Return OpenAI's tool call for a `tool_use` block."""
    function = {"name": block.need("name", str), "arguments": arguments}
    return {"id": block.need("id", str), "type": "function", "function": function}
