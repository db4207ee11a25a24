"""Calls that a vendor runs within a day, in a batch of its own: held like any call, and settled much later.

Between the two this process may end and another go on. So whoever holds keeps a Deferral, from which alone a
hold is settled, by the prices and the mark-up of its own moment; and the hold's holder is no process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from fen.catalogue import Rates, cost, resolve
from fen.gateway.admission import find_tier, identify
from fen.gateway.call import Call, Caller, Candidate, Parts
from fen.gateway.choice import find_card, make_candidate
from fen.gateway.guarding import find_policy
from fen.gateway.measure import measure, output_tokens
from fen.gateway.opening import open_request
from fen.gateway.pipeline import make_id
from fen.gateway.records import charge, estimate_usage, price
from fen.gateway.reserve import reserve
from fen.ledger import Exchange, Hold, Settlement
from fen.wire.answer import Whole
from fen.wire.errors import FenError
from fen.wire.money import Money
from fen.wire.ports import BatchUpstream, CallRecord
from fen.wire.request import EmbeddingsRequest, Request, WireFormat
from fen.wire.usage import Usage


class Deferral(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that the settlement of a deferred call needs; it can be kept as JSON.

    entry: the hold's id. held_ns: Unix nanoseconds. rates: the batch prices by which it was held.
    """

    entry: str
    request_id: str
    key_id: str | None
    model: str
    upstream: str
    upstream_model: str
    format: WireFormat
    held_ns: int
    rates: Rates
    input_estimate: int
    output_bound: int | None = None
    markup: Decimal = Decimal(1)
    fx: Exchange | None = None


class Deferrals:
    """Holds and settles deferred calls. Methods that touch the books raise BooksUnavailable.

    parts: those of the moment; a reload changes them.
    """

    def __init__(self, parts: Callable[[], Parts]) -> None:
        self._parts = parts

    def upstream(self, name: str) -> BatchUpstream | None:
        """Return the batch API of an upstream."""
        return self._parts().batches.get(name)

    def offer(self, wanted: str, usage: Usage, now: datetime) -> Money | None:
        """Return what a call of a model would cost in a batch of its vendor; None where there is none."""
        parts = self._parts()
        card = parts.catalogue.find(wanted)
        if card is None:
            return None
        try:
            card = resolve(card, parts.catalogue, now, parts.on_retired)
        except FenError:
            return None
        if card.upstream not in parts.batches:
            return None
        rates = parts.catalogue.rates(card.id, now, "batch")
        return None if rates is None else cost(usage, rates)

    async def hold(
        self, request: Request, caller: Caller, holder: str, tag: str
    ) -> tuple[Deferral, Request] | None:
        """Hold a call at the batch price; returns how it is settled, and the request as it may be sent.

        None where it can only be answered by a call of its own: of a route, without a batch price, or with
        more output asked for than one call gives. Rates and slots are not taken: the vendor paces its
        batches. Raises FenError as a call's first stages do.
        """
        parts = self._parts()
        key = await identify(caller, parts)
        call = Call(make_id(), request, caller, time.time_ns(), tag, key=key, tier=find_tier(key, parts))
        call = replace(call, size=measure(request))
        if find_policy(call, parts) is not None:
            return None  # the guard sees both sides of a call of its own
        candidate = _choose(call, parts)
        if candidate is None:
            return None
        opened = open_request(call, parts, candidate)
        asking = replace(call, request=opened, size=measure(opened))
        hold, sent = await reserve(asking, replace(parts, replica=holder), candidate, 1, opened)
        return _describe(call, candidate, hold), sent

    async def settle(self, deferral: Deferral, answer: Whole) -> bool:
        """Settle an answered call at its real usage; False where it was settled before, and that stands."""
        if answer.usage is not None:
            return await self._settle(deferral, answer.usage, None, answer.flags)
        written = output_tokens(answer.produced, 1)
        usage = estimate_usage(deferral.input_estimate, written, deferral.output_bound)
        return await self._settle(deferral, usage, "no_usage", ())

    async def estimate(self, deferral: Deferral, reason: str) -> bool:
        """Settle a call of which nobody knows whether it was billed: at its likely input."""
        return await self._settle(deferral, Usage(deferral.input_estimate), reason, (), status=502)

    async def release(self, deferral: Deferral, reason: str, status: int) -> bool:
        """Settle a call at nothing; False where it was settled before, and that stands."""
        return await self._parts().book.release(deferral.entry, reason, status)

    async def sweep(self, holder: str, known: Collection[str]) -> int:
        """Release a holder's open holds that are not among those known; returns how many."""
        book = self._parts().book
        unknown = [entry for entry in await book.find_open(holder) if entry not in known]
        for entry in unknown:
            with suppress(LookupError):
                await book.release(entry, "not_sent", 503)
        return len(unknown)

    async def _settle(
        self, deferral: Deferral, usage: Usage, reason: str | None, flags: tuple[str, ...], status: int = 200
    ) -> bool:
        spent = price(usage, deferral.rates)
        now = time.time_ns()
        settlement = Settlement(
            id=deferral.entry,
            usage=usage,
            cost=spent,
            charge=charge(spent, deferral.markup, deferral.fx),
            certainty="exact" if reason is None else "estimated",
            reason=reason,
            flags=flags,
            status=status,
            settled_at=datetime.now(UTC),
            duration_ms=max(0, (now - deferral.held_ns) // 1_000_000),
            first_ms=None,
        )
        settled = await self._parts().book.settle(settlement)
        if settled:
            self._record(deferral, settlement, now)
        return settled

    def _record(self, deferral: Deferral, settlement: Settlement, now: int) -> None:
        """Tell telemetry, as of a call that took no time: a day's wait is not the vendor's speed."""
        observer = self._parts().observer
        span, _ = observer.start(deferral.request_id, None)
        observer.finish(
            CallRecord(
                request_id=deferral.request_id,
                format=deferral.format,
                status=settlement.status,
                started_ns=now,
                ended_ns=now,
                stream=False,
                key_id=deferral.key_id,
                model=deferral.model,
                upstream=deferral.upstream,
                upstream_model=deferral.upstream_model,
                usage=settlement.usage,
                cost=settlement.cost,
                error=settlement.reason if settlement.status >= 400 else None,
                span=span,
            )
        )


def _choose(call: Call, parts: Parts) -> Candidate | None:
    if call.request.view.model in parts.routes:
        return None  # who answers is decided for each call
    now = datetime.now(UTC)
    card = resolve(find_card(call, parts), parts.catalogue, now, parts.on_retired)
    if card.upstream not in parts.batches or card.upstream not in parts.upstreams:
        return None
    candidate = make_candidate(call, parts, card, now)
    rates = parts.catalogue.rates(card.id, now, "batch")
    view, most = call.request.view, candidate.limits.output
    asked = None if isinstance(view, EmbeddingsRequest) else view.output_limit
    too_long = asked is not None and most is not None and asked > most
    if rates is None or candidate.headers or too_long:
        return None
    return replace(candidate, rates=rates)


def _describe(call: Call, candidate: Candidate, hold: Hold) -> Deferral:
    assert candidate.rates is not None
    return Deferral(
        entry=hold.id,
        request_id=call.id,
        key_id=hold.key_id,
        model=hold.model,
        upstream=hold.upstream,
        upstream_model=hold.upstream_model,
        format=call.request.format,
        held_ns=call.started_ns,
        rates=candidate.rates,
        input_estimate=hold.input_estimate,
        output_bound=hold.output_bound,
        markup=call.tier.markup,
        fx=hold.fx,
    )
