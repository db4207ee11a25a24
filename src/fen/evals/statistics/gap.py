"""The gap between two groups of models over time, broken where the method of measuring changed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import msgspec

from fen.evals.statistics.imported import Published, read_published, read_rows, read_score
from fen.wire.errors import InvalidRequest


class Best(msgspec.Struct, frozen=True):
    """The best model of a group in one report; score: per cent."""

    group: str
    model: str
    score: Decimal


class Gap(msgspec.Struct, frozen=True):
    """How far the best of one group is behind the best of the leading one in one report.

    gap: (leader - follower) / leader; negative where the leader is behind. broken: the method is another than
    that of the report before, so that no line may be drawn from there to here.
    """

    date: str
    leader: Best
    follower: Best
    gap: Decimal
    method: str
    broken: bool


class Report(msgspec.Struct, frozen=True):
    """One day's best of both groups, before they are compared."""

    date: str
    leader: Best
    follower: Best
    method: str


def find_gaps(reports: Iterable[Report]) -> tuple[Gap, ...]:
    """Return the gaps in the order of their dates; raises InvalidRequest where a leader has no points."""
    found: list[Gap] = []
    for report in sorted(reports, key=lambda report: report.date):
        ahead, behind = report.leader.score, report.follower.score
        if ahead <= 0:
            raise InvalidRequest(f"found a leading score of {ahead} in {report.date}, expected more than 0")
        broken = bool(found) and found[-1].method != report.method
        gap = (ahead - behind) / ahead
        found.append(Gap(report.date, report.leader, report.follower, gap, report.method, broken))
    return tuple(found)


def split(gaps: Iterable[Gap]) -> tuple[tuple[Gap, ...], ...]:
    """Return the gaps in pieces of one method each, for lines that do not cross a change."""
    pieces: list[list[Gap]] = []
    for gap in gaps:
        if gap.broken or not pieces:
            pieces.append([])
        pieces[-1].append(gap)
    return tuple(map(tuple, pieces))


def read_reports(
    path: Path, *, leader: str | None = None, dimension: str | None = None, method: str = "method"
) -> tuple[Report, ...]:
    """Return the reports of a CSV file; raises InvalidRequest.

    Either one row a report, with date, best_X, score_X, best_Y, score_Y; or one row a score, as
    `read_published` reads it, with a group and a date. leader: the group that the gap is measured from, the
    first in the file where left out. dimension: of this one only. method: the column that names the method;
    where it is missing the source is taken for it, since another report may have measured otherwise.
    """
    rows = read_rows(path, ("date",))
    names = list(rows[0][1]) if rows else []
    groups = [name.removeprefix("score_") for name in names if name.startswith("score_")]
    if not groups:
        return _from_scores(path, leader, dimension)
    if len(groups) != 2:
        raise InvalidRequest(f"found score columns of {', '.join(groups)}, expected two groups")
    ordered = _order(groups, leader)
    column = method if method in names else "source"
    found: list[Report] = []
    for line, row in read_rows(path, [f"best_{group}" for group in ordered]):
        where = f"{path.name}, line {line}"
        ahead, behind = (
            Best(group, row[f"best_{group}"], read_score(row[f"score_{group}"], where)) for group in ordered
        )
        found.append(Report(row["date"], ahead, behind, row.get(column, "")))
    return tuple(found)


def _order(groups: list[str], leader: str | None) -> list[str]:
    if leader is None:
        return groups
    if leader not in groups:
        raise InvalidRequest(f"found the leader {leader!r}, expected one of {', '.join(groups)}")
    return sorted(groups, key=lambda group: group != leader)


def _from_scores(path: Path, leader: str | None, dimension: str | None) -> tuple[Report, ...]:
    scores = [
        score
        for score in read_published(path)
        if score.group and (dimension is None or score.dimension == dimension)
    ]
    dimensions = {score.dimension for score in scores}
    if len(dimensions) > 1:
        raise InvalidRequest(
            f"found the dimensions {', '.join(sorted(dimensions))}, expected one: --dimension"
        )
    groups = list(dict.fromkeys(score.group for score in scores))
    if len(groups) != 2:
        raise InvalidRequest(f"found the groups {', '.join(groups) or 'none'}, expected two")
    ordered = _order(groups, leader)
    reports: dict[tuple[str, str], list[Published]] = {}
    for score in scores:
        reports.setdefault((score.date, score.method or score.source), []).append(score)
    found: list[Report] = []
    for (date, way), members in reports.items():
        best = [_find_best(members, group) for group in ordered]
        if best[0] is not None and best[1] is not None:
            found.append(Report(date, best[0], best[1], way))
    return tuple(found)


def _find_best(members: Iterable[Published], group: str) -> Best | None:
    own = [score for score in members if score.group == group]
    if not own:
        return None
    top = max(own, key=lambda score: score.score)
    return Best(group, top.model, top.score)
