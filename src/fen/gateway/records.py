"""What the books and telemetry are told of a call."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from fen.catalogue import Rates, cost
from fen.gateway.call import Call, Parts
from fen.ledger import Exchange, Hold, Settlement
from fen.wire.money import Money
from fen.wire.ports import CallRecord
from fen.wire.usage import Usage


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended.

    usage: what is settled. certainty: `exact` where the upstream reported it, else `estimated`, and why.
    charged: False where the key pays nothing although the vendor may bill; a caller's own budget counts it.
    """

    status: int
    usage: Usage = Usage()
    certainty: Literal["exact", "estimated"] = "exact"
    reason: str | None = None
    flags: tuple[str, ...] = ()
    first_ns: int | None = None
    charged: bool = True


_ONE = Decimal(1)


def price(usage: Usage, rates: Rates | None) -> Money | None:
    """Return what the vendor bills for usage; None without a price of each meter that was used."""
    spent = None if rates is None else cost(usage, rates)
    return None if spent is None else spent.quantized()


def estimate_usage(input_estimate: int, output: int, bound: int | None) -> Usage:
    """Return what was likely used where no usage was reported: output within its hold."""
    return Usage(input=input_estimate, output=output if bound is None else min(output, bound))


def charge(spent: Money | None, markup: Decimal, fx: Exchange | None) -> Money | None:
    """Return what the key pays for a cost: its tier's mark-up on it, converted as the hold was."""
    if spent is None:
        return None
    factor, currency = markup, spent.currency
    if fx is not None:
        factor, currency = factor * fx.rate, fx.quote
    if factor == _ONE and currency == spent.currency:
        return spent
    return Money(spent.amount * factor, currency).quantized()


def write_settlement(call: Call, hold: Hold, outcome: Outcome, spent: Money | None) -> Settlement:
    """Return what the books are told of an attempt's end."""
    first, started = outcome.first_ns, call.started_ns
    paid = charge(spent, call.markup, hold.fx)
    if paid is not None and not outcome.charged and not call.caller.budgets:
        paid = Money(paid.amount * 0, paid.currency)
    return Settlement(
        id=hold.id,
        usage=outcome.usage,
        cost=spent,
        charge=paid,
        certainty=outcome.certainty,
        reason=outcome.reason,
        flags=outcome.flags,
        status=outcome.status,
        settled_at=datetime.now(UTC),
        duration_ms=(time.time_ns() - started) // 1_000_000,
        first_ms=None if first is None else (first - started) // 1_000_000,
        reservations=hold.reservations,
    )


def record(call: Call, parts: Parts) -> None:
    """Tell telemetry that the call is over."""
    tally = call.tally
    card = tally.card
    parts.observer.finish(
        CallRecord(
            request_id=call.id,
            format=call.request.format,
            status=tally.status,
            started_ns=call.started_ns,
            ended_ns=time.time_ns(),
            stream=call.stream,
            first_ns=tally.first_ns,
            key_id=call.key.id if call.key else None,
            model=card.id if card else None,
            upstream=card.upstream if card else None,
            upstream_model=card.upstream_model if card else None,
            usage=tally.usage,
            cost=tally.spent,
            error=tally.reason if tally.status >= 400 else None,
            span=call.span,
        )
    )
