"""An expectation with given estimates, where a test is about choosing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fen.routing.asked import Asked
from fen.routing.decision import Estimate, Offer
from fen.routing.expectation import Lessons
from fen.routing.target import Absolute, RoutePolicy, Target
from fen.wire.money import Money


class Told:
    """Expects what it was told: (p, cost in USD) of each model."""

    id: str | None = "told"

    def __init__(
        self,
        known: Mapping[str, tuple[float, float | None]],
        lessons: Lessons | None = None,
        familiarity: float = 1.0,
        unseen: Mapping[str, float] | None = None,
    ) -> None:
        self.known = known
        self.lessons = lessons or Lessons()
        self.familiarity = familiarity
        self.unseen = unseen or {}

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        """The estimates; `unseen` models have the lower end that is given there."""
        return tuple(self._estimate(offer.model) for offer in offers), self.familiarity

    def _estimate(self, model: str) -> Estimate:
        p, cost = self.known[model]
        low = self.unseen.get(model, max(0.0, p - 0.05))
        money = None if cost is None else usd(cost)
        return Estimate(model, p, low, min(1.0, p + 0.05), money, 100, known=model not in self.unseen)


def usd(amount: float) -> Money:
    """An amount in dollars."""
    return Money(Decimal(str(amount)), "USD")


def offer(*models: str) -> tuple[Offer, ...]:
    """Offers without prices of their own: what they cost is told by the expectation."""
    return tuple(Offer(model, None) for model in models)


def route(target: Target | None = None, pool: Sequence[str] = (), **more: object) -> RoutePolicy:
    """A route named fen/auto."""
    return RoutePolicy("fen/auto", tuple(pool), target or Absolute(0.8), **more)  # type: ignore[arg-type]
