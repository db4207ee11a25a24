"""What some suites say beside their scores: which of it a report has, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fen.evals.beside import Cell, Unit
from fen.evals.report.figures import NONE
from fen.evals.report.select import Entry
from fen.evals.report.table import Heading, Table, head
from fen.evals.report.values import Report, SuiteAside
from fen.evals.report.words import Words
from fen.evals.suite import Suite


def sum_up_beside(entries: Iterable[Entry], suites: Mapping[str, Suite]) -> tuple[SuiteAside, ...]:
    """Return the tables of those suites that have some, each model's beside the other's.

    What another version of a scorer wrote down is left out: its details may have another shape.
    """
    found: list[SuiteAside] = []
    for entry in entries:
        for name in sorted({record.suite for record in entry.records} & suites.keys()):
            suite = suites[name]
            records = [one for one in entry.records if (one.suite, one.scorer) == (name, suite.scorer)]
            if suite.beside is not None and records:
                found += [SuiteAside(entry.name, name, table) for table in suite.beside(records)]
    return tuple(sorted(found, key=lambda one: one.suite))


def tell_asides(report: Report, words: Words) -> Iterable[Table]:
    """Return one table for each that a suite has, with all models in it."""
    groups: dict[tuple[str, str], list[SuiteAside]] = {}
    for one in report.asides:
        groups.setdefault((one.suite, one.table.name), []).append(one)
    return (_tell(suite, name, group, words) for (suite, name), group in groups.items())


def _tell(suite: str, name: str, group: Sequence[SuiteAside], words: Words) -> Table:
    several = len({one.model for one in group}) > 1
    columns = group[0].table.columns
    headings = head(words, "model", kind="model") if several else ()
    headings += tuple(
        Heading(words.find(column), "id" if unit == "word" else "figure") for column, unit in columns.items()
    )
    rows = tuple(
        (*([one.model] if several else []), *_write_row(row, columns.values(), words))
        for one in group
        for row in one.table.rows
    )
    about = words.find(f"about_{name}", "")
    return Table(f"{suite}: {words.find(name)}", headings, rows, (about,) if about else ())


def _write_row(row: Iterable[Cell], units: Iterable[Unit], words: Words) -> Iterable[str]:
    return (_write(cell, unit, words) for cell, unit in zip(row, units, strict=True))


def _write(cell: Cell, unit: Unit, words: Words) -> str:
    if cell is None:
        return NONE
    if isinstance(cell, bool):
        return words("yes" if cell else "no")
    if isinstance(cell, str):
        return words.find(cell)
    if unit == "share":
        return f"{100 * cell:.1f}"
    return f"{cell:,}" if unit == "count" else f"{cell:,.2f}"
