"""A comparison of two models on the items that both answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.evals.statistics.chance import bound_pairs, find_mid_p
from fen.evals.statistics.difference import Difference
from fen.evals.statistics.interval import Interval, bound_alike, can_stratify, name_method
from fen.evals.statistics.pairs import Pairs
from fen.evals.statistics.spread import Points, Spread, find_spread

Strata = Literal["fixed", "random"]
"""`fixed`: another time the strata are the same. `random`: they stand for others that might come."""


class Words(msgspec.Struct, frozen=True):
    """What a reader is told of how items hang together: what a cluster shares, what a stratum is."""

    shared: str | None = None
    stratum: str | None = None


def compare(pairs: Pairs, name: str, words: Words | None = None, *, strata: Strata = "fixed") -> Difference:
    """Return the difference of two models on their pairs.

    Binary items that share nothing: McNemar's mid-p; all else: t over clusters. strata "random" answers
    another question: how far the result would carry to other strata than these; each is then a cluster.

    Sources: Fagerland, Lydersen and Laake 2013, "The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional"; Bonett and Price 2012, "Adjusted Wald confidence interval
    for a difference of binomial proportions based on paired data"; Miller 2024, "Adding error bars to evals".
    """
    counted = Difference(
        name=name, items=len(pairs.items), only_a=pairs.only_a, only_b=pairs.only_b, unlike=pairs.unlike
    )
    if not pairs.items:
        return counted
    points = pairs.to_points()
    if strata == "random" and points.strata is not None:
        points = Points(points.values, points.strata)
        return _by_clusters(_count(counted, pairs), points, _carry(words), binary=False)
    simple = pairs.binary and points.independent
    return _by_clusters(_count(counted, pairs), points, words or Words(), binary=simple)


def _carry(words: Words | None) -> Words:
    name = (words.stratum if words else None) or "stratum"
    return Words(
        f"by {name}, as a sample of such: how far this carries to others, not how sure it is of these"
    )


def _count(counted: Difference, pairs: Pairs) -> Difference:
    differences = pairs.differences
    n = len(differences)
    means = [sum(sorted(item.worths[side] for item in pairs.items)) / n for side in (0, 1)]
    return msgspec.structs.replace(
        counted,
        a=means[0],
        b=means[1],
        difference=means[0] - means[1],
        won=sum(value > 0 for value in differences),
        lost=sum(value < 0 for value in differences),
    )


def _by_clusters(counted: Difference, points: Points, words: Words, *, binary: bool) -> Difference:
    distance = counted.difference or 0.0
    spread = find_spread(points)
    found = _find_interval(counted, points, spread, words, binary=binary)
    if binary:
        p, test = find_mid_p(counted.won, counted.lost), "McNemar mid-p"
    elif spread is None:
        p, test = 1.0, "none: a single cluster says nothing about others"
    elif spread.se == 0:
        # As if every cluster's direction were a coin.
        p, test = (1.0 if distance == 0 else 2.0 ** (1 - spread.clusters)), "sign test over clusters"
    else:
        p, test = spread.find_p(distance), f"t over {spread.clusters} clusters"
    return msgspec.structs.replace(
        counted,
        se=None if spread is None else spread.se,
        df=None if spread is None else spread.df,
        interval=found,
        p=p,
        test=test,
    )


def _find_interval(
    counted: Difference, points: Points, spread: Spread | None, words: Words, *, binary: bool
) -> Interval:
    distance = counted.difference or 0.0
    if binary and not can_stratify(points, counted.won + counted.lost):
        return bound_pairs(counted.won, counted.lost, counted.items)
    if spread is None:
        return Interval(-1.0, 1.0, "none: a single cluster says nothing about others")
    if spread.se == 0:
        return bound_alike(distance, spread.clusters, lowest=-1.0)
    reach = spread.reach()
    method = name_method(points, spread, words.shared, words.stratum)
    return Interval(max(-1.0, distance - reach), min(1.0, distance + reach), method)
