"""The end of a call: what it used, what that costs, and that it is written down before the client has all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import msgspec

from fen.catalogue import cost
from fen.gateway.call import Call, Parts, Reply
from fen.gateway.measure import output_tokens
from fen.gateway.records import Outcome, record
from fen.gateway.stream import StreamReading, usage_chunk
from fen.ledger import Settlement
from fen.wire.answer import Stream, Whole
from fen.wire.errors import FenError, UpstreamFailed
from fen.wire.money import Money
from fen.wire.sse import DONE, frame
from fen.wire.usage import Usage

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
    return Reply((*headers(call), ("x-fen-cost", str(spent) if spent else "unknown")), answer.body)


async def settle_stream(call: Call, parts: Parts) -> Reply:
    """Return a stream that settles itself at its end; its first bytes are there."""
    assert call.hold is not None
    rest = _frames(call, parts)
    first = await anext(rest)
    most = call.hold.cost_max
    return Reply((*headers(call), ("x-fen-cost-max", str(most) if most else "unknown")), first, rest)


async def give_up(call: Call, parts: Parts, error: FenError | None) -> None:
    """Close the books on a call that never got to answer.

    An error costs nothing. A client that went away (None) did ask: its input is settled by estimate.
    """
    if error is None:
        await close_books(call, parts, _estimate(call, CLOSED_REQUEST, "disconnected", 0))
        return
    reason = error.code or error.type
    outcome = Outcome(error.status, reason=reason)
    if call.hold is not None:
        await parts.book.release(call.hold.id, reason, error.status)
    record(call, parts, outcome, None)


async def close_books(call: Call, parts: Parts, outcome: Outcome) -> Money | None:
    """Settle the call's hold durably and tell telemetry; returns the vendor's cost, None where unknown."""
    spent = cost(outcome.usage, call.rates).quantized() if call.rates else None
    if call.hold is not None:
        now = time.time_ns()
        first = outcome.first_ns
        charge = spent if outcome.charged or spent is None else Money(spent.amount * 0, spent.currency)
        await parts.book.settle(
            Settlement(
                id=call.hold.id,
                usage=outcome.usage,
                cost=spent,
                charge=charge,
                certainty=outcome.certainty,
                reason=outcome.reason,
                flags=outcome.flags,
                status=outcome.status,
                settled_at=datetime.now(UTC),
                duration_ms=(now - call.started_ns) // 1_000_000,
                first_ms=None if first is None else (first - call.started_ns) // 1_000_000,
            )
        )
    record(call, parts, outcome, spent)
    return spent


def headers(call: Call) -> tuple[tuple[str, str], ...]:
    """Return the headers that every answer has."""
    return (("x-fen-model", call.card.id if call.card else ""), ("x-fen-request-id", call.id))


async def _frames(call: Call, parts: Parts) -> AsyncGenerator[bytes, None]:
    assert isinstance(call.answer, Stream)
    reading = StreamReading(call, parts.book)
    events = call.answer.events
    try:
        async for event in events:
            if reading.see(event):
                yield frame(event.data)
        outcome = _finish(call, reading)
        spent = await close_books(call, parts, outcome)
        reading.closed = True
        if reading.wanted:
            yield frame(usage_chunk(call, reading, outcome.usage, spent))
        yield frame(DONE)
    except UpstreamFailed as error:
        if not reading.shown:
            raise  # nothing has gone out: the client gets the error's own status
        await close_books(call, parts, _broken(call, reading, error))
        reading.closed = True
        yield frame(msgspec.json.encode(error.to_object()))
    except FenError as error:
        if not reading.shown:
            raise
        yield frame(msgspec.json.encode(error.to_object()))
    finally:
        await events.aclose()
        if not reading.closed and reading.shown:
            await asyncio.shield(close_books(call, parts, _left(call, reading)))


def _finish(call: Call, reading: StreamReading) -> Outcome:
    if reading.usage is not None:
        return Outcome(200, reading.usage, flags=reading.flags, first_ns=reading.first_ns)
    return _estimate(call, 200, "no_usage", reading.output, reading.first_ns)


def _left(call: Call, reading: StreamReading) -> Outcome:
    if reading.usage is not None and reading.finished:
        return Outcome(200, reading.usage, flags=reading.flags, first_ns=reading.first_ns)
    return _estimate(call, CLOSED_REQUEST, "disconnected", reading.output, reading.first_ns)


def _broken(call: Call, reading: StreamReading, error: FenError) -> Outcome:
    outcome = _estimate(call, error.status, error.code or "upstream_error", reading.output, reading.first_ns)
    return msgspec.structs.replace(outcome, charged=False)


def _estimate(call: Call, status: int, reason: str, output: int, first_ns: int | None = None) -> Outcome:
    hold = call.hold
    read = call.size.estimate if call.size else 0
    if hold is not None and hold.output_bound is not None:
        output = min(output, hold.output_bound)
    return Outcome(status, Usage(input=read, output=output), "estimated", reason, first_ns=first_ns)
