"""The bars of the two-arm comparison: what was to be reached, what was found, and whether it was."""

from __future__ import annotations

import msgspec

from fen.training.item import Condition
from fen.training.scoring import Group, Row, Scope, Table, find_rows

__all__ = ["Bar", "judge_bars"]

LEAST_ALIGNED = 0.60
"""What the baseline must have on aligned items; tasks that it cannot do tell nothing."""

_SEEN = 0.40
_UNSEEN = 0.10
_POSITIVE = 0.75  # of the unseen families
_ALIGNED = 0.03
_LEAST_ITEMS = 400


class Bar(msgspec.Struct, frozen=True):
    """One bar. found: a share or a difference of shares, or a count; None where nothing was measured."""

    name: str
    wanted: str
    found: str
    met: bool


def judge_bars(table: Table, arm: str, scope: Scope = "en") -> tuple[Bar, ...]:
    """Return the bars for an arm against the table's first; the scope is a language, or `both`.

    Families count alike in the means, as each has as many items.
    """
    base = table.arms[0]
    groups: tuple[Group, ...] = ("seen", "unseen")
    seen = _only(table, "seen", scope, "conflict")
    unseen = _only(table, "unseen", scope, "conflict")
    rows = find_rows(table, "unseen", scope, "conflict", whole=False)
    if scope == "both":
        languages: tuple[Scope, ...] = ("en", "zh")
        rows = tuple(
            row for one in languages for row in find_rows(table, "unseen", one, "conflict", whole=False)
        )
    bars = [
        *(_aligned_floor(_only(table, group, scope, "aligned"), base, group) for group in groups),
        _gain("conflicts, new items of trained families", seen, arm, _SEEN),
        _gain("conflicts, unseen families, on average", unseen, arm, _UNSEEN),
        _above_zero(unseen, arm),
        _positive(rows, arm),
        *(_kept(_only(table, group, scope, "aligned"), arm, group) for group in groups),
        _enough((seen, unseen)),
    ]
    return tuple(bars)


def _only(table: Table, group: Group, scope: Scope, condition: Condition) -> Row | None:
    rows = find_rows(table, group, scope, condition, whole=True)
    return rows[0] if rows else None


def _aligned_floor(row: Row | None, base: str, group: str) -> Bar:
    mean = None if row is None else row.scores[base].mean
    name = f"{base} on aligned items, {group}"
    return Bar(
        name, f"at least {LEAST_ALIGNED:.0%}", _share(mean), mean is not None and mean >= LEAST_ALIGNED
    )


def _gain(name: str, row: Row | None, arm: str, wanted: float) -> Bar:
    found = None if row is None else row.differences[arm].difference
    told = "not measured" if row is None else _points(row, arm)
    return Bar(name, f"at least {100 * wanted:+.0f} points", told, found is not None and found >= wanted)


def _above_zero(row: Row | None, arm: str) -> Bar:
    interval = None if row is None else row.differences[arm].interval
    told = "not measured" if interval is None else f"{100 * interval.low:+.1f} points"
    met = interval is not None and interval.low > 0
    return Bar("conflicts, unseen families, lower end of the interval", "above 0", told, met)


def _positive(rows: tuple[Row, ...], arm: str) -> Bar:
    gains = [row.differences[arm].difference or 0.0 for row in rows]
    count = sum(gain > 0 for gain in gains)
    wanted = "three of four"
    met = bool(gains) and count >= _POSITIVE * len(gains)
    return Bar("conflicts, unseen families that gain", wanted, f"{count} of {len(gains)}", met)


def _kept(row: Row | None, arm: str, group: str) -> Bar:
    found = None if row is None else row.differences[arm].difference
    told = "not measured" if row is None else _points(row, arm)
    met = found is not None and found >= -_ALIGNED
    return Bar(f"aligned, {group}", f"no lower than {-100 * _ALIGNED:.0f} points", told, met)


def _enough(rows: tuple[Row | None, ...]) -> Bar:
    counts = [0 if row is None else row.items for row in rows]
    met = min(counts) >= _LEAST_ITEMS
    return Bar(
        "paired conflicts, seen and unseen", f"at least {_LEAST_ITEMS}", " and ".join(map(str, counts)), met
    )


def _share(mean: float | None) -> str:
    return "not measured" if mean is None else f"{100 * mean:.1f}%"


def _points(row: Row, arm: str) -> str:
    found = row.differences[arm]
    if found.difference is None or found.interval is None:
        return "not measured"
    low, high = 100 * found.interval.low, 100 * found.interval.high
    return f"{100 * found.difference:+.1f} [{low:+.1f}, {high:+.1f}]"
