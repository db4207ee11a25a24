"""Which model is asked: expected quality and cost for each, and the cheapest that is good enough."""

from fen.routing.asked import Asked
from fen.routing.decision import Decision, Estimate, Guarantee, Offer, Reason
from fen.routing.target import (
    Absolute,
    Cascade,
    PerCorrect,
    PerThousand,
    Relative,
    RoutePolicy,
    Target,
)

__all__ = [
    "Absolute",
    "Asked",
    "Cascade",
    "Decision",
    "Estimate",
    "Guarantee",
    "Offer",
    "PerCorrect",
    "PerThousand",
    "Reason",
    "Relative",
    "RoutePolicy",
    "Target",
]
