"""The pipeline: what happens to a request, in order.

admit    who asks, in which tier, and whether its rates have room
guard    whose words each text is; what may give no instructions is found and neutralised
choose   which models may answer, and can they
attempt  reserve the worst case, call the upstream, settle real usage x the price of that moment; again
         elsewhere where it failed, and on where the answer is longer than one call gives
watch    what the answer must not say, and which calls of tools must not be made
settle   what it all came to, and the answer in the wire format of the client
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from fen.gateway.admission import find_tier, identify, leave, take_room, tell_rates
from fen.gateway.cache import read_wish
from fen.gateway.call import Call, Caller, Parts, Reply
from fen.gateway.choice import choose_candidates
from fen.gateway.deciding import choose_by_route
from fen.gateway.going_on import answer_in_full
from fen.gateway.guarding import guard_request, watch_answer
from fen.gateway.measure import measure
from fen.gateway.recall import consult, recall, retain
from fen.gateway.reply import reply_stream, reply_whole
from fen.gateway.route_header import tell_route
from fen.gateway.settlement import CLOSED_REQUEST
from fen.gateway.staying import stay
from fen.wire.answer import Whole
from fen.wire.errors import FenError, Internal
from fen.wire.request import Request

Stage = Callable[[Call, Parts], Awaitable[Call]]


async def admit(call: Call, parts: Parts) -> Call:
    """Find the key, or apply the rule for callers without one; then take what its tier has room for."""
    key = await identify(call.caller, parts)
    tier = find_tier(key, parts)
    call = replace(call, key=key, tier=tier, size=measure(call.request))
    if tier.rpm is not None or tier.tpm is not None or tier.concurrency is not None:
        await take_room(call, parts)
    return call


async def guard(call: Call, parts: Parts) -> Call:
    """Examine the request, where the tier or the route wants it; what goes on is what the model may read."""
    if parts.guards or (parts.enforced and call.request.view.model in parts.routes):
        return await guard_request(call, parts)
    return call


async def choose(call: Call, parts: Parts) -> Call:
    """Resolve the model, or decide about a route, and those that may stand in; with prices of this moment."""
    route = parts.routes.get(call.request.view.model)
    if route is None:
        call = replace(call, candidates=choose_candidates(call, parts, datetime.now(UTC)))
        return call if len(call.candidates) == 1 else stay(call, parts)
    if not route.decider.opened:
        await asyncio.to_thread(route.decider.open)
    return choose_by_route(call, parts, route, datetime.now(UTC))


async def attempt(call: Call, parts: Parts) -> Call:
    """Ask the candidates, or the cache; each attempt is reserved before it is sent, and settles itself.

    A cascade keeps out of the cache: what others asked of its first model was looked at by nobody.
    """
    if call.routed is not None and call.routed.decision.escalates:
        from fen.gateway.cascading import answer_by_cascade  # noqa: PLC0415  loads what answers are judged by

        return await answer_by_cascade(call, parts)
    cache = parts.cache
    asked = None if cache is None else consult(call, parts, cache.rule, read_wish(call.caller.cache))
    if cache is None or asked is None:
        return await answer_in_full(call, parts)
    found = await recall(call, parts, cache, asked)
    if found is not None:
        return replace(found, recalled=True)
    return replace(retain(await answer_in_full(call, parts), cache, asked), recalled=False)


async def watch(call: Call, _: Parts) -> Call:
    """Let the answer go out only as the guard allows."""
    return call if call.guarded is None else watch_answer(call)


async def settle(call: Call, parts: Parts) -> Call:
    """Put the answer into the client's format, with what it came to; a stream tells that at its end."""
    assert call.answer is not None
    finish = reply_whole if isinstance(call.answer, Whole) else reply_stream
    return replace(call, reply=await finish(call, parts))


STAGES: tuple[Stage, ...] = (admit, guard, choose, attempt, watch, settle)
_GIVES_WAY = frozenset((admit, choose))
"""Stages after which other calls may go first: a call that is cancelled there leaves nothing open."""


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
        self,
        request: Request,
        caller: Caller,
        *,
        tag: str | None = None,
        traceparent: str | None = None,
        stages: Sequence[Stage] = STAGES,
    ) -> Reply:
        """Answer a request, by the stages that it is to pass.

        Whatever happens after a hold, the books hear of it: each attempt settles or releases its own. Before
        that, calls give way to each other between stages: a stage's code, run for many calls in a row, stays
        in the processor's caches. Raises FenError, with the request's id in `request_id`.
        """
        parts = self.parts
        call_id = make_id()
        span, traceparent = parts.observer.start(call_id, traceparent)
        call = Call(call_id, request, caller, time.time_ns(), tag, span, traceparent)
        try:
            for stage in stages:
                call = await stage(call, parts)
                if stage in _GIVES_WAY:
                    await asyncio.sleep(0)
        except FenError as error:
            _give_up(call, parts, error)
            raise
        except asyncio.CancelledError:
            if call.tally.status == 0:
                call.tally.end(CLOSED_REQUEST, "disconnected")
            leave(call, parts)
            raise
        except Exception as error:
            failure = Internal(f"a fault of Fen's own; its log has it under {call.id}")
            _give_up(call, parts, failure)
            raise failure from error
        assert call.reply is not None
        return call.reply


def _give_up(call: Call, parts: Parts, error: FenError) -> None:
    error.request_id = call.id
    error.told = (*error.told, *tell_rates(call), *tell_route(call))
    call.tally.fail(error)
    leave(call, parts)
