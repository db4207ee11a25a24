"""Where a client and an upstream speak different wire formats: the translation around an attempt.

Between the two stands OpenAI's format: an upstream that speaks Anthropic's gets a lowered request, and its
answer is lifted. A client that speaks Anthropic's and meets such an upstream is passed through.
"""

from __future__ import annotations

from fen.gateway.call import Candidate, Parts
from fen.gateway.translation import (
    ChunkWriter,
    EventWriter,
    TranslatedEvents,
    answer_to_anthropic,
    answer_to_openai,
    request_to_anthropic,
    request_to_openai,
)
from fen.wire.answer import Events, Whole
from fen.wire.errors import Unsupported
from fen.wire.ports import Speech
from fen.wire.request import Request, parse_request
from fen.wire.usage import Usage

_SPEECHES: dict[str, Speech] = {
    "openai.chat": "openai",
    "openai.embeddings": "openai",
    "anthropic.messages": "anthropic",
}

_MOST_UNASKED = 4096
"""Output tokens that Anthropic is asked for where neither the client nor the catalogue knows a limit."""


def speech_of(request: Request) -> Speech:
    """Return whose format a request is in."""
    return _SPEECHES[request.format]


def prepare(request: Request, parts: Parts, candidate: Candidate) -> Request:
    """Return the client's request in the format in which a candidate's attempts take it, without `fen`.

    Raises Unsupported, naming the member, for what the candidate's format has no counterpart of.
    """
    if getattr(request.view, "fen", None) is not None:
        request = request.edit({"fen": None})
    speech = parts.upstreams[candidate.card.upstream].format
    if request.format == "anthropic.messages" and speech == "openai":
        return parse_request("openai.chat", request_to_openai(request.to_bytes()))
    if request.format == "openai.embeddings" and speech == "anthropic":
        raise Unsupported(f"found embeddings asked of {candidate.card.id}, expected a model that embeds")
    return request


def lower(request: Request, parts: Parts, candidate: Candidate) -> Request:
    """Return a request as the candidate's upstream takes it.

    Raises Unsupported for what its format has no counterpart of.
    """
    if request.format != "openai.chat" or parts.upstreams[candidate.card.upstream].format == "openai":
        return request
    body = request_to_anthropic(request.to_bytes(), candidate.limits.output or _MOST_UNASKED)
    return parse_request("anthropic.messages", body)


def lift_whole(answer: Whole, started_ns: int) -> Whole:
    """Return an answer of such an upstream's as a chat completion."""
    body = answer_to_openai(answer.body, started_ns // 1_000_000_000)
    return Whole(body, answer.usage, answer.flags, answer.produced)


def check_whole(answer: Whole, asked: Request, request: Request) -> None:
    """Raise UpstreamFailed where the client's request wants an answer in a format that it cannot be put into.

    asked: what it answers. Once all attempts are settled is too late: the key would have paid for it.
    """
    if speech_of(request) == "anthropic" and speech_of(asked) == "openai":
        to_messages(answer, Usage())


def lift_stream(events: Events, started_ns: int) -> Events:
    """Return a stream of such an upstream's as chunks."""
    return TranslatedEvents(events, ChunkWriter(started_ns // 1_000_000_000))


def to_messages(answer: Whole, usage: Usage) -> Whole:
    """Return a chat completion as a client gets it that speaks Anthropic's format."""
    body = answer_to_anthropic(answer.body, usage)
    return Whole(body, answer.usage, answer.flags, answer.produced)


def to_events(events: Events) -> Events:
    """Return chunks as a client gets them that speaks Anthropic's format."""
    return TranslatedEvents(events, EventWriter())
