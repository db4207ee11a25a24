"""Another policy on logged decisions: what its answers would have been worth, by the feedback of those asked.

The decision's own estimates are decided on again, so that neither the prompts nor the artefact are needed.
What somebody who was not asked would have scored is nowhere assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np

from fen.routing.asked import Asked
from fen.routing.decision import Decision, Estimate, Offer
from fen.routing.expectation import Lessons, Rate
from fen.routing.explore import Plan
from fen.routing.offpolicy import (
    Floats,
    Logged,
    Value,
    estimate_dr,
    estimate_ips,
    estimate_snips,
)
from fen.routing.router import Router
from fen.routing.target import RoutePolicy
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money


class Rated(msgspec.Struct, frozen=True):
    """A logged decision, what the client called the work, and the feedback on its answer, 0 to 1."""

    decision: Decision
    score: float
    tag: str | None = None


class Worth(msgspec.Struct, frozen=True):
    """What a policy's answers would have scored on average, by three estimators; logged: what was scored.

    cost: expected of a request, in the one currency of the log; None where it has several, where a price is
    not known, and for a cascade.
    """

    ips: Value
    snips: Value
    dr: Value
    logged: float
    cost: Money | None = None


def evaluate(
    rated: Sequence[Rated], policy: RoutePolicy, lessons: Lessons | None = None, rate: Rate | None = None
) -> Worth:
    """Return what a policy would have been worth on these requests.

    lessons: of the artefact that the policy would use. Raises InvalidRequest where nothing was rated, where a
    score or a propensity is out of range, or where the policy asks somebody whom the log never asked: what
    that is worth only exploration can tell.
    """
    if not rated:
        raise InvalidRequest("found no decision with feedback, expected some")
    wanted = [_decide_again(one, policy, lessons or Lessons(), rate) for one in rated]
    done = [find_plan(one.decision) for one in rated]
    plans = tuple(sorted(set(done), key=_key))
    _check(rated, wanted, plans)
    place = {plan: at for at, plan in enumerate(plans)}
    logged = Logged(
        tuple(name_plan(plan) for plan in plans),
        np.array([place[plan] for plan in done], dtype=np.intp),
        np.array([one.decision.propensity for one in rated]),
        np.array([one.score for one in rated]),
    )
    chances = np.array([[found.get(plan, 0.0) for plan in plans] for found in wanted])
    return Worth(
        estimate_ips(logged, chances),
        estimate_snips(logged, chances),
        estimate_dr(logged, chances, _predict(rated, plans)),
        float(logged.score.mean()),
        _find_cost(rated, wanted),
    )


def find_plan(decision: Decision) -> Plan:
    """Return the plan that a decision was."""
    return Plan(decision.first, decision.order[1] if decision.escalates else None)


def name_plan(plan: Plan) -> str:
    """Return a plan in words: `cheap`, or `cheap > strong` for a cascade."""
    return plan.first if plan.then is None else f"{plan.first} > {plan.then}"


class _Recorded:
    """Expects what a logged decision expected."""

    def __init__(self, decision: Decision, lessons: Lessons) -> None:
        self.id = decision.artefact
        self.lessons = lessons
        self._decision = decision

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        return self._decision.estimates, self._decision.familiarity


def _decide_again(one: Rated, policy: RoutePolicy, lessons: Lessons, rate: Rate | None) -> dict[Plan, float]:
    router = Router(_Recorded(one.decision, lessons), lambda: 0.0, rate)
    return dict(router.chances(Asked("", tag=one.tag), (), policy))


def _check(rated: Sequence[Rated], wanted: Sequence[dict[Plan, float]], plans: Sequence[Plan]) -> None:
    for one in rated:
        if not (0.0 <= one.score <= 1.0 and 0.0 < one.decision.propensity <= 1.0):
            raise InvalidRequest(
                f"found a score of {one.score} and a propensity of {one.decision.propensity},"
                " expected 0 to 1, and above 0"
            )
    unknown = {plan for chances in wanted for plan, chance in chances.items() if chance} - set(plans)
    if unknown:
        names = ", ".join(sorted(name_plan(plan) for plan in unknown))
        raise InvalidRequest(
            f"found a policy that asks {names}, expected only what the log has asked too:"
            " what others are worth only exploration can tell"
        )


def _find_cost(rated: Sequence[Rated], wanted: Sequence[dict[Plan, float]]) -> Money | None:
    total, currencies = Decimal(0), set[str]()
    for one, chances in zip(rated, wanted, strict=True):
        for plan, chance in chances.items():
            found = one.decision.find(plan.first)
            if plan.then is not None or found is None or found.cost is None:
                return None
            total += found.cost.amount * Decimal(chance)
            currencies.add(found.cost.currency)
    return Money(total / len(rated), currencies.pop()) if len(currencies) == 1 else None


def _predict(rated: Sequence[Rated], plans: Sequence[Plan]) -> Floats:
    """Return what was expected of each plan; of a cascade, of the better one of its two."""
    rows: list[list[float]] = []
    for one in rated:
        expected = {found.model: found.p for found in one.decision.estimates}
        rows.append(
            [max(expected.get(plan.first, 0.5), expected.get(plan.then or "", 0.0)) for plan in plans]
        )
    return np.array(rows)


def _key(plan: Plan) -> tuple[str, str]:
    return plan.first, plan.then or ""
