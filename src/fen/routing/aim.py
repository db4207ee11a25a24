"""A route's target, the artefact's lessons and the route's standing, brought together into a choice."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import msgspec

from fen.routing.choose import Candidate, Choice, cheapest, keep_up, mix, reach, save, spend
from fen.routing.decision import Guarantee
from fen.routing.expectation import Lessons, Rate, Standing
from fen.routing.narrow import exchange
from fen.routing.pace import Curve, Spent, allow, draw_curve
from fen.routing.target import Absolute, PerCorrect, PerThousand, Relative, RoutePolicy
from fen.wire.errors import ConfigError

FAR = "the request is unlike what was fitted on"
MOST_CURVES = 64
"""Pools and rates whose curve is kept: models that come and go make a new pool each time."""


class View(msgspec.Struct, frozen=True):
    """What is known of a request beside its candidates.

    fitted: whether there is an artefact. far: whether the request is unlike what it was fitted on. currency:
    of the candidates' costs.
    """

    tag: str | None
    fitted: bool
    far: bool
    currency: str


class Aim:
    """Chooses for the routes of one artefact; proofs and curves are worked out once for each policy."""

    def __init__(self, lessons: Lessons, standing: Standing, rate: Rate) -> None:
        self._lessons = lessons
        self._standing = standing
        self._rate = rate
        self._tested = {group.tag for one in lessons.calibrations for group in one.groups}
        self._proofs: dict[tuple[Relative, frozenset[str], str | None], Guarantee | None] = {}
        self._curves: dict[tuple[frozenset[str], float], Curve | None] = {}

    def choose(self, candidates: Sequence[Candidate], policy: RoutePolicy, view: View) -> Choice:
        """Return whom the route's target asks for; at least one candidate."""
        if len(candidates) == 1:
            return _take_only(candidates[0].model, policy)
        if isinstance(policy.target, Relative):
            choice = self._keep_up(candidates, policy, view)
        else:
            choice = self._static(candidates, view) or self._meet(candidates, policy, view)
        return msgspec.structs.replace(choice, reason="static") if view.far else choice

    def prove(self, target: Relative, policy: RoutePolicy, view: View) -> tuple[Guarantee | None, str]:
        """Return the guarantee that holds, or why none does."""
        if not view.fitted:
            return None, "no artefact"
        # Only tags with a test of their own: clients may name any number of others.
        tag = view.tag if view.tag in self._tested else None
        key = (target, frozenset(policy.pool), tag)
        if key not in self._proofs:
            self._proofs[key] = self._find_proof(target, key[1], tag)
        found = self._proofs[key]
        if found is None:
            return None, f"too few calibration answers that {target.reference} got right, or another pool"
        if not self._standing.holds(policy.name, found):
            return None, "revoked, since traffic has drifted away from what it was proved on"
        return found, ""

    def _meet(self, candidates: Sequence[Candidate], policy: RoutePolicy, view: View) -> Choice:
        match policy.target:
            case Absolute(probability):
                return reach(candidates, probability)
            case PerCorrect(most):
                return save(candidates, None if most is None else float(most.amount))
            case _:
                return self._spend(candidates, policy, view)

    def _static(self, candidates: Sequence[Candidate], view: View) -> Choice | None:
        """Return the choice by price alone where nothing was fitted."""
        if view.fitted:
            return None
        names = tuple(one.model for one in candidates)
        note = "no artefact: the pool's order is that of price"
        return Choice(((cheapest(candidates).model, 1.0),), names, "static", note=note)

    def _keep_up(self, candidates: Sequence[Candidate], policy: RoutePolicy, view: View) -> Choice:
        target = policy.target
        assert isinstance(target, Relative)
        guarantee, why = self.prove(target, policy, view)
        if guarantee is None or not view.far:
            return keep_up(candidates, target.reference, guarantee, FAR if view.far else why)
        # The rule asks the reference, as by a threshold that no loss is below.
        alone = msgspec.structs.replace(guarantee, threshold=0.0)
        choice = keep_up(candidates, target.reference, alone, FAR)
        kept = None if choice.guarantee is None else guarantee
        return msgspec.structs.replace(choice, guarantee=kept)

    def _find_proof(self, target: Relative, pool: frozenset[str], tag: str | None) -> Guarantee | None:
        found = [
            one
            for one in self._lessons.calibrations
            if one.reference == target.reference and pool.issuperset(one.models)
        ]
        if not found:
            return None
        # Of several pools the largest: the more there are to choose from, the cheaper.
        widest = max(found, key=lambda one: (len(one.models), one.models))
        return widest.prove(target.alpha, target.delta, tag)

    def _spend(self, candidates: Sequence[Candidate], policy: RoutePolicy, view: View) -> Choice:
        target = policy.target
        assert isinstance(target, PerThousand)
        budget = self._allowed(policy, float(target.budget.amount) / 1000.0)
        curve = self._curve(frozenset(one.model for one in candidates), view.currency)
        if not view.far and curve is not None:
            return spend(candidates, curve.price(budget))
        return mix(candidates, self._usual_costs(view.currency), budget)

    def _allowed(self, policy: RoutePolicy, budget: float) -> float:
        """Return what the next requests may cost on average, after what the route has spent."""
        spent = self._standing.spent(policy.name)
        if spent is None:
            return budget
        target = policy.target
        assert isinstance(target, PerThousand)
        amount = exchange(spent.money, target.budget.currency, self._rate)
        if amount is None:
            raise ConfigError(_say_rate(spent, target))
        return allow(budget, spent.requests, float(amount))

    def _curve(self, models: frozenset[str], currency: str) -> Curve | None:
        sample, factor = self._lessons.sample, self._factor(currency)
        if sample is None or factor is None:
            return None
        # Of a model that the sample does not have, only the price is known: it is not for it to set.
        key = (models.intersection(sample.models), factor)
        if key not in self._curves:
            if len(self._curves) >= MOST_CURVES:
                self._curves.clear()
            chosen = sample.select(key[0])
            self._curves[key] = draw_curve(msgspec.structs.replace(chosen, cost=chosen.cost * factor))
        return self._curves[key]

    def _usual_costs(self, currency: str) -> dict[str, float]:
        """Return each model's mean cost over the training requests, in this currency."""
        sample, factor = self._lessons.sample, self._factor(currency)
        if sample is None or factor is None or not len(sample.cost):
            return {}
        means = sample.cost.mean(axis=0) * factor
        return {model: float(mean) for model, mean in zip(sample.models, means, strict=True) if mean < inf}

    def _factor(self, currency: str) -> float | None:
        sample = self._lessons.sample
        if sample is None or sample.currency == currency:
            return 1.0
        factor = self._rate(sample.currency, currency)
        return None if factor is None else float(factor)


def _take_only(model: str, policy: RoutePolicy) -> Choice:
    target, note = policy.target, None
    if isinstance(target, Relative) and model != target.reference:
        note = f"no guarantee: the reference {target.reference} is not on offer"
    return Choice(((model, 1.0),), (model,), "only", note=note)


def _say_rate(spent: Spent, target: PerThousand) -> str:
    return (
        f"found {spent.money.currency} spent on a budget in {target.budget.currency}, expected a rate"
        f" between them: the settings need [fx] {target.budget.currency}_PER_{spent.money.currency}"
    )
