"""Holds and settlements of calls that nobody made."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fen.ledger import Hold, Prices, Settlement
from fen.wire.money import Money
from fen.wire.usage import Usage

NOON = datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=UTC)
PRICES = Prices("USD", {"input": Decimal("0.15"), "output": Decimal("0.6")}, "a price list")
_HOLD = Hold(
    id="req_1-1",
    request_id="req_1",
    key_id="key_1",
    tag=None,
    model="small",
    upstream="vendor",
    upstream_model="small-2026",
    format="openai.chat",
    stream=True,
    held_at=NOON,
    input_bound=1000,
    output_bound=500,
    input_estimate=800,
    cost_max=Money(Decimal("0.00045"), "USD"),
    charge_max=Money(Decimal("0.00045"), "USD"),
    prices=PRICES,
    fx=None,
    replica="rep_1",
)
_COST = Money(Decimal("0.00015"), "USD")
_SETTLEMENT = Settlement(
    id="req_1-1",
    usage=Usage(input=600, cached_input=100, output=100),
    cost=_COST,
    charge=_COST,
    certainty="exact",
    reason=None,
    flags=(),
    status=200,
    settled_at=NOON,
    duration_ms=1234,
    first_ms=321,
)


def usd(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "USD")


def make_hold(request: str = "req_1", **changes: Any) -> Hold:
    """A stream's hold: at most 1000 tokens in and 500 out, at 0.15 and 0.60 USD a million."""
    return replace(_HOLD, **{"id": f"{request}-1", "request_id": request, **changes})


def make_settlement(request: str = "req_1", **changes: Any) -> Settlement:
    """What came of such a hold: 700 tokens in, 100 of them from a cache, and 100 out."""
    return replace(_SETTLEMENT, **{"id": f"{request}-1", **changes})
