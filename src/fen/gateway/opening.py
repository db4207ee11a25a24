"""The first request of an answer, and whether more may follow it."""

from __future__ import annotations

from datetime import UTC, datetime

from fen.catalogue import Card
from fen.gateway.call import Call, Candidate, Handling, Parts
from fen.gateway.formats import prepare
from fen.gateway.introduce import introduce, make_sheet
from fen.gateway.segment import can_continue, limit_output
from fen.wire.anthropic import MessagesRequest
from fen.wire.request import ChatRequest, EmbeddingsRequest, Request, parse_request

_USUAL = Handling()


def write_request(call: Call, parts: Parts, candidate: Candidate) -> Request:
    """Return the client's request for a candidate, whole: with what unlocks its length, and a fact sheet.

    Raises Unsupported for what the candidate's wire format has no counterpart of.
    """
    request = prepare(call.request, parts, candidate)
    limits = candidate.limits
    if limits.steps:
        request = request.edit(dict(limits.parameters_for_output(wanted_output(call, candidate))))
    if not call.tier.introduce:
        return request
    told = introduce(request, make_sheet(candidate.card, limits, datetime.now(UTC).date()))
    return parse_request(told.format, told.to_bytes())  # its size counts


def wanted_output(call: Call, candidate: Candidate) -> int | None:
    """Return the tokens of one call that the client's wish comes to; None where it has none."""
    asked, most = getattr(call.request.view, "output_limit", None), candidate.limits.output
    return asked if asked is None or most is None else min(asked, most)


def open_request(call: Call, parts: Parts, candidate: Candidate) -> Request:
    """Return what is sent first: the client's request, limited to what one call gives.

    Raises Unsupported for what the candidate's wire format has no counterpart of.
    """
    request = write_request(call, parts, candidate)
    view, limits = request.view, candidate.limits
    if isinstance(view, EmbeddingsRequest):
        return request
    asked = view.output_limit
    if asked is None:
        return request if limits.cap is None else limit_output(request, limits.output or limits.cap)
    if limits.output is None or asked <= limits.output:
        return request
    return limit_output(request, limits.output)


def find_handling(parts: Parts, card: Card) -> Handling:
    """Return what the settings say of calls for a model."""
    return parts.handlings.get(card.id, _USUAL)


def may_continue(call: Call, parts: Parts, candidate: Candidate) -> bool:
    """Whether a candidate's answer may be put together of several calls.

    Not where the caller wants a single one, nor where a tool may be called, nor where a client meets an
    upstream in Anthropic's format: that is passed through.
    """
    if call.caller.single or not find_handling(parts, candidate.card).continuation:
        return False
    view = call.request.view
    if isinstance(view, MessagesRequest):
        return not view.tools and parts.upstreams[candidate.card.upstream].format == "openai"
    return isinstance(view, ChatRequest) and not view.tools and can_continue(call.request)
