"""What has happened on the routes since the start: what they spent, whether their guarantees still hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from fen.routing.decision import Decision, Guarantee
from fen.routing.drift import HORIZON, Baseline, Watches
from fen.routing.expectation import Rate
from fen.routing.narrow import exchange
from fen.routing.pace import Spent
from fen.wire.money import Money


class Running:
    """The `Standing` of routes, told of every decision and payment.

    baselines: of the artefact, by reference. chance: even numbers in [0, 1). rate: today's rate between two
    currencies; a route's spending is kept in the currency that it was first paid in. before: the standing by
    another artefact, whose watches go on where what they watch is the same.
    """

    def __init__(
        self,
        baselines: Mapping[str, Baseline],
        chance: Callable[[], float],
        rate: Rate,
        horizon: int = HORIZON,
        before: Running | None = None,
    ) -> None:
        self.watches = Watches(baselines, chance, horizon, None if before is None else before.watches)
        self._rate = rate
        self._spent: dict[str, Spent] = {}

    def spent(self, route: str) -> Spent | None:
        """Return what the route's requests have cost; None before the first."""
        return self._spent.get(route)

    def holds(self, route: str, guarantee: Guarantee) -> bool:
        """Whether no drift has revoked the guarantee."""
        return self.watches.holds(route, guarantee)

    def see(self, decision: Decision) -> None:
        """Take in a decision."""
        self.watches.see(decision)

    def settle(self, route: str, paid: Money) -> None:
        """Take in what a request has cost with all its attempts; it is left out where no rate is known."""
        before = self._spent.get(route) or Spent(0, Money(Decimal(0), paid.currency))
        amount = exchange(paid, before.money.currency, self._rate)
        if amount is not None:
            money = Money(before.money.amount + amount, before.money.currency)
            self._spent[route] = Spent(before.requests + 1, money)
