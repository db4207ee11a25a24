"""How a route is shown: in the list of models, and in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fen.catalogue import Card, Catalogue
from fen.routing.target import Absolute, PerCorrect, PerThousand, Relative, RoutePolicy, Target


def describe_route(
    policy: RoutePolicy, catalogue: Catalogue, at: datetime, artefact: str | None = None
) -> dict[str, Any]:
    """Return OpenAI's model object for a route, JSON-ready, with the members that a model's has.

    Context and output are the most that a member of its pool has, abilities those that some member has; it
    has no price of its own. artefact: the id of what it decides by.
    """
    cards = [card for name in policy.pool if (card := catalogue.find(name)) is not None]
    today = at.astimezone(UTC).date()
    return {
        "id": policy.name,
        "object": "model",
        "created": 0,
        "owned_by": policy.name.partition("/")[0],
        "name": policy.name,
        "context_window": _most(card.context_window.value for card in cards if card.context_window),
        "max_output_tokens": _most(fact.value for card in cards if (fact := card.longest_output(today))),
        "abilities": _unite(cards),
        "knowledge_cutoff": None,
        "retirement": None,
        "pricing": None,
        "route": {
            "pool": list(policy.pool),
            "target": say_target(policy.target),
            "price_cap": None if policy.price_cap is None else str(policy.price_cap),
            "reference": policy.reference,
            "explore": policy.explore,
            "cascade": policy.cascade is not None,
            "artefact": artefact,
        },
    }


def say_target(target: Target) -> str:
    """Return what a target means, in a few words."""
    match target:
        case Relative(reference=reference, alpha=alpha, delta=delta):
            return (
                f"lose at most {_percent(alpha)} of what {reference} gets right, {_percent(1 - delta)} sure"
            )
        case Absolute(probability=probability):
            return f"right at least {_percent(probability)} of the time"
        case PerCorrect(most=None):
            return "the least money for a right answer"
        case PerCorrect(most=most):
            return f"the best within {most} for a right answer"
        case PerThousand(budget=budget):
            return f"the best for {budget} per thousand requests"


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


def _most(values: Iterable[int]) -> dict[str, Any] | None:
    most = max(values, default=None)
    return None if most is None else {"value": most, "source": "its pool", "checked": None}


def _unite(cards: Iterable[Card]) -> dict[str, Any] | None:
    known = [card.abilities for card in cards if card.abilities is not None]
    if not known:
        return None
    abilities = {ability for some in known for ability in some}
    return {"value": sorted(abilities), "source": "its pool", "checked": None}
