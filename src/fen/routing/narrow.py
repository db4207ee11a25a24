"""Who is within the route's exclusions and price cap, with costs in one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf

from fen.routing.choose import Candidate
from fen.routing.decision import Estimate
from fen.routing.expectation import Rate
from fen.routing.target import PerCorrect, PerThousand, RoutePolicy
from fen.wire.errors import Unsupported
from fen.wire.money import CURRENCIES, Money


def narrow(estimates: Sequence[Estimate], policy: RoutePolicy, rate: Rate) -> list[Estimate]:
    """Return the estimates of those that are not excluded and expected to cost no more than the cap.

    A cost that is unknown, or in a currency without a rate to the cap's, is not known to be within it. Raises
    Unsupported where nobody is left.
    """
    allowed = [one for one in estimates if not is_excluded(one.model, policy.exclude)]
    if not allowed:
        raise Unsupported(
            f"found no model of {policy.name} that can serve the request, expected one that is not excluded"
        )
    cap = policy.price_cap
    if cap is None:
        return allowed
    within = [
        one
        for one in allowed
        if (cost := exchange(one.cost, cap.currency, rate)) is not None and cost <= cap.amount
    ]
    if not within:
        raise Unsupported(
            f"found no model of {policy.name} expected to cost at most {cap} for this request"
            f" ({say_costs(allowed)}), expected one within its price cap"
        )
    return within


def is_excluded(model: str, exclude: frozenset[str]) -> bool:
    """Whether a model is named by its id, or by its vendor."""
    return model in exclude or model.partition("/")[0] in exclude


def exchange(money: Money | None, currency: str, rate: Rate) -> Decimal | None:
    """Return an amount in another currency; None where it or the rate is unknown."""
    if money is None:
        return None
    if money.currency == currency:
        return money.amount
    factor = rate(money.currency, currency)
    return None if factor is None else money.amount * factor


def settle_currency(estimates: Sequence[Estimate], policy: RoutePolicy) -> str:
    """Return the currency in which the route's costs are compared.

    It is the target's, or the cap's, or the one most offers are priced in.
    """
    match policy.target:
        case PerCorrect(most=Money(currency=currency)) | PerThousand(budget=Money(currency=currency)):
            return currency
        case _:
            if policy.price_cap is not None:
                return policy.price_cap.currency
    priced = [one.cost.currency for one in estimates if one.cost is not None]
    return max(sorted({*priced, CURRENCIES[0]}), key=lambda name: (priced.count(name), name == CURRENCIES[0]))


def compare(
    estimates: Sequence[Estimate], currency: str, rate: Rate, means: Mapping[str, float] | None = None
) -> list[Candidate]:
    """Return the estimates as candidates with costs in one currency.

    means: shares of right answers that count instead of the estimates, far from what was fitted on; a model
    without one counts with the lower end of its interval.
    """
    found: list[Candidate] = []
    for one in sorted(estimates, key=lambda one: one.model):
        cost = exchange(one.cost, currency, rate)
        p = one.p if one.known else one.low
        if means is not None:
            p = means.get(one.model, one.low)
        found.append(Candidate(one.model, p, inf if cost is None else float(cost), one.known))
    return found


def say_costs(estimates: Sequence[Estimate]) -> str:
    """Return the expected costs in words, for a message."""
    told = [
        f"{one.model}: {'no known price' if one.cost is None else one.cost}"
        for one in sorted(estimates, key=lambda one: one.model)
    ]
    return ", ".join(told)
