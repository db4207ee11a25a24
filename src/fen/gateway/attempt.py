"""One attempt: reserved, sent, and settled by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from msgspec.structs import replace

from fen.gateway.breaker import Circuit
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.formats import check_whole, lift_stream, lift_whole, lower
from fen.gateway.measure import measure, output_tokens
from fen.gateway.meter import Metered
from fen.gateway.records import Outcome
from fen.gateway.reserve import reserve
from fen.gateway.settlement import CLOSED_REQUEST, Attempt, close_books, release
from fen.wire.answer import Stream, Whole
from fen.wire.errors import BooksUnavailable, FenError, Internal, UpstreamBusy, UpstreamPaused
from fen.wire.ports import Outbound
from fen.wire.request import Request

NO_ANSWER = "no_answer"
"""The flag of a settlement whose answer the client did not get: it could not be put into its format."""


async def begin(call: Call, parts: Parts, candidate: Candidate, request: Request) -> Whole | Stream:
    """Reserve and send a request; returns a whole answer that is settled, or a stream that settles itself.

    request: in OpenAI's format for any upstream, or in Anthropic's for one that speaks it; the answer is in
    the same. A stream has come to its first content. Raises what the upstream raises; it has cost nothing
    then.
    """
    card = candidate.card
    circuit = (card.upstream, card.upstream_model)
    if not parts.breakers.allow(circuit):
        raise _pause(call, parts, circuit)
    try:
        answer = await _begin(call, parts, candidate, request)
    except BaseException as error:
        parts.breakers.ended(circuit, error)
        raise
    parts.breakers.ended(circuit, None)
    if call.trail is not None:
        call.trail.note(card.id)
    return answer


async def _begin(call: Call, parts: Parts, candidate: Candidate, request: Request) -> Whole | Stream:
    lowered = lower(request, parts, candidate)
    attempt, sent = await _reserve(call, parts, candidate, lowered)
    try:
        answer = await _send(call, parts, candidate, sent)
    except asyncio.CancelledError:
        # It was sent, and the upstream may have read it.
        with suppress(BooksUnavailable):  # it is in the log
            await close_books(attempt, parts, attempt.estimate(CLOSED_REQUEST, "disconnected", 0))
        raise
    except FenError as error:
        await release(attempt, parts, error)
        raise
    except Exception:
        await release(attempt, parts, Internal("a fault of Fen's own"))
        raise
    lifts = lowered is not request
    if isinstance(answer, Whole):
        return await _settle_whole(attempt, parts, answer, request, lifts=lifts)
    # Lifted first: what cannot be is the upstream's fault, for which the meter charges nothing.
    metered = Metered(attempt, parts, lift_stream(answer.events, call.started_ns) if lifts else answer.events)
    await metered.accept()
    call.tally.segments += 1
    return Stream(metered)


async def _reserve(
    call: Call, parts: Parts, candidate: Candidate, request: Request
) -> tuple[Attempt, Request]:
    tally = call.tally
    number = tally.attempts + 1
    tally.card = candidate.card
    asking = call
    if request.body is not call.request.body:  # a translation, or a later segment, is longer
        asking = replace(call, request=request, size=measure(request))
    hold, sent = await reserve(asking, parts, candidate, number, request)
    tally.attempts, tally.most = number, hold.cost_max
    if sent is not request:
        tally.clamped = getattr(sent.view, "output_limit", None)
    return Attempt(call, candidate, hold), sent


async def _send(call: Call, parts: Parts, candidate: Candidate, request: Request) -> Whole | Stream:
    return await parts.upstreams[candidate.card.upstream].send(address(call, parts, candidate, request))


def address(call: Call, parts: Parts, candidate: Candidate, request: Request) -> Outbound:
    """Return a request as the candidate's upstream gets it, with the headers that are for it."""
    headers = candidate.headers
    if request.format == call.request.format:
        headers = (*headers, *call.caller.headers)
    model = candidate.card.upstream_model
    return Outbound(request, model, call.stream, call.id, call.traceparent, parts.deadlines, headers)


async def _settle_whole(
    attempt: Attempt, parts: Parts, answer: Whole, asked: Request, *, lifts: bool
) -> Whole:
    """Settle a whole answer, and return it in OpenAI's format where it `lifts`.

    The client gets no answer that cannot be put into its format, so its key pays nothing for one.
    """
    call, outcome = attempt.call, _read(attempt, answer)
    try:
        if lifts:
            answer = lift_whole(answer, call.started_ns)
        check_whole(answer, asked, call.request)
    except Exception as fault:
        error = fault if isinstance(fault, FenError) else Internal("a fault of Fen's own")
        flags = (*outcome.flags, NO_ANSWER)
        told = replace(outcome, status=error.status, reason=error.code, flags=flags, charged=False)
        with suppress(BooksUnavailable):  # it is in the log; the client is told the first error
            await close_books(attempt, parts, told)
        raise
    await close_books(attempt, parts, outcome, answer)
    call.tally.segments += 1
    return answer


def _read(attempt: Attempt, answer: Whole) -> Outcome:
    if answer.usage is not None:
        return Outcome(200, answer.usage, flags=answer.flags)
    return attempt.estimate(200, "no_usage", output_tokens(answer.produced, 1))


def _pause(call: Call, parts: Parts, circuit: Circuit) -> UpstreamPaused:
    breakers = parts.breakers
    seconds, busy = breakers.seconds(circuit), breakers.is_busy(circuit)
    kind, what = (UpstreamBusy, "busy") if busy else (UpstreamPaused, "failing")
    error = kind(
        f"{circuit[1]}: found upstream {circuit[0]} {what}, expected to answer again in {seconds:.1f} s",
        retry_after=seconds,
    )
    call.tally.fail(error)
    return error
