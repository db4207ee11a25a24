"""Answers of more than one attempt: longer than one call gives, or gone on with after an upstream broke."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from fen.gateway.attempts import Attempts
from fen.gateway.call import Call, Parts
from fen.gateway.continuation import continue_whole, continued
from fen.gateway.measure import measure, output_tokens
from fen.gateway.opening import find_handling, may_continue, write_request
from fen.gateway.segment import TURN
from fen.gateway.stitch import ESTIMATED, ContinuationPlan
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import BudgetBusy, BudgetExceeded, Internal, UpstreamFailed
from fen.wire.request import EmbeddingsRequest, Request
from fen.wire.usage import Usage

UNAFFORDABLE = "answer_unaffordable"
"""The code of an answer that its caller's own budget has no room to go on with."""

_BROKEN = msgspec.json.encode(
    {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}],
    }
)
"""Stands for the end of a segment that broke: to what follows it is one that was cut off."""


async def answer_in_full(call: Call, parts: Parts) -> Call:
    """Return the call with its answer: most often that of one attempt, as it is."""
    attempts = Attempts(call, parts)
    answer = await attempts.ask()
    candidate = attempts.candidate
    native = (
        call.request.format == "anthropic.messages"
        and parts.upstreams[candidate.card.upstream].format == "anthropic"
    )
    call = msgspec.structs.replace(
        call, card=candidate.card, answer=answer, speech="anthropic" if native else "openai"
    )
    if native or not (_is_cut(call, attempts) or _resumes(call)):
        return call
    if not may_continue(call, parts, candidate):
        return call
    plan = _plan(call, parts, attempts)
    return call if plan is None else msgspec.structs.replace(call, answer=await _go_on(plan, attempts, call))


def _asked(call: Call) -> int | None:
    view = call.request.view
    return None if isinstance(view, EmbeddingsRequest) else view.output_limit


def _is_cut(call: Call, attempts: Attempts) -> bool:
    """Whether the client asked for more than one call of the model gives."""
    asked, limit = _asked(call), attempts.candidate.limits.output
    return asked is not None and limit is not None and asked > limit


def _resumes(call: Call) -> bool:
    wishes = getattr(call.request.view, "fen", None)
    return wishes is not None and wishes.resume and call.stream


def _plan(call: Call, parts: Parts, attempts: Attempts) -> ContinuationPlan | None:
    """Return how to go on; None where nothing bounds the answer, which then is not gone on with."""
    candidate = attempts.candidate
    asked, limit = _asked(call), candidate.limits.output
    total = limit if asked is None else asked
    if total is None:
        return None
    style = TURN
    if not (_resumes(call) and len(call.candidates) > 1):  # the next segment may be another vendor's
        style = find_handling(parts, candidate.card).style
    request = write_request(call, parts, candidate)
    return ContinuationPlan(request, total if limit is None else limit, total, style)


async def _go_on(plan: ContinuationPlan, attempts: Attempts, call: Call) -> Whole | Stream:
    call.tally.most = None  # each of its attempts has a hold of its own
    answer = call.answer
    resumes = _resumes(call)

    def guard(stream: Stream, request: Request) -> Stream:
        return Stream(_Resumable(stream.events, attempts, request)) if resumes else stream

    async def ask(request: Request, _: int) -> Stream:
        segment = await _ask_on(request, attempts, call)
        if not isinstance(segment, Stream):
            raise Internal("found a whole answer, expected a stream")
        return guard(segment, request)

    async def ask_whole(request: Request, _: int) -> Whole:
        segment = await _ask_on(request, attempts, call)
        if not isinstance(segment, Whole):
            raise Internal("found a stream, expected a whole answer")
        return segment

    if isinstance(answer, Stream):
        return continued(guard(answer, plan.request), ask, plan)
    assert answer is not None
    return await continue_whole(answer, ask_whole, plan)


async def _ask_on(request: Request, attempts: Attempts, call: Call) -> Whole | Stream:
    """Ask for a segment; where its caller's own budget has no room, the answer does not end there as cut off.

    Raises BudgetExceeded with the code UNAFFORDABLE, which no continuation takes for an end.
    """
    while True:
        try:
            return await attempts.ask(request)
        except BudgetBusy:
            if not call.caller.budgets:
                raise
        except BudgetExceeded as refusal:
            if call.caller.budgets:
                raise BudgetExceeded(refusal.message, code=UNAFFORDABLE) from None
            raise


class _Resumable:
    """A segment's events; where its upstream breaks and another attempt follows, it ends as one cut off."""

    def __init__(self, source: Events, attempts: Attempts, request: Request) -> None:
        self._source = source
        self._attempts = attempts
        self._request = request
        self._produced = self._events = 0
        self._ended = False

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises UpstreamFailed where no attempt follows."""
        if self._ended:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except UpstreamFailed as error:
            if not await self._attempts.goes_on(error, shown=True):
                raise
            self._ended = True
            written = output_tokens(self._produced, self._events)
            usage = Usage(input=measure(self._request).estimate, output=written)
            return Event(_BROKEN, usage=usage, flags=(ESTIMATED,), finish="length")
        self._produced += event.produced
        self._events += bool(event.produced)
        return event

    async def aclose(self) -> None:
        """Close the segment."""
        self._ended = True
        await self._source.aclose()
