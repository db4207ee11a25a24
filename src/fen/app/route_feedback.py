"""What the feedback on routes' answers says of other policies, by the propensities in the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fen.ledger import Expected, Routed
from fen.routing import Absolute, Decision, Estimate, RoutePolicy
from fen.routing.feedback import Judged
from fen.routing.replay import Rated, Worth, evaluate
from fen.wire.errors import InvalidRequest, NotFound, Unsupported
from fen.wire.money import Money


class Evaluation(msgspec.Struct, frozen=True):
    """Policies by the feedback on a route's answers.

    judged: decisions with feedback. left_out: of them, those whose answer came from another model than was
    chosen (a fallback, a cascade): their score tells nothing of the choice. logged: the mean score as it is.
    explored: share of decisions that were drawn by chance. policies: by name. untold: by name, why nothing
    can be said of a policy.
    """

    judged: int
    left_out: int
    logged: float
    explored: float
    policies: Mapping[str, Worth]
    untold: Mapping[str, str] = {}


def evaluate_feedback(judged: Sequence[Judged], thresholds: Sequence[float] = ()) -> Evaluation:
    """Return what each single model, and choosing by a least probability, would have been worth.

    thresholds: the policy asks the cheapest model whose expected probability is at least this, else the best.
    Raises NotFound without feedback.
    """
    rows = [one for one in judged if one.routed.model == one.routed.chosen]
    if not rows:
        raise NotFound("found no feedback on answers of a route, expected some: POST /v1/feedback gives it")
    rated = [_rate(one) for one in rows]
    policies, untold = dict[str, Worth](), dict[str, str]()
    for name, policy in _list_policies(rows, thresholds).items():
        try:
            policies[name] = evaluate(_narrow(rated, policy), policy)
        except (InvalidRequest, Unsupported) as error:
            untold[name] = error.message
    return Evaluation(
        judged=len(judged),
        left_out=len(judged) - len(rows),
        logged=sum(one.score for one in rows) / len(rows),
        explored=sum(one.routed.propensity < 1 for one in rows) / len(rows),
        policies=policies,
        untold=untold,
    )


def _list_policies(rows: Sequence[Judged], thresholds: Sequence[float]) -> dict[str, RoutePolicy]:
    asked = sorted({one.routed.chosen for one in rows})
    route = rows[0].routed.route
    found = {f"always {model}": RoutePolicy(route, (model,), Absolute(0.0)) for model in asked}
    for threshold in thresholds:
        found[f"cheapest with p >= {threshold:g}"] = RoutePolicy(route, tuple(asked), Absolute(threshold))
    return found


def _narrow(rated: Sequence[Rated], policy: RoutePolicy) -> list[Rated]:
    """Return decisions as the policy would have met them: with the estimates of its own pool alone."""
    return [
        msgspec.structs.replace(
            one,
            decision=msgspec.structs.replace(
                one.decision,
                estimates=tuple(each for each in one.decision.estimates if each.model in policy.pool),
            ),
        )
        for one in rated
    ]


def _rate(one: Judged) -> Rated:
    routed = one.routed
    decision = Decision(
        route=routed.route,
        order=(routed.chosen,),
        reason="target",
        estimates=tuple(
            Estimate(each.model, each.p, each.p, each.p, _price(routed, each), 0) for each in routed.expected
        ),
        propensity=routed.propensity,
        familiar=routed.familiar,
        artefact=routed.artefact,
        familiarity=float(routed.familiar),
    )
    return Rated(decision, one.score, routed.tag)


def _price(routed: Routed, expected: Expected) -> Money | None:
    if routed.cost is None or expected.cost is None:
        return None
    return Money(expected.cost, routed.cost.currency)
