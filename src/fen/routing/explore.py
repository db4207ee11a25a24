"""The last draw: among the shares of a choice, and by a small logged chance among all that are adequate.

What was drawn carries its propensity, the chance it had under the whole mixture; by it feedback can be
evaluated for other policies (`fen.routing.offpolicy`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

MOST = 0.05
"""Share of requests that may be explored."""


class Plan(msgspec.Struct, frozen=True, order=True):
    """Whom to ask: `first`, and `then` where its answer is not kept; None asks `first` alone."""

    first: str
    then: str | None = None


class Drawn(msgspec.Struct, frozen=True):
    """What was drawn. propensity: its chance under the mixture; explored: whether it was the small one."""

    plan: Plan
    propensity: float
    explored: bool


class Odds(msgspec.Struct, frozen=True):
    """The chance of each plan, summing to 1.

    wanted: the plans of the choice with their shares. adequate: whom an exploration draws from, evenly.
    share: of requests that are explored.
    """

    wanted: tuple[tuple[Plan, float], ...]
    adequate: tuple[str, ...]
    share: float

    def chances(self) -> Mapping[Plan, float]:
        """Return the chance of every plan."""
        found: dict[Plan, float] = {}
        for plan, share in self.wanted:
            found[plan] = found.get(plan, 0.0) + (1.0 - self.share) * share
        for model in self.adequate if self.share else ():
            plan = Plan(model)
            found[plan] = found.get(plan, 0.0) + self.share / len(self.adequate)
        return found

    def draw(self, chance: Callable[[], float]) -> Drawn:
        """Draw a plan; `chance` gives even numbers in [0, 1), and is asked only where there is a choice."""
        explored = self.share > 0.0 and chance() < self.share
        even = 1.0 / len(self.adequate)
        pool = [(Plan(model), even) for model in self.adequate] if explored else list(self.wanted)
        plan = pool[0][0] if len(pool) == 1 else _pick(pool, chance())
        return Drawn(plan, min(1.0, self.chances()[plan]), explored)


def limit_share(explore: float, adequate: Sequence[str]) -> float:
    """Return the share that is explored: none where nobody else is adequate, and never more than MOST."""
    return min(max(explore, 0.0), MOST) if len(adequate) > 1 else 0.0


def _pick(pool: Sequence[tuple[Plan, float]], number: float) -> Plan:
    reached = 0.0
    for plan, share in pool:
        reached += share
        if number < reached:
            return plan
    return pool[-1][0]
