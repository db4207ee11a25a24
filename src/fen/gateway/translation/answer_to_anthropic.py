"""A whole chat completion, as a Messages answer."""

from __future__ import annotations

import msgspec

from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import anthropic_usage, stop_reason, take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.gateway.translation.messages_to_turns import read_arguments
from fen.gateway.translation.spoken import take_content, take_reasoning
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage

TARGET = "anthropic.messages"
EXTRAS = "openai"
"""The member that carries what Anthropic's format has no place for."""

IMPLIED = ("object", "created", "obfuscation")
"""Members of a completion or a chunk that say nothing of the answer: its kind, its time, its padding."""

_encode = msgspec.json.Encoder().encode


def answer_to_anthropic(body: bytes, estimate: Usage) -> bytes:
    """Translate an answer; the estimate stands in for usage that the upstream did not report.

    Reasoning becomes a thinking block without a signature. Raises UpstreamFailed for what is no answer, or
    has content without a counterpart.
    """
    answer = AnswerMembers(read_answer(body), "", TARGET)
    choices = answer.each("choices")
    if len(choices) != 1:
        raise answer.wrong("choices", len(choices), "one choice")
    choice = choices[0]
    extras = Extras(EXTRAS)
    message = choice.need_inside("message")
    content, refused = _gather(message)
    called = any(block["type"] == "tool_use" for block in content)
    finish = choice.take("finish_reason", str)
    usage, more = take_usage(answer, OpenAIUsage)
    made: Json = {
        "id": answer.take("id", str) or "",
        "type": "message",
        "role": "assistant",
        "model": answer.take("model", str) or "",
        "content": content,
        "stop_reason": stop_reason(finish, called=called, refused=refused),
        "stop_sequence": None,
        "usage": anthropic_usage(estimate if usage is None else read_openai_usage(usage).usage),
    }
    extras.note("usage", more)
    choice.take("index", int)
    note_rest(extras, answer, choice, message)
    return _encode(made | extras.take())


def note_rest(extras: Extras, answer: Members, choice: Members | None, message: Members | None) -> None:
    """Keep what is left of a completion or a chunk, once all that has a counterpart is taken."""
    for name in IMPLIED:
        answer.take_any(name)
    extras.note("", answer.rest())
    if choice is not None:
        extras.note("choice", choice.rest())
    if message is not None:
        extras.note("message", message.rest())


def _gather(message: Members) -> tuple[list[Json], bool]:
    """Return the blocks, and whether the model refused."""
    message.take("role", str)
    blocks: list[Json] = []
    reasoning = take_reasoning(message)
    if reasoning:
        blocks.append({"type": "thinking", "thinking": reasoning, "signature": ""})
    refusal = message.take("refusal", str) or ""
    text = take_content(message) + refusal
    if text:
        blocks.append({"type": "text", "text": text})
    blocks += [_call(call, index) for index, call in enumerate(message.each("tool_calls"))]
    return blocks, bool(refusal)


def _call(call: Members, index: int) -> Json:
    check_kind(call)
    function = call.need_inside("function")
    made: Json = {
        "type": "tool_use",
        "id": call.take("id", str) or make_call_id(index),
        "name": function.need("name", str),
        "input": read_arguments(function),
    }
    function.close()
    call.close()
    return made


def check_kind(call: Members) -> None:
    """Take what a tool call says of its kind and place.

    Raises UpstreamFailed for a kind other than a function.
    """
    kind = call.take("type", str)
    if kind not in (None, "", "function"):
        raise call.untranslatable("type", kind, "function")
    call.take("index", int)


def make_call_id(index: int) -> str:
    """Return an id for a call that came without one: Anthropic's clients answer by it."""
    return f"call_{index}"
