"""A whole chat completion, as a response."""

from __future__ import annotations

import msgspec

from fen.gateway.responses import shape
from fen.gateway.responses.ask import Ask
from fen.gateway.responses.shape import Names
from fen.gateway.translation.answer_to_anthropic import check_kind, make_call_id, note_rest
from fen.gateway.translation.extras import Extras
from fen.gateway.translation.figures import take_usage
from fen.gateway.translation.members import AnswerMembers, Json, Members, read_answer
from fen.gateway.translation.spoken import take_content, take_reasoning
from fen.wire.usage import OpenAIUsage, read_openai_usage

TARGET = "openai.responses"
EXTRAS = "chat"
"""The member that carries what the Responses format has no place for."""

_encode = msgspec.json.Encoder().encode


def write_answer(body: bytes, ask: Ask, request_id: str) -> bytes:
    """Translate an answer.

    Raises UpstreamFailed for what is no answer, or has content without a counterpart.
    """
    answer = AnswerMembers(read_answer(body), "", TARGET)
    choices = answer.each("choices")
    if len(choices) != 1:
        raise answer.wrong("choices", len(choices), "one choice")
    choice = choices[0]
    names = Names(request_id)
    head = take_head(answer, names)
    finish = choice.take("finish_reason", str)
    message = choice.need_inside("message")
    logprobs = take_logprobs(choice)
    output = _gather(message, names, logprobs, "incomplete" if shape.is_short(finish) else "completed")
    usage, more = take_usage(answer, OpenAIUsage)
    made = shape.response(head, ask.echo, output) | shape.end(finish)
    if usage is not None:
        made["usage"] = shape.usage(read_openai_usage(usage).usage)
    extras = Extras(EXTRAS)
    extras.note("usage", more)
    choice.take("index", int)
    take_told(answer, made)
    note_rest(extras, answer, choice, message)
    return _encode(made | extras.take())


def take_head(answer: Members, names: Names) -> Json:
    """Take what an answer or a chunk says of itself.

    The answer's own id is carried along by name: the response's is Fen's, so that `/v1/requests` knows it.
    """
    created = answer.take_any("created")
    at = created if isinstance(created, int) and not isinstance(created, bool) else 0
    return {"id": names.response, "created_at": at, "model": answer.take("model", str) or ""}


def take_told(answer: Members, made: Json) -> None:
    """Take what a response has a place of its own for: the vendor's tier, and Fen's own figures."""
    tier = answer.take("service_tier", str)
    if tier is not None:
        made["service_tier"] = tier
    told = answer.tree("fen")
    if told is not None:
        made["fen"] = told


def take_logprobs(choice: Members) -> list[Json]:
    """Take a choice's probabilities: the same entries stand in both formats."""
    found = choice.inside("logprobs")
    if found is None:
        return []
    entries = found.take_list("content")
    found.take_any("refusal")
    return entries


def _gather(message: Members, names: Names, logprobs: list[Json], status: str) -> list[Json]:
    message.take("role", str)
    output: list[Json] = []
    reasoning = take_reasoning(message)
    thinking = message.take_list("thinking_blocks")
    if reasoning or thinking:
        output.append(shape.reasoning(names.item("rs", 0), reasoning, thinking))
    text = take_content(message)
    refusal = message.take("refusal", str) or ""
    calls = message.each("tool_calls")
    parts = [shape.text_part(text, logprobs)] if text or not (refusal or calls) else []
    parts += [shape.refusal_part(refusal)] if refusal else []
    if parts:
        output.append(shape.message(names.item("msg", len(output)), parts, status))
    for number, call in enumerate(calls):
        output.append(_call(call, names.item("fc", len(output)), number))
    return output


def _call(call: Members, item_id: str, number: int) -> Json:
    function = call.need_inside("function")
    arguments = function.take_any("arguments")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else _encode(arguments).decode()
    call_id = call.take("id", str) or make_call_id(number)
    made = shape.call(item_id, call_id, function.need("name", str), arguments)
    function.close()
    check_kind(call)
    call.close()
    return made
