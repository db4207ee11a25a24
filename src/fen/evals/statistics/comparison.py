"""Two models compared by suite and by dimension."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from fen.evals.record import Record
from fen.evals.statistics.chance import adjust
from fen.evals.statistics.difference import Difference
from fen.evals.statistics.interval import Interval
from fen.evals.statistics.items import part
from fen.evals.statistics.paired import Strata, Words, compare
from fen.evals.statistics.pairs import Basis, pair
from fen.evals.statistics.spread import Spread


class Comparison(msgspec.Struct, frozen=True):
    """Two models by suite and by dimension; the dimensions are corrected for their number by Holm."""

    basis: Basis
    suites: tuple[Difference, ...]
    dimensions: tuple[Difference, ...]


def compare_all(
    a: Iterable[Record],
    b: Iterable[Record],
    words: Mapping[str, Words] | None = None,
    *,
    basis: Basis = "strict",
    strata: Strata = "fixed",
) -> Comparison:
    """Compare two models by suite, and by dimension, where each suite counts alike.

    words: by suite.
    """
    ours, theirs = part(a), part(b)
    told = words or {}
    suites: list[Difference] = []
    parts: dict[str, list[Difference]] = {}
    for suite in sorted(ours.keys() | theirs.keys()):
        sides = ours.get(suite, []), theirs.get(suite, [])
        whole = compare(pair(*sides, basis), suite, told.get(suite), strata=strata)
        suites.append(whole)
        names = {record.dimension for side in sides for record in side}
        for name in names:
            found = whole
            if len(names) > 1:
                pairs = pair(_of(sides[0], name), _of(sides[1], name), basis)
                found = compare(pairs, suite, told.get(suite), strata=strata)
            parts.setdefault(name, []).append(found)
    dimensions = correct([join(name, found) for name, found in sorted(parts.items())])
    return Comparison(basis, tuple(suites), dimensions)


def _of(records: Iterable[Record], dimension: str) -> list[Record]:
    return [record for record in records if record.dimension == dimension]


def correct(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the differences with their p corrected for all those that have one."""
    ps = iter(adjust([one.p for one in differences if one.p is not None]))
    return tuple(
        one if one.p is None else msgspec.structs.replace(one, adjusted=next(ps)) for one in differences
    )


def join(name: str, parts: Sequence[Difference]) -> Difference:
    """Return the mean of differences, each counted alike, as of suites that share nothing.

    Source: Satterthwaite 1946, "An approximate distribution of estimates of variance components".
    """
    counted = Difference(
        name=name,
        items=sum(one.items for one in parts),
        only_a=sum(one.only_a for one in parts),
        only_b=sum(one.only_b for one in parts),
        unlike=sum(one.unlike for one in parts),
        won=sum(one.won for one in parts),
        lost=sum(one.lost for one in parts),
    )
    found = [one for one in parts if one.items]
    if not found:
        return counted
    if len(found) == 1:
        kept = found[0]
        return msgspec.structs.replace(
            kept, name=name, only_a=counted.only_a, only_b=counted.only_b, unlike=counted.unlike
        )
    size = len(found)
    means = [
        sum(value or 0.0 for value in side) / size
        for side in zip(*((one.a, one.b) for one in found), strict=True)
    ]
    joined = msgspec.structs.replace(counted, a=means[0], b=means[1], difference=means[0] - means[1])
    return _spread_joined(joined, found)


def _spread_joined(joined: Difference, parts: Sequence[Difference]) -> Difference:
    size, distance = len(parts), joined.difference or 0.0
    variances = [(one.se or 0.0) ** 2 for one in parts]
    unknown = [one for one in parts if not one.se]
    if unknown:
        # A suite whose spread is not known lends its own interval, and no t.
        below = math.sqrt(sum(_reach(one, -1) ** 2 for one in parts)) / size
        above = math.sqrt(sum(_reach(one, 1) ** 2 for one in parts)) / size
        interval = Interval(
            max(-1.0, distance - below),
            min(1.0, distance + above),
            f"mean of {size} suites, limits from theirs (MOVER)",
        )
        p = min(1.0, size * min(1.0 if one.p is None else one.p for one in parts))
        return msgspec.structs.replace(joined, interval=interval, p=p, test="Bonferroni over its suites")
    freedoms = [one.df or 1.0 for one in parts]
    total = sum(variances)
    df = total**2 / sum(v * v / f for v, f in zip(variances, freedoms, strict=True))
    spread = Spread(math.sqrt(total) / size, df, sum(one.items for one in parts), size)
    reach = spread.reach()
    interval = Interval(
        max(-1.0, distance - reach), min(1.0, distance + reach), f"t, mean of {size} suites, df {df:.0f}"
    )
    return msgspec.structs.replace(
        joined,
        se=spread.se,
        df=df,
        interval=interval,
        p=spread.find_p(distance),
        test=f"t, mean of {size} suites",
    )


def _reach(one: Difference, side: int) -> float:
    assert one.interval is not None
    assert one.difference is not None
    return one.difference - one.interval.low if side < 0 else one.interval.high - one.difference
