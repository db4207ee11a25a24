"""Who is asked: the cheapest model that meets the target, as a share for each model.

Ties go to the lower cost, then the higher probability, then the id, so that the order of the offers decides
nothing. A stricter target never leads to a cheaper choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import msgspec

from fen.routing.decision import Guarantee, Reason


class Candidate(msgspec.Struct, frozen=True):
    """A model within the route's caps.

    p: what is counted on: its expected probability, of a model that the artefact has not seen the lower end
    of its interval. cost: of this request, in the one currency of the route; infinite where unknown.
    """

    model: str
    p: float
    cost: float
    known: bool = True


class Choice(msgspec.Struct, frozen=True):
    """Whom the target asks for.

    shares: of each model that may be asked, summing to 1; more than one for a mixture. adequate: whom an
    exploration may ask instead. steady: whether a promise rests on exactly this choice, so that no cascade
    may change it. note: a sentence for people. guarantee: the one whose rule chose.
    """

    shares: tuple[tuple[str, float], ...]
    adequate: tuple[str, ...]
    reason: Reason
    steady: bool = False
    note: str | None = None
    guarantee: Guarantee | None = None


def cheapest(candidates: Sequence[Candidate]) -> Candidate:
    """Return the cheapest, of equals the one expected to be right more often."""
    return min(candidates, key=lambda one: (one.cost, -one.p, one.model))


def best(candidates: Sequence[Candidate]) -> Candidate:
    """Return the one expected to be right most often, of equals the cheapest."""
    return min(candidates, key=lambda one: (-one.p, one.cost, one.model))


def reach(candidates: Sequence[Candidate], probability: float) -> Choice:
    """Choose the cheapest that is right with at least this probability; the best where none is."""
    adequate = [one for one in candidates if one.p >= probability]
    if not adequate:
        return _one(best(candidates), candidates, "best", f"none is expected to reach {probability:.3f}")
    return _one(cheapest(adequate), adequate, "target")


def keep_up(candidates: Sequence[Candidate], reference: str, guarantee: Guarantee | None, why: str) -> Choice:
    """Choose by the guarantee's rule; the reference itself where there is none, for the reason `why`.

    The guarantee is about one pool: where one of its models is not on offer, it says nothing about who would
    be asked instead, and does not hold.
    """
    found = {one.model: one for one in candidates}
    strong = found.get(reference)
    if strong is None:
        note = f"no guarantee: the reference {reference} is not on offer"
        return _one(best(candidates), candidates, "unproven", note)
    if guarantee is not None:
        missing = sorted(set(guarantee.models) - found.keys())
        if missing:
            guarantee, why = None, f"{', '.join(missing)} of its pool is not on offer"
    if guarantee is None:
        return _one(strong, candidates, "unproven", f"no guarantee: {why}", steady=True)
    fit = [found[model] for model in guarantee.models if model != reference]
    eligible = [one for one in fit if strong.p * (1.0 - one.p) < guarantee.threshold]
    chosen = cheapest([*eligible, strong])
    # Nothing else than the reference can be asked instead without a risk that was not tested.
    choice = _one(chosen, [chosen, strong], "target", say_guarantee(guarantee), steady=True)
    return msgspec.structs.replace(choice, guarantee=guarantee)


def say_guarantee(guarantee: Guarantee) -> str:
    """Return a guarantee as a sentence."""
    kind = f" of {guarantee.tag}" if guarantee.tag else ""
    return (
        f"loses at most {guarantee.alpha:.1%} of what {guarantee.reference} gets right{kind},"
        f" with confidence {1 - guarantee.delta:.1%}: {guarantee.wrong} of {guarantee.n} lost"
    )


def save(candidates: Sequence[Candidate], most: float | None) -> Choice:
    """Choose the least money for a right answer; with `most`, the best within that much for one."""
    least = min(candidates, key=lambda one: (price_right(one), -one.p, one.model))
    if most is None:
        return _one(least, candidates, "target")
    adequate = [one for one in candidates if price_right(one) <= most]
    if not adequate:
        return _one(least, candidates, "best", "none is expected to cost so little for a right answer")
    return _one(best(adequate), adequate, "target")


def price_right(one: Candidate) -> float:
    """Return the expected money for a right answer, infinite where none is expected.

    To twelve digits: equals must stay equal in every currency, whose rates round the thirteenth.
    """
    return float(f"{one.cost / one.p:.12g}") if one.p > 0.0 else inf


def spend(candidates: Sequence[Candidate], price: float | None) -> Choice:
    """Choose the greatest p - price x cost; the cheapest where no price keeps the budget (None)."""
    if price is None:
        return _one(cheapest(candidates), candidates, "best", "even the cheapest are over the budget")
    if price == inf:
        return _one(cheapest(candidates), candidates, "target")
    # Where quality is all that counts, an unknown cost counts for nothing.
    chosen = min(
        candidates,
        key=lambda one: (price * one.cost - one.p if price else -one.p, one.cost, one.model),
    )
    return _one(chosen, candidates, "target")


def mix(candidates: Sequence[Candidate], cost: Mapping[str, float], budget: float) -> Choice:
    """Choose the mixture of at most two models that is right most often for `budget` a request.

    cost: what each costs on average. It is the point of the concave hull above the budget; the cheapest model
    where all cost more.
    """
    points = sorted(
        (cost.get(one.model, one.cost), -one.p, one.model) for one in candidates if one.cost < inf
    )
    within = [point for point in points if point[0] <= budget]
    if not within:
        return _one(cheapest(candidates), candidates, "static", "even the cheapest are over the budget")
    alone = min(within, key=lambda point: (point[1], point[0], point[2]))
    shares, quality = ((alone[2], 1.0),), -alone[1]
    for low in within:
        for high in points[len(within) :]:
            share = (budget - low[0]) / (high[0] - low[0])
            value = -low[1] * (1.0 - share) - high[1] * share
            if share > 0.0 and value > quality:
                shares, quality = ((low[2], 1.0 - share), (high[2], share)), value
    return Choice(shares, _names(candidates), "static")


def _one(
    chosen: Candidate,
    adequate: Sequence[Candidate],
    reason: Reason,
    note: str | None = None,
    *,
    steady: bool = False,
) -> Choice:
    return Choice(((chosen.model, 1.0),), _names(adequate), reason, steady, note)


def _names(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(sorted({one.model for one in candidates}))
