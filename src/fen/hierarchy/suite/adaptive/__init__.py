"""Attackers that see the guard's score and try again: how often they get through after how many queries."""

from fen.hierarchy.suite.adaptive.mutators import MUTATORS, PART, Mutator
from fen.hierarchy.suite.adaptive.search import (
    AT,
    QUERIES,
    Curve,
    Trace,
    attack,
    describe_curve,
    make_attacks,
    run_adaptive,
)

__all__ = [
    "AT",
    "MUTATORS",
    "PART",
    "QUERIES",
    "Curve",
    "Mutator",
    "Trace",
    "attack",
    "describe_curve",
    "make_attacks",
    "run_adaptive",
]
