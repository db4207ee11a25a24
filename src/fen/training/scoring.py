"""Scores of several arms on the same items: by family and condition, with paired differences and the bars.

Intervals are clustered by template; where families are put together, each is a fixed stratum. Sources: as
`fen.evals.statistics` names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from fen.evals.statistics.difference import Difference
from fen.evals.statistics.interval import Measure, measure
from fen.evals.statistics.paired import Words, compare
from fen.evals.statistics.pairs import Pair, Pairs
from fen.evals.statistics.spread import Points
from fen.training.grading import grade
from fen.training.item import Condition, Item
from fen.wire.errors import InvalidRequest

__all__ = ["ALL", "Answers", "Group", "Row", "Table", "find_rows", "score"]

Group = Literal["seen", "unseen", "foreign"]
"""New items of trained families, items of held-out ones, and data sets of others."""

Scope = Literal["en", "zh", "both"]

Answers = Mapping[str, Mapping[str, str]]
"""Each arm's answers: by arm's name, then by the item's id."""

ALL = "all"
"""The family of rows that have all of their group."""

_CONDITIONS: tuple[Condition, ...] = ("conflict", "aligned", "reference")
_WORDS = Words(shared="the template", stratum="family")


class Row(msgspec.Struct, frozen=True):
    """The scores of one group of items.

    scores: by arm. differences: of each other arm less the first, in paired items, by arm.
    """

    group: Group
    scope: Scope
    family: str
    condition: Condition
    items: int
    scores: dict[str, Measure]
    differences: dict[str, Difference]


class Table(msgspec.Struct, frozen=True):
    """All rows; arms: in order, the first is what the others are compared with."""

    arms: tuple[str, ...]
    rows: tuple[Row, ...]


def score(groups: Mapping[Group, Sequence[Item]], answers: Answers) -> Table:
    """Return the table of all arms; the first arm of `answers` is the baseline.

    Raises InvalidRequest for no arm, for an item without an answer and for an item without a grader.
    """
    if not answers:
        raise InvalidRequest("answers: found no arm, expected at least one")
    passed = {
        arm: _judge_all(arm, (item for items in groups.values() for item in items), told)
        for arm, told in answers.items()
    }
    rows: list[Row] = []
    for group, items in groups.items():
        for scope, family, chosen in _cut(items):
            for condition in _CONDITIONS:
                some = [item for item in chosen if item.condition == condition]
                if some:
                    rows.append(_make_row((group, scope, family, condition), some, passed))
    return Table(tuple(answers), tuple(rows))


def find_rows(
    table: Table, group: Group, scope: Scope, condition: Condition, *, whole: bool
) -> tuple[Row, ...]:
    """Return the group's rows of single families, or the one of all; empty where there are none."""
    return tuple(
        row
        for row in table.rows
        if (row.group, row.scope, row.condition) == (group, scope, condition) and (row.family == ALL) == whole
    )


def _judge_all(arm: str, items: Iterable[Item], told: Mapping[str, str]) -> dict[str, bool]:
    passed: dict[str, bool] = {}
    for item in items:
        if item.id not in told:
            raise InvalidRequest(f"arm {arm}: found no answer to {item.id}, expected one to each item")
        if item.grader is None:
            raise InvalidRequest(f"item {item.id}: found no grader, expected one")
        passed[item.id] = grade(item, told[item.id]).passed
    return passed


def _cut(items: Sequence[Item]) -> list[tuple[Scope, str, list[Item]]]:
    """Return the items of each family, then all of each language, then all where there are two."""
    found: dict[tuple[Scope, str], list[Item]] = {}
    for item in items:
        found.setdefault((item.language, item.family), []).append(item)
    for item in items:
        found.setdefault((item.language, ALL), []).append(item)
    if len({item.language for item in items}) > 1:
        found["both", ALL] = list(items)
    return [(scope, family, chosen) for (scope, family), chosen in found.items()]


def _make_row(
    head: tuple[Group, Scope, str, Condition], items: list[Item], passed: Mapping[str, dict[str, bool]]
) -> Row:
    arms = tuple(passed)
    whole = head[2] == ALL
    scores = {arm: _measure(items, passed[arm], whole=whole) for arm in arms}
    first = passed[arms[0]]
    differences = {arm: _compare(items, passed[arm], first, f"{arm} - {arms[0]}", whole) for arm in arms[1:]}
    return Row(*head, len(items), scores, differences)


def _measure(items: list[Item], passed: Mapping[str, bool], *, whole: bool) -> Measure:
    values = tuple(float(passed[item.id]) for item in items)
    strata = tuple(item.family for item in items) if whole else None
    clusters = tuple(item.template for item in items)
    return measure(Points(values, clusters, strata), shared="the template", stratum="family")


def _compare(
    items: list[Item], ours: Mapping[str, bool], theirs: Mapping[str, bool], name: str, whole: bool
) -> Difference:
    pairs = tuple(
        Pair(
            suite=item.family,
            dimension=item.condition,
            worths=(float(ours[item.id]), float(theirs[item.id])),
            single=True,
            cluster=item.template,
            stratum=item.family if whole else None,
        )
        for item in items
    )
    return compare(Pairs(pairs), name, _WORDS)
