"""Pairs: the items that two models both answered, each with what either answer is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from fen.evals.record import Record
from fen.evals.statistics.items import find_cluster, find_stratum, find_worth, is_complete
from fen.evals.statistics.spread import Points

Basis = Literal["strict", "completed"]
"""`strict`: all answers. `completed`: items of which both have a completed answer."""


class Pair(msgspec.Struct, frozen=True):
    """One item; worths: of a and b, the mean of its epochs. single: either answered once."""

    suite: str
    dimension: str
    worths: tuple[float, float]
    single: bool
    cluster: str
    stratum: str | None


class Pairs(msgspec.Struct, frozen=True):
    """The items that both answered; only_a, only_b: items that one alone has, which are left out.

    unlike: items that both have, but of other versions of the suite or its scorer, left out too.
    """

    items: tuple[Pair, ...]
    only_a: int = 0
    only_b: int = 0
    unlike: int = 0

    @property
    def differences(self) -> tuple[float, ...]:
        """What a's answer is worth more than b's, by item."""
        return tuple(item.worths[0] - item.worths[1] for item in self.items)

    @property
    def binary(self) -> bool:
        """Whether either has one answer of each item, which is right or wrong."""
        return all(item.single and set(item.worths) <= {0.0, 1.0} for item in self.items)

    def to_points(self) -> Points:
        """Return the differences with their clusters and strata."""
        strata = None
        if any(item.stratum is not None for item in self.items):
            strata = tuple(item.stratum or item.suite for item in self.items)
        return Points(self.differences, tuple(item.cluster for item in self.items), strata)


def pair(a: Iterable[Record], b: Iterable[Record], basis: Basis = "strict") -> Pairs:
    """Return the items that both have, in their order by suite and sample.

    Epochs of a sample are one item, of which the mean counts.
    """
    ours, theirs = _gather(a, basis), _gather(b, basis)
    items: list[Pair] = []
    unlike = 0
    for key in sorted(ours.keys() & theirs.keys()):
        if find_kinds(ours[key]) != find_kinds(theirs[key]):
            unlike += 1
        else:
            items.append(_pair(ours[key], theirs[key]))
    only_a, only_b = len(ours.keys() - theirs.keys()), len(theirs.keys() - ours.keys())
    return Pairs(tuple(items), only_a, only_b, unlike)


def _gather(records: Iterable[Record], basis: Basis) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if basis == "strict" or is_complete(record):
            found.setdefault((record.suite, record.sample), []).append(record)
    return found


def find_kinds(records: Sequence[Record]) -> set[tuple[str, str]]:
    """Return the versions of suite and scorer that the records are of."""
    return {(record.version, record.scorer) for record in records}


def _pair(ours: Sequence[Record], theirs: Sequence[Record]) -> Pair:
    first = ours[0]
    return Pair(
        first.suite,
        first.dimension,
        (_mean(ours), _mean(theirs)),
        len(ours) == len(theirs) == 1,
        find_cluster(first),
        None if first.stratum is None else find_stratum(first),
    )


def _mean(records: Sequence[Record]) -> float:
    return sum(sorted(map(find_worth, records))) / len(records)
