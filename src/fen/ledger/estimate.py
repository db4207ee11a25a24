"""What a call cost that nobody saw the end of, from its hold alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from fen.ledger.entry import Entry, Hold, Prices, Settlement
from fen.ledger.row import MOST_AMOUNT
from fen.wire.money import Money
from fen.wire.usage import Meter, Usage

CRASH_STATUS = 500
_MILLION = Decimal(1_000_000)
_MILLISECOND = timedelta(milliseconds=1)


def settle_crash(entry: Entry, now: datetime) -> Settlement:
    """Return the settlement of a hold whose process is gone: its likely input and its checkpointed output.

    The cost lies between that of the last checkpoint and the hold's. Where the hold has no prices, or lacks
    the price of a meter that was used, the cost is None.
    """
    hold = entry.hold
    usage = Usage(
        input=_at_most(hold.input_estimate, hold.input_bound),
        output=_at_most(entry.checkpoint, hold.output_bound),
    )
    cost = _cut(_price(usage, hold.prices), hold.cost_max)
    return Settlement(
        id=hold.id,
        usage=usage,
        cost=cost,
        charge=_charge(cost, hold),
        certainty="estimated",
        reason="crash",
        flags=(),
        status=CRASH_STATUS,
        settled_at=now,
        duration_ms=max(0, (now - hold.held_at) // _MILLISECOND),
        first_ms=None,
    )


def _price(usage: Usage, prices: Prices | None) -> Money | None:
    if prices is None:
        return None
    used: tuple[tuple[Meter, int], ...] = (("input", usage.input), ("output", usage.output))
    amount = Decimal(0)
    for meter, tokens in used:
        price = prices.per_million.get(meter)
        if price is not None:
            amount += tokens * price / _MILLION
        elif tokens:
            return None
    return _keep(amount, prices.currency)


def _charge(cost: Money | None, hold: Hold) -> Money | None:
    """Scale a cost as the hold was scaled: by its mark-up and its rate of exchange."""
    most, most_charge = hold.cost_max, hold.charge_max
    if cost is None:
        return None
    if most is not None and most_charge is not None:
        if not most.amount:
            return most_charge
        scaled = _keep(most_charge.amount * cost.amount / most.amount, most_charge.currency)
        return _cut(scaled, most_charge)
    if hold.fx is not None:
        return _keep(cost.amount * hold.fx.rate, hold.fx.quote)
    return cost


def _keep(amount: Decimal, currency: str) -> Money:
    """Round to what a row keeps; one that no row can hold must not keep the others from being settled."""
    return Money(min(amount, MOST_AMOUNT), currency).quantized()


def _cut(amount: Money | None, most: Money | None) -> Money | None:
    return most if amount is not None and most is not None and most < amount else amount


def _at_most(tokens: int, bound: int | None) -> int:
    return tokens if bound is None else min(tokens, bound)
