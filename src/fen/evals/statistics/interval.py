"""Means with their intervals: Wilson's for independent items, t by clusters for all else."""

from __future__ import annotations

import math
from collections import Counter

import msgspec

from fen.evals.statistics.spread import LEVEL, Points, Spread, find_spread
from fen.hierarchy.suite.share import wilson

_FAR = 700.0
"""A logit whose share is 0 or 1 in a float."""

_FEWEST = 10
"""Fewer items of a stratum, or fewer right or wrong ones in all, are too few for a t interval."""


class Interval(msgspec.Struct, frozen=True):
    """Where the truth is with the given level of confidence; method: how it was found, in words."""

    low: float
    high: float
    method: str
    level: float = LEVEL


class Measure(msgspec.Struct, frozen=True):
    """A mean, of how many, and how far it may be from the truth.

    mean: None of nothing. n: values. clusters: how many of them are independent. interval: None of nothing.
    """

    mean: float | None
    n: int
    clusters: int
    interval: Interval | None


NOTHING = Measure(None, 0, 0, None)


def measure(points: Points, *, shared: str | None = None, stratum: str | None = None) -> Measure:
    """Return the mean of values between 0 and 1.

    shared: in words, what values of one cluster share ("the passage"). stratum: in words, what the strata
    are ("subject").
    """
    n = len(points.values)
    if n == 0:
        return NOTHING
    mean = min(1.0, max(0.0, sum(sorted(points.values)) / n))
    return Measure(mean, n, points.cluster_count, _find_interval(points, mean, shared, stratum))


def _find_interval(points: Points, mean: float, shared: str | None, stratum: str | None) -> Interval:
    n = len(points.values)
    if points.independent and points.binary and not can_stratify(points, round(sum(points.values))):
        low, high = wilson(sum(value == 1.0 for value in points.values), n)
        left_out = "" if points.strata is None else "; too few items for strata"
        return Interval(low, high, f"Wilson, {n} independent items{left_out}")
    spread = find_spread(points)
    if spread is None:
        return Interval(0.0, 1.0, "none: a single cluster says nothing about others")
    if spread.se == 0:
        return bound_alike(mean, spread.clusters, lowest=0.0)
    low, high = _bend(mean, spread.reach())
    return Interval(low, high, f"{name_method(points, spread, shared, stratum)}, logit scale")


def _bend(mean: float, reach: float) -> tuple[float, float]:
    """Return the limits of a share whose logit is off by t standard errors of it.

    On the plain scale too few intervals hold shares near 0 and 1: of 30 to 60 clusters with a share of 0.05,
    90%; on this one 93 to 98% (10,000 draws, items of a cluster correlated by 0.25).

    Source: Korn and Graubard 1999, "Analysis of health surveys", 3.4.
    """
    middle = math.log(mean / (1 - mean))
    off = reach / (mean * (1 - mean))
    return _to_share(middle - off, mean, 0.0), _to_share(middle + off, mean, 1.0)


def _to_share(logit: float, mean: float, end: float) -> float:
    """Return the share of a logit, on the mean's side that the end names; the end where it overflows."""
    share = end if abs(logit) > _FAR else 1 / (1 + math.exp(-logit))
    return min(share, mean) if end == 0 else max(share, mean)


def can_stratify(points: Points, hits: int) -> bool:
    """Whether the strata of binary items tell each one's variance, and neither kind of item is too rare.

    hits: items of one kind, whichever.
    """
    if points.strata is None:
        return False
    sizes = Counter(points.strata)
    return (
        len(sizes) > 1 and min(sizes.values()) >= _FEWEST and _FEWEST <= hits <= len(points.values) - _FEWEST
    )


def bound_alike(mean: float, clusters: int, *, lowest: float) -> Interval:
    """Return the interval of a mean from which no cluster differed: its spread is unknown, and not nothing.

    At most a share of 1 - 0.025^(1/G) of clusters like these G may be otherwise, each by all that it can.

    Source: Clopper and Pearson 1934, for no case of G (the "rule of three" at two sides).
    """
    reach = 1 - ((1 - LEVEL) / 2) ** (1 / clusters)
    return Interval(
        max(lowest, mean - reach), min(1.0, mean + reach), f"exact bound, {clusters} clusters all alike"
    )


def name_method(points: Points, spread: Spread, shared: str | None, stratum: str | None) -> str:
    """Say how a t interval was found: clusters by what, strata of what, degrees of freedom."""
    if points.independent:
        parts = [f"t, {spread.clusters} independent items"]
    else:
        parts = [f"t, {spread.clusters} clusters ({shared or 'repeated epochs'})"]
    if spread.strata > 1:
        parts.append(f"{spread.strata} strata fixed ({stratum or 'as the suite names them'})")
    elif points.strata is not None and len(set(points.strata)) > 1:
        parts.append("strata not used: clusters reach across them")
    parts.append(f"df {spread.df:.0f}")
    return ", ".join(parts)


def combine(measures: list[Measure], what: str) -> Measure:
    """Return the mean of independent means, each counted alike.

    Its limits follow from theirs, whatever their methods are. what: the word for one of them ("suites").

    Source: Zou and Donner 2008, "Construction of confidence limits about effect measures" (MOVER).
    """
    found = [one for one in measures if one.mean is not None and one.interval is not None]
    if not found:
        return NOTHING
    if len(found) == 1:
        return found[0]
    means = [one.mean or 0.0 for one in found]
    intervals = [one.interval for one in found if one.interval is not None]
    size = len(found)
    mean = sum(means) / size
    below = sum((m - i.low) ** 2 for m, i in zip(means, intervals, strict=True)) ** 0.5 / size
    above = sum((i.high - m) ** 2 for m, i in zip(means, intervals, strict=True)) ** 0.5 / size
    method = f"mean of {size} {what}, limits from theirs (MOVER)"
    interval = Interval(max(0.0, mean - below), min(1.0, mean + above), method)
    return Measure(mean, sum(one.n for one in found), sum(one.clusters for one in found), interval)
