"""Adds results up: a row per category and pair of privileges, without Fen's layer and with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite.case import Role
from fen.hierarchy.suite.families import FAMILIES
from fen.hierarchy.suite.published import Published
from fen.hierarchy.suite.run import Result
from fen.hierarchy.suite.share import Share

GENERATED = "generated"
"""The name under which all families together stand in the table."""

_ROLES: tuple[Role, ...] = ("conflict", "reference", "aligned")


class Cell(msgspec.Struct, frozen=True):
    """passed: right answers. obeyed: of those cases where a program can tell. errors: calls that failed."""

    passed: Share
    obeyed: Share
    errors: int


class Row(msgspec.Struct, frozen=True):
    """A line of the table; a column that was not run is None."""

    source: str
    category: str
    higher: Privilege
    lower: Privilege
    role: Role
    unguarded: Cell | None
    guarded: Cell | None


class Cost(msgspec.Struct, frozen=True):
    """The benign cost: right answers to the reference and aligned cases that both columns have.

    lost: those that only the unguarded model got right; won: only the guarded one.
    """

    cases: int
    unguarded: Share
    guarded: Share
    lost: int
    won: int

    @property
    def points(self) -> float:
        """Percentage points that the layer costs."""
        return 100 * (self.unguarded.hits - self.guarded.hits) / self.cases if self.cases else 0.0


def make_rows(results: Iterable[Result]) -> tuple[Row, ...]:
    """Return the rows in the order: conflicts first, and within a role as the cases came."""
    families = {family.name for family in FAMILIES}
    groups: dict[tuple[str, str, Privilege, Privilege, Role], list[Result]] = {}
    for result in results:
        case = result.case
        source = GENERATED if case.suite in families else case.suite
        groups.setdefault((source, case.category, case.higher, case.lower, case.role), []).append(result)
    ordered = sorted(groups, key=lambda key: _ROLES.index(key[4]))  # stable: the cases' order within a role
    return tuple(_make_row(key, groups[key]) for key in ordered)


def _make_row(key: tuple[str, str, Privilege, Privilege, Role], results: Sequence[Result]) -> Row:
    columns = [[one for one in results if one.guarded is guarded] for guarded in (False, True)]
    unguarded, guarded = (_make_cell(column) if column else None for column in columns)
    return Row(*key, unguarded, guarded)


def _make_cell(results: Sequence[Result]) -> Cell:
    grades = [result.grade for result in results if result.grade is not None]
    seen = [grade.obeyed for grade in grades if grade.obeyed is not None]
    passed = Share(sum(grade.passed for grade in grades), len(grades))
    return Cell(passed, Share(sum(seen), len(seen)), len(results) - len(grades))


def find_cost(results: Iterable[Result]) -> Cost | None:
    """Return what the layer costs on benign cases; None unless both columns have some."""
    benign: dict[bool, dict[str, bool]] = {False: {}, True: {}}
    for result in results:
        if result.case.role != "conflict" and result.grade is not None:
            benign[result.guarded][result.case.id] = result.grade.passed
    both = [(passed, benign[True][name]) for name, passed in benign[False].items() if name in benign[True]]
    if not both:
        return None
    bare, layered = sum(one for one, _ in both), sum(other for _, other in both)
    lost = sum(one and not other for one, other in both)
    won = sum(other and not one for one, other in both)
    return Cost(len(both), Share(bare, len(both)), Share(layered, len(both)), lost, won)


def describe_row(row: Row, published: Published) -> dict[str, Any]:
    """Return a row as JSON has it; shares are from 0 to 1, the paper's figures in percent.

    {"source", "category", "higher", "lower", "role", "unguarded": cell, "guarded": cell, "published":
    {"baseline", "hierarchy"} | null}; a cell is {"cases", "passed": share, "obeyed": share, "errors"}, and a
    share {"hits", "of", "rate", "low", "high"}. Only conflicts have published figures.
    """
    told = published.rows.get(row.category) if row.role == "conflict" else None
    return {
        "source": row.source,
        "category": row.category,
        "higher": row.higher.word,
        "lower": row.lower.word,
        "role": row.role,
        "unguarded": _describe_cell(row.unguarded),
        "guarded": _describe_cell(row.guarded),
        "published": None if told is None else {"baseline": told.baseline, "hierarchy": told.hierarchy},
    }


def describe_cost(cost: Cost | None) -> dict[str, Any] | None:
    """Return the benign cost as JSON has it: {"cases", "unguarded", "guarded", "lost", "won", "points"}."""
    if cost is None:
        return None
    return {
        "cases": cost.cases,
        "unguarded": _describe_share(cost.unguarded),
        "guarded": _describe_share(cost.guarded),
        "lost": cost.lost,
        "won": cost.won,
        "points": round(cost.points, 2),
    }


def _describe_cell(cell: Cell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    shares = {"passed": _describe_share(cell.passed), "obeyed": _describe_share(cell.obeyed)}
    return {"cases": cell.passed.of + cell.errors, **shares, "errors": cell.errors}


def _describe_share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    rate = None if share.rate is None else round(share.rate, 4)
    return {"hits": share.hits, "of": share.of, "rate": rate, "low": round(low, 4), "high": round(high, 4)}
