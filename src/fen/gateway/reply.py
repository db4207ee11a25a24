"""What the client gets: its answer in its own wire format, with what it came to."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fen.gateway.admission import leave, tell_rates
from fen.gateway.cache import HEADER
from fen.gateway.call import Call, Parts, Reply
from fen.gateway.formats import speech_of, to_events, to_messages
from fen.gateway.framing import ChunkFrames, EventFrames, Frames
from fen.gateway.guarding import HEADER as GUARD_HEADER
from fen.gateway.route_header import tell_route
from fen.wire.answer import Events, Stream, Whole
from fen.wire.errors import FenError
from fen.wire.money import Money
from fen.wire.ports import Headers


async def reply_whole(call: Call, parts: Parts) -> Reply:
    """Return a whole answer with its cost; all its attempts are settled."""
    answer, tally = call.answer, call.tally
    assert isinstance(answer, Whole)
    if speech_of(call.request) != call.speech:
        # Of a cascade, others have been asked too, whose tokens are not the answer's.
        usage = tally.usage if call.routed is None else answer.usage or tally.usage
        answer = to_messages(answer, usage)
    told = (
        *tell_answer(call),
        ("x-fen-cost", _show(tally.spent)),
        ("x-fen-attempts", str(tally.attempts)),
        ("x-fen-segments", str(tally.segments)),
        *tell_rates(call),
    )
    leave(call, parts)
    return Reply(told, answer.body)


async def reply_stream(call: Call, parts: Parts) -> Reply:
    """Return a stream whose first bytes are there; its attempts settle themselves before its end."""
    answer = call.answer
    assert isinstance(answer, Stream)
    native = speech_of(call.request) == call.speech
    events = answer.events if native else to_events(answer.events)
    frames = EventFrames(call) if speech_of(call.request) == "anthropic" else ChunkFrames(call)
    rest = _frames(call, parts, events, frames)
    first = await anext(rest)
    most = ("x-fen-cost-max", _show(call.tally.most))
    return Reply((*tell_answer(call), most, *tell_rates(call)), first, rest)


async def _frames(call: Call, parts: Parts, events: Events, frames: Frames) -> AsyncGenerator[bytes, None]:
    """Yield what the client gets. Once begun, it ends the call, once, however it ends itself."""
    shown = False
    try:
        async for event in events:
            if piece := frames.take(event):
                yield piece
                shown = True
        yield frames.end()
    except FenError as error:
        if not shown:
            raise
        call.tally.fail(error)
        error.request_id = call.id
        yield frames.fail(error)
    finally:
        await events.aclose()
        leave(call, parts)


def tell_answer(call: Call) -> Headers:
    """Return the headers that every answer has."""
    told: Headers = (("x-fen-model", call.card.id if call.card else ""), ("x-fen-request-id", call.id))
    if call.recalled is not None:
        told = (*told, (HEADER, "hit" if call.recalled else "miss"))
    if call.guarded is not None:
        told = (*told, (GUARD_HEADER, call.guarded.tell()))
    if call.routed is not None:
        told = (*told, *tell_route(call))
    if call.tally.clamped is None:
        return told
    return (*told, ("x-fen-max-tokens", str(call.tally.clamped)))


def _show(amount: Money | None) -> str:
    return "unknown" if amount is None else str(amount)
