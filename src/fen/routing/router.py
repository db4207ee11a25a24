"""The one function of routing: a request and who could serve it in, a decision out.

expect    for each model: probability of a right answer with its interval, tokens and money
narrow    who is within the route's exclusions and price cap
compare   costs in one currency; far from what is known, shares of the past instead of estimates
choose    the cheapest that meets the target
lead      the cheap one first where a cascade is expected to cost less than asking the strong one
draw      among the shares of a mixture; by a small, logged chance, somebody else
line up   who is asked, who stands in, why, and what the reference would have cost
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from fen.routing.aim import Aim, View
from fen.routing.asked import Asked
from fen.routing.cascade import find_lead
from fen.routing.choose import Candidate, Choice
from fen.routing.decision import Decision, Estimate, Guarantee, Offer
from fen.routing.expectation import Expectation, Fresh, Rate, Standing
from fen.routing.explore import Odds, Plan, limit_share
from fen.routing.narrow import compare, narrow, settle_currency
from fen.routing.sieve import find_sieve
from fen.routing.target import Relative, RoutePolicy
from fen.routing.unfitted import Unfitted
from fen.wire.money import Money

__all__ = ["Expectation", "Router"]


class _Weighed(NamedTuple):
    """All that leads to a draw."""

    estimates: tuple[Estimate, ...]
    familiarity: float
    view: View
    candidates: list[Candidate]
    choice: Choice
    odds: Odds


class Router:
    """Decides for the routes of one artefact; without one, by the pool's order of price alone.

    chance: even numbers in [0, 1), for what is drawn. rate: today's rate between two currencies. standing:
    what has happened on a route since the artefact was loaded.
    """

    def __init__(
        self,
        expectation: Expectation | None,
        chance: Callable[[], float],
        rate: Rate | None = None,
        standing: Standing | None = None,
    ) -> None:
        self._expectation: Expectation = Unfitted() if expectation is None else expectation
        self._lessons = self._expectation.lessons
        self._chance = chance
        self._rate = rate or _no_rate
        self._aim = Aim(self._lessons, standing or Fresh(), self._rate)

    def decide(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Decision:
        """Return who is asked; `offers` are those of the pool that can serve the request, at least one.

        Raises Unsupported where the exclusions or the price cap leave nobody, and ConfigError where a budget
        cannot be compared for want of a rate.
        """
        weighed = self._weigh(asked, offers, policy)
        drawn = weighed.odds.draw(self._chance)
        choice, view = weighed.choice, weighed.view
        reference, reference_cost = self._find_reference(weighed.estimates, policy)
        return Decision(
            route=policy.name,
            order=line_up(drawn.plan, choice, weighed.candidates),
            reason="explored" if drawn.explored else choice.reason,
            estimates=weighed.estimates,
            propensity=drawn.propensity,
            familiar=view.fitted and not view.far,
            escalates=drawn.plan.then is not None,
            artefact=self._expectation.id,
            reference=reference,
            reference_cost=reference_cost,
            note=choice.note,
            familiarity=weighed.familiarity,
            guarantee=choice.guarantee,
        )

    def chances(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Mapping[Plan, float]:
        """Return the chance of everything that `decide` may draw; it raises the same."""
        return self._weigh(asked, offers, policy).odds.chances()

    def find_guarantee(self, tag: str | None, policy: RoutePolicy) -> Guarantee | None:
        """Return the guarantee that a route gives for a kind of work; None where none holds."""
        if not isinstance(policy.target, Relative):
            return None
        return self._aim.prove(policy.target, policy, View(tag, self._expectation.id is not None, False, ""))[
            0
        ]

    def _weigh(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> _Weighed:
        estimates, familiarity = self._expectation.expect(asked, offers)
        within = narrow(estimates, policy, self._rate)
        view = self._view(asked, familiarity, settle_currency(within, policy))
        means = self._lessons.usual(asked.tag) if view.far else None
        candidates = compare(within, view.currency, self._rate, means)
        choice = self._aim.choose(candidates, policy, view)
        plans = self._lead(choice, candidates, policy)
        odds = Odds(plans, choice.adequate, limit_share(policy.explore, choice.adequate))
        return _Weighed(estimates, familiarity, view, candidates, choice, odds)

    def _view(self, asked: Asked, familiarity: float, currency: str) -> View:
        fitted = self._expectation.id is not None
        return View(asked.tag, fitted, fitted and familiarity < self._lessons.near, currency)

    def _lead(
        self, choice: Choice, candidates: Sequence[Candidate], policy: RoutePolicy
    ) -> tuple[tuple[Plan, float], ...]:
        """Return the choice's models with their shares, each behind the cheap one that goes first, if any."""
        cascade = policy.cascade
        if cascade is None or choice.steady:
            return tuple((Plan(model), share) for model, share in choice.shares)
        found = {one.model: one for one in candidates}
        second = found.get(cascade.second or "")
        beside = 0.0 if second is None else second.cost
        sieve = find_sieve(self._lessons.sieves, cascade.verifier)
        plans: list[tuple[Plan, float]] = []
        for model, share in choice.shares:
            lead = find_lead(found[model], candidates, sieve, beside)
            plans.append((Plan(model) if lead is None else Plan(lead.model, model), share))
        return tuple(plans)

    def _find_reference(
        self, estimates: Sequence[Estimate], policy: RoutePolicy
    ) -> tuple[str | None, Money | None]:
        """Return whose cost savings are told against, and what it was expected to cost.

        It is the policy's, or the target's, or the dearest on offer; None where no price is known.
        """
        named = policy.reference
        if named is None and isinstance(policy.target, Relative):
            named = policy.target.reference
        if named is not None:
            return named, next((one.cost for one in estimates if one.model == named), None)
        currency = settle_currency(estimates, policy)
        priced = [one for one in compare(estimates, currency, self._rate) if one.cost < inf]
        if not priced:
            return None, None
        dearest = max(priced, key=lambda one: (one.cost, one.model)).model
        return dearest, next(one.cost for one in estimates if one.model == dearest)


def line_up(plan: Plan, choice: Choice, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the ids to ask: the plan's, then the adequate ones from the cheapest on, then the best."""
    front = [plan.first] if plan.then is None else [plan.first, plan.then]
    rest = [one for one in candidates if one.model not in front]
    adequate = sorted(
        (one for one in rest if one.model in choice.adequate), key=lambda one: (one.cost, -one.p, one.model)
    )
    others = sorted(
        (one for one in rest if one.model not in choice.adequate),
        key=lambda one: (-one.p, one.cost, one.model),
    )
    return (*front, *(one.model for one in (*adequate, *others)))


def _no_rate(base: str, quote: str) -> None:
    """No rate is known."""
    return
