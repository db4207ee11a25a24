"""The end of a call: what it used, what that costs, and that it is written down before the client has all.

The books take a settlement the moment they are asked for it (`Book.settle` queues before it first waits), so
whoever is cancelled while it waits has settled all the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.json import encode
from msgspec.structs import replace

from fen.gateway.call import Call, Parts, Reply
from fen.gateway.measure import output_tokens
from fen.gateway.records import Outcome, price, record, write_settlement
from fen.gateway.stream import StreamReading, usage_chunk
from fen.wire.answer import Stream, Whole
from fen.wire.errors import BooksUnavailable, FenError, UpstreamFailed
from fen.wire.money import Money
from fen.wire.sse import DONE, frame
from fen.wire.usage import Usage

_log = logging.getLogger("fen.gateway")

CLOSED_REQUEST = 499
"""The status under which a call is recorded whose client went away (nginx's convention)."""


async def settle_whole(call: Call, parts: Parts) -> Reply:
    """Settle a whole answer and return it with its cost."""
    answer = call.answer
    assert isinstance(answer, Whole)
    if answer.usage is not None:
        outcome = Outcome(200, answer.usage, flags=answer.flags)
    else:
        outcome = _estimate(call, 200, "no_usage", output_tokens(answer.produced, 1))
    spent = await close_books(call, parts, outcome)
    return Reply((*headers(call), ("x-fen-cost", _show(spent))), answer.body)


async def settle_stream(call: Call, parts: Parts) -> Reply:
    """Return a stream that settles itself at its end; its first bytes are there."""
    assert call.hold is not None
    rest = _frames(call, parts)
    first = await anext(rest)
    return Reply((*headers(call), ("x-fen-cost-max", _show(call.hold.cost_max))), first, rest)


async def give_up(call: Call, parts: Parts, error: FenError) -> None:
    """Close the books on a call that failed before its upstream answered; later there is nothing to do."""
    if call.answer is None:
        await _release(call, parts, error)


async def leave(call: Call, parts: Parts) -> None:
    """Close the books on a call whose client went away before the upstream answered.

    Where it was sent, its input is settled by estimate: the upstream may have read it.
    """
    if call.answer is not None:
        return
    if call.hold is None:
        record(call, parts, Outcome(CLOSED_REQUEST, reason="disconnected"), None)
        return
    with suppress(BooksUnavailable):  # it is in the log
        await close_books(call, parts, _estimate(call, CLOSED_REQUEST, "disconnected", 0))


async def close_books(call: Call, parts: Parts, outcome: Outcome) -> Money | None:
    """Settle the call's hold durably and tell telemetry; returns the vendor's cost, None where unknown.

    Cancelled, it has settled all the same. Raises BooksUnavailable; the hold then stays open, and a recovery
    settles it by estimate.
    """
    assert call.hold is not None
    spent = price(call, outcome.usage)
    try:
        await parts.book.settle(write_settlement(call, outcome, spent, time.time_ns(), datetime.now(UTC)))
    except BooksUnavailable as away:
        _log.error("a call could not be settled: %s", away, extra={"request_id": call.id})
        outcome = replace(outcome, status=away.status, reason=away.code)
        away.request_id = call.id
        raise
    finally:
        record(call, parts, outcome, spent)
    return spent


def headers(call: Call) -> tuple[tuple[str, str], ...]:
    """Return the headers that every answer has."""
    return (("x-fen-model", call.card.id if call.card else ""), ("x-fen-request-id", call.id))


async def _frames(call: Call, parts: Parts) -> AsyncGenerator[bytes, None]:
    """Yield what the client gets. Once begun, it closes the books, once, however it ends."""
    assert isinstance(call.answer, Stream)
    reading = StreamReading(call, parts.book)
    events = call.answer.events
    try:
        async for event in events:
            if reading.see(event):
                yield frame(event.data)
        yield await _finish(call, parts, reading)
    except UpstreamFailed as error:
        if reading.complete:  # it broke after all had come
            yield await _finish(call, parts, reading)
        else:
            yield await _fail(call, parts, reading, error)
    finally:
        await events.aclose()
        if not reading.closed:
            with suppress(BooksUnavailable):  # it is in the log, and nobody is left to tell
                await close_books(call, parts, _left(call, reading))


async def _finish(call: Call, parts: Parts, reading: StreamReading) -> bytes:
    """Settle a stream that came to its end; returns its last frames."""
    reading.closed = True
    if reading.usage is not None:
        outcome = Outcome(200, reading.usage, flags=reading.flags, first_ns=reading.first_ns)
    else:
        outcome = _estimate(call, 200, "no_usage", reading.output, reading.first_ns)
    try:
        spent = await close_books(call, parts, outcome)
    except BooksUnavailable as error:
        if not reading.shown:
            raise
        return frame(encode(error.to_object()))
    if not reading.wanted:
        return frame(DONE)
    return frame(usage_chunk(call, reading, outcome.usage, spent)) + frame(DONE)


async def _fail(call: Call, parts: Parts, reading: StreamReading, error: UpstreamFailed) -> bytes:
    """Settle a stream that broke: the key pays nothing; returns the error as the stream's last frame.

    Where nothing has gone out yet the error is raised: the client gets its own status.
    """
    reading.closed = True
    if not reading.shown:
        await _release(call, parts, error)
        raise error
    outcome = _estimate(call, error.status, error.code or error.type, reading.output, reading.first_ns)
    with suppress(BooksUnavailable):  # it is in the log; the client is told the first error
        await close_books(call, parts, replace(outcome, charged=False))
    return frame(encode(error.to_object()))


async def _release(call: Call, parts: Parts, error: FenError) -> None:
    """Write down that an error cost nothing.

    Books that are away are logged and not raised: the client is told the first error. The hold then stays
    open, and a recovery settles it.
    """
    reason = error.code or error.type
    try:
        if call.hold is not None:
            await parts.book.release(call.hold.id, reason, error.status)
    except BooksUnavailable as away:
        _log.error("a hold could not be released: %s", away, extra={"request_id": call.id})
    finally:
        record(call, parts, Outcome(error.status, reason=reason), None)


def _left(call: Call, reading: StreamReading) -> Outcome:
    if reading.complete and reading.usage is not None:
        return Outcome(200, reading.usage, flags=reading.flags, first_ns=reading.first_ns)
    return _estimate(call, CLOSED_REQUEST, "disconnected", reading.output, reading.first_ns)


def _estimate(call: Call, status: int, reason: str, output: int, first_ns: int | None = None) -> Outcome:
    hold = call.hold
    read = call.size.estimate if call.size else 0
    if hold is not None and hold.output_bound is not None:
        output = min(output, hold.output_bound)
    return Outcome(status, Usage(input=read, output=output), "estimated", reason, first_ns=first_ns)


def _show(amount: Money | None) -> str:
    return "unknown" if amount is None else str(amount)
