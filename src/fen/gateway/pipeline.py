"""The pipeline: what happens to a request, in order.

admit    who asks
choose   which model answers, and can it
hold     reserve the worst case of that choice
send     call the upstream
settle   real usage x the price of that moment, durable before the answer's last byte
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from fen.gateway.admission import identify
from fen.gateway.call import Call, Caller, Parts, Reply
from fen.gateway.choice import bound_output, check_limits, find_card
from fen.gateway.measure import measure
from fen.gateway.records import make_hold
from fen.gateway.settlement import CLOSED_REQUEST, give_up, leave, settle_stream, settle_whole
from fen.wire.answer import Whole
from fen.wire.errors import BooksUnavailable, FenError, Internal
from fen.wire.ports import Outbound
from fen.wire.request import Request

Stage = Callable[[Call, Parts], Awaitable[Call]]


async def admit(call: Call, parts: Parts) -> Call:
    """Find the key, or apply the rule for callers without one."""
    return replace(call, key=await identify(call.caller, parts))


async def choose(call: Call, parts: Parts) -> Call:
    """Resolve the model, its price of this moment, and whether it can serve the request."""
    card = find_card(call, parts)
    size = measure(call.request)
    check_limits(call, card, size)
    now = datetime.now(UTC)
    return replace(call, card=card, size=size, rates=parts.catalogue.rates(card.id, now))


async def hold(call: Call, parts: Parts) -> Call:
    """Reserve the worst case in the books before anything is sent."""
    assert call.card is not None
    held = make_hold(call, parts, bound_output(call, call.card))
    try:
        await parts.book.hold(held)
    except asyncio.CancelledError:
        # The writer works in order and has been told already: it sees the hold before this release of it.
        with suppress(BooksUnavailable):
            await parts.book.release(held.id, "disconnected", CLOSED_REQUEST)
        raise
    return replace(call, hold=held)


async def send(call: Call, parts: Parts) -> Call:
    """Call the upstream; a stream has begun when this returns."""
    assert call.card is not None
    outbound = Outbound(
        call.request,
        call.card.upstream_model,
        call.stream,
        call.id,
        call.traceparent,
        parts.deadlines,
    )
    return replace(call, answer=await parts.upstreams[call.card.upstream].send(outbound))


async def settle(call: Call, parts: Parts) -> Call:
    """Write the real usage down; a stream does so at its end."""
    assert call.answer is not None
    finish = settle_whole if isinstance(call.answer, Whole) else settle_stream
    return replace(call, reply=await finish(call, parts))


STAGES: tuple[Stage, ...] = (admit, choose, hold, send, settle)


def make_id() -> str:
    """Return a request id: the time in ms, then chance.

    Ids in the order of time keep a growing table's index at one edge, and a commit's pages few. They open
    nothing, so a generator without a system call will do: that one would give Python's lock away each time.
    """
    return f"req_{time.time_ns() // 1_000_000:011x}{random.getrandbits(56):014x}"


class Pipeline:
    """Runs calls through the stages."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def answer(
        self, request: Request, caller: Caller, *, tag: str | None = None, traceparent: str | None = None
    ) -> Reply:
        """Answer a request.

        Whatever happens after the hold, the books hear of it: an error releases the hold, a client that
        went away settles it by estimate; from the upstream's answer on, the last stage sees to it. Raises
        FenError, with the request's id in `request_id`.
        """
        parts = self.parts
        call_id = make_id()
        span, traceparent = parts.observer.start(call_id, traceparent)
        call = Call(call_id, request, caller, time.time_ns(), tag, span, traceparent)
        try:
            for stage in STAGES:
                call = await stage(call, parts)
        except FenError as error:
            error.request_id = call.id
            await give_up(call, parts, error)
            raise
        except asyncio.CancelledError:
            await leave(call, parts)
            raise
        except Exception as error:
            failure = Internal(f"a fault of Fen's own; its log has it under {call.id}")
            failure.request_id = call.id
            await give_up(call, parts, failure)
            raise failure from error
        assert call.reply is not None
        return call.reply
