"""What a route decided about a request, what that cost, and what its reference would have cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from fen.wire.money import Money


class Expected(msgspec.Struct, frozen=True, array_like=True):
    """What was expected of a model of the pool: probability of a right answer; cost, None where unknown."""

    model: str
    p: float
    cost: Decimal | None = None


class Routed(msgspec.Struct, frozen=True):
    """A request that a route answered; of its words nothing is kept.

    chosen: who was asked first; model: who answered. reason, artefact, familiar, propensity: the decision's.
    p: of the chosen one. escalated: why a cheaper answer was not kept; None where nothing was given up.
    cost: of all attempts; None where a price is not known. reference_cost: what the reference was expected to
    cost, at the prices of that moment; None where that is not known. expected: of every model of the pool, in
    the currency of `cost`.
    """

    request_id: str
    at: datetime
    key_id: str | None
    tag: str | None
    route: str
    chosen: str
    model: str
    reason: str
    propensity: float
    p: float | None
    familiar: bool
    artefact: str | None
    escalated: str | None
    cost: Money | None
    reference: str | None
    reference_cost: Money | None
    expected: tuple[Expected, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether cost and reference can be set off against each other."""
        cost, reference = self.cost, self.reference_cost
        return cost is not None and reference is not None and cost.currency == reference.currency


class Savings(msgspec.Struct, frozen=True):
    """Requests of a route added up beside what their reference would have cost.

    requests: all of them. compared: those of which both costs are known, in one currency; the two sums are of
    these alone. What the sum was not grouped by is None.
    """

    route: str | None
    key: str | None
    reference: str | None
    currency: str | None
    requests: int
    compared: int
    cost: Decimal
    reference_cost: Decimal

    @property
    def saved(self) -> Decimal:
        """The difference; below nothing where the route cost more."""
        return self.reference_cost - self.cost

    @property
    def share(self) -> float | None:
        """The share of the reference's cost that was saved; None where that is nothing."""
        return float(self.saved / self.reference_cost) if self.reference_cost else None
