"""What scores are worth as evidence: intervals, comparisons, costs and plans, over records alone."""

from fen.evals.statistics.interval import Interval, Measure, combine, measure
from fen.evals.statistics.items import find_worth, is_complete, part, to_points
from fen.evals.statistics.spread import LEVEL, Points, Spread, find_spread
from fen.evals.statistics.summary import (
    Summary,
    Total,
    summarise,
    summarise_by,
    summarise_dimensions,
    summarise_suites,
    summarise_total,
)

__all__ = [
    "LEVEL",
    "Interval",
    "Measure",
    "Points",
    "Spread",
    "Summary",
    "Total",
    "combine",
    "find_spread",
    "find_worth",
    "is_complete",
    "measure",
    "part",
    "summarise",
    "summarise_by",
    "summarise_dimensions",
    "summarise_suites",
    "summarise_total",
    "to_points",
]
