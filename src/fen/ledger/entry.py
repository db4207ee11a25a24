"""The values of the books: what was reserved, what came of it, and their sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from fen.wire.money import Money
from fen.wire.usage import Meter, Usage

Certainty = Literal["exact", "estimated"]


class Prices(msgspec.Struct, frozen=True):
    """The prices by which a hold was computed, so that it can be settled without the catalogue.

    per_million: price of a million tokens by meter, in `currency`; a meter without a known price is absent.
    source: where the prices come from.
    """

    currency: str
    per_million: Mapping[Meter, Decimal]
    source: str


class Exchange(msgspec.Struct, frozen=True):
    """The rate by which a cost became a charge: one unit of `base` is `rate` units of `quote`."""

    base: str
    quote: str
    rate: Decimal
    source: str
    on: date


class Reservation(msgspec.Struct, frozen=True, array_like=True):
    """What a hold takes of a cap until it is settled.

    cap, window: as in Cap. amount: the hold's charge_max in the cap's currency. fx: from the charge's
    currency to the cap's, None where they share one.
    """

    cap: str
    window: int
    amount: Decimal
    fx: Exchange | None = None


class Hold(msgspec.Struct, frozen=True):
    """What a call may cost at worst, reserved before it is sent.

    id: of the entry; each attempt of a request has its own. input_bound, output_bound: tokens that are not
    passed, None where there is no bound. input_estimate: tokens that are likely. cost_max, charge_max: what
    the vendor may bill and the key may pay; None where unknown, never zero for that. fx: None where charge
    and cost share a currency. replica: who holds it (Replica.id). reservations: what it takes of caps.
    """

    id: str
    request_id: str
    key_id: str | None
    tag: str | None
    model: str
    upstream: str
    upstream_model: str
    format: str
    stream: bool
    held_at: datetime
    input_bound: int | None
    output_bound: int | None
    input_estimate: int
    cost_max: Money | None
    charge_max: Money | None
    prices: Prices | None
    fx: Exchange | None
    replica: str
    reservations: tuple[Reservation, ...] = ()


class Settlement(msgspec.Struct, frozen=True):
    """What came of a hold.

    certainty: `exact` where the upstream's usage was received, else `estimated` with the reason
    (`disconnected`, `no_usage`, `crash`, an error's code). cost: the vendor's; charge: the key's; None where
    there is no price. flags: what was implausible. status: HTTP. Times in milliseconds since the request
    came; first_ms is when the first output came.
    reservations: what its hold takes of caps; None where that is not known.
    """

    id: str
    usage: Usage
    cost: Money | None
    charge: Money | None
    certainty: Certainty
    reason: str | None
    flags: tuple[str, ...]
    status: int
    settled_at: datetime
    duration_ms: int
    first_ms: int | None
    reservations: tuple[Reservation, ...] | None = None


class Entry(msgspec.Struct, frozen=True):
    """A row of the books: a hold, output tokens at its last checkpoint, its settlement unless it is open."""

    hold: Hold
    checkpoint: int
    settlement: Settlement | None


class UsageRow(msgspec.Struct, frozen=True):
    """Settled requests added up; what the sum was not grouped by is None.

    input_tokens are fresh ones: what came from a cache is in cached_tokens alone, so that tokens times price
    is the cost. output_tokens contain reasoning. cost is None where no request had a price; `unpriced` counts
    those that had none. requests = exact + estimated.
    """

    key: str | None
    model: str | None
    requests: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal | None
    currency: str | None
    charge: Decimal | None
    charge_currency: str | None
    exact: int
    estimated: int
    unpriced: int
    day: date | None = None
    upstream: str | None = None
    certainty: Certainty | None = None
    tag: str | None = None
