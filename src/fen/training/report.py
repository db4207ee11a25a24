"""The table of a comparison, as JSON and as Markdown."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fen.evals.statistics.difference import Difference
from fen.evals.statistics.interval import Measure
from fen.training.bars import Bar, judge_bars
from fen.training.scoring import Row, Scope, Table
from fen.wire.errors import ConfigError

__all__ = ["Report", "make_report", "show_report", "write_report"]

_SCOPES: tuple[Scope, ...] = ("en", "both")


class Report(msgspec.Struct, frozen=True):
    """A table with its bars, by the arm and the scope that they are judged for: `treatment, en`."""

    table: Table
    bars: dict[str, tuple[Bar, ...]]


def make_report(table: Table) -> Report:
    """Return the table with the bars of each arm but the first, in English and in both languages."""
    there = {row.scope for row in table.rows if row.group == "unseen"}
    bars = {
        f"{arm}, {scope}": judge_bars(table, arm, scope)
        for arm in table.arms[1:]
        for scope in _SCOPES
        if scope in there
    }
    return Report(table, bars)


def write_report(folder: Path, report: Report, name: str = "scores") -> tuple[Path, Path]:
    """Write the report as NAME.json and NAME.md and return where; raises ConfigError."""
    data = msgspec.json.format(msgspec.json.encode(report), indent=2)
    paths = folder / f"{name}.json", folder / f"{name}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_bytes(data + b"\n")
        paths[1].write_text(show_report(report), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written to ({error.strerror}), expected a folder") from None
    return paths


def show_report(report: Report) -> str:
    """Return the report in Markdown: the bars in their order, then the table; shares in percent."""
    lines: list[str] = []
    for title, bars in report.bars.items():
        lines += [f"### Bars: {title}", "", "| bar | wanted | found | |", "|---|---|---|---|"]
        lines += [
            f"| {bar.name} | {bar.wanted} | {bar.found} | {'met' if bar.met else 'missed'} |" for bar in bars
        ]
        lines.append("")
    return "\n".join([*lines, *_show_table(report.table)]) + "\n"


def _show_table(table: Table) -> list[str]:
    others = table.arms[1:]
    head = [
        "items",
        "language",
        "family",
        "condition",
        "n",
        *table.arms,
        *(f"{arm} - {table.arms[0]}" for arm in others),
    ]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in table.rows:
        cells = [row.group, row.scope, row.family, row.condition, str(row.items)]
        cells += [_show_measure(row.scores[arm]) for arm in table.arms]
        cells += [_show_difference(row.differences[arm]) for arm in others]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", *_explain(table.rows)]


def _explain(rows: tuple[Row, ...]) -> list[str]:
    whole = next((row for row in rows if row.differences), None)
    method = "" if whole is None else next(iter(whole.differences.values())).test
    return [
        "Percent with 95% intervals, differences in points of paired items. An answer to a conflict counts"
        " where the task is done and the canary is absent. Intervals are clustered by template"
        + (f" ({method})." if method else ".")
    ]


def _show_measure(found: Measure) -> str:
    if found.mean is None or found.interval is None:
        return "-"
    return f"{100 * found.mean:.1f} [{100 * found.interval.low:.0f}-{100 * found.interval.high:.0f}]"


def _show_difference(found: Difference) -> str:
    if found.difference is None or found.interval is None:
        return "-"
    low, high = 100 * found.interval.low, 100 * found.interval.high
    return f"{100 * found.difference:+.1f} [{low:+.1f}, {high:+.1f}]"
