"""What the feedback on routes' answers says of other policies, by the propensities in the books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import numpy as np

from fen.ledger import Expected, Routed
from fen.routing.feedback import Judged
from fen.routing.offpolicy import (
    Floats,
    Logged,
    Value,
    always,
    estimate_dr,
    estimate_snips,
    make_logged,
    predict_means,
)
from fen.wire.errors import NotFound

Pick = Callable[[Routed], str]


class PolicyValue(msgspec.Struct, frozen=True):
    """The mean score that a policy would have had among those who give feedback.

    snips, doubly_robust: the two estimates. cost: its expected money a request, None where that is not known
    of all.
    """

    policy: str
    snips: Value
    doubly_robust: Value
    cost: float | None


class Evaluation(msgspec.Struct, frozen=True):
    """Policies by the feedback on a route's answers.

    judged: decisions with feedback. left_out: of them, those whose answer came from another model than was
    chosen (a fallback, a cascade): their score tells nothing of the choice. mean: what was logged, as it is.
    explored: share of decisions drawn with a propensity below 1. currency: of the costs, None where there are
    several.
    """

    judged: int
    left_out: int
    mean: float
    explored: float
    currency: str | None
    policies: tuple[PolicyValue, ...]


def evaluate_feedback(judged: Sequence[Judged], thresholds: Sequence[float] = ()) -> Evaluation:
    """Return what each single model, and choosing by a least probability, would have been worth.

    thresholds: the policy asks the cheapest model whose expected probability is at least this, else the one
    expected to be best, among models that were asked at all. Raises NotFound without feedback.
    """
    rows = [one for one in judged if one.routed.model == one.routed.chosen]
    if not rows:
        raise NotFound("found no feedback on answers of a route, expected some: POST /v1/feedback gives it")
    logged = make_logged([(one.routed.chosen, one.routed.propensity, one.score) for one in rows])
    predicted = predict_means(logged)
    currencies = {one.routed.cost.currency for one in rows if one.routed.cost is not None}
    policies = {f"always {model}": always(logged, model) for model in logged.models}
    for threshold in thresholds:
        name = f"cheapest with p >= {threshold:g}"
        policies[name] = _choose(logged, rows, _by_probability(threshold, logged.models))
    return Evaluation(
        judged=len(judged),
        left_out=len(judged) - len(rows),
        mean=float(logged.score.mean()),
        explored=float((logged.propensity < 1).mean()),
        currency=currencies.pop() if len(currencies) == 1 else None,
        policies=tuple(
            PolicyValue(
                name,
                estimate_snips(logged, policy),
                estimate_dr(logged, policy, predicted),
                _find_cost(logged, rows, policy),
            )
            for name, policy in policies.items()
        ),
    )


def _by_probability(threshold: float, models: Sequence[str]) -> Pick:
    def pick(routed: Routed) -> str:
        offers = [one for one in routed.expected if one.model in models]
        if not offers:
            return routed.chosen
        adequate = [one for one in offers if one.p >= threshold and one.cost is not None]
        if adequate:
            return min(adequate, key=lambda one: (one.cost or Decimal(0), -one.p, one.model)).model
        return min(offers, key=lambda one: (-one.p, one.model)).model

    return pick


def _choose(logged: Logged, rows: Sequence[Judged], pick: Pick) -> Floats:
    policy = np.zeros((len(rows), len(logged.models)))
    for at, one in enumerate(rows):
        policy[at, logged.models.index(pick(one.routed))] = 1.0
    return policy


def _find_cost(logged: Logged, rows: Sequence[Judged], policy: Floats) -> float | None:
    total = 0.0
    for at, one in enumerate(rows):
        costs = {each.model: each for each in one.routed.expected}
        for place in np.flatnonzero(policy[at]):
            known: Expected | None = costs.get(logged.models[place])
            if known is None or known.cost is None:
                return None
            total += float(policy[at, place]) * float(known.cost)
    return total / len(rows)
