"""The report as Markdown: the same tables, for a document or an issue."""

from __future__ import annotations

import re

from fen.evals.report import tables
from fen.evals.report.charts.svg import clean
from fen.evals.report.tables import Table
from fen.evals.report.values import Report
from fen.evals.report.words import Words

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def write_markdown(report: Report, words: Words) -> str:
    """Return the report, its texts escaped, so that a model's name can neither link nor draw."""
    parts = [f"# {words('title')}", f"{words('made')} {report.made:%Y-%m-%d %H:%M} UTC"]
    shown = (*tables.list_tables(report, words), tables.tell_sources(report, words))
    for table in filter(lambda table: table.rows, shown):
        parts += [f"## {table.title}", _write_table(table)]
        parts += [tell(note) for note in table.notes]
    if report.remarks:
        parts += [f"## {words('remarks')}", "\n".join(f"- {tell(line)}" for line in report.remarks)]
    return "\n\n".join(parts) + "\n"


def _write_table(table: Table) -> str:
    head = [tell(heading.title) for heading in table.headings]
    rule = ["--:" if heading.kind in {"figure", "series"} else "---" for heading in table.headings]
    rows = [head, rule, *([tell(cell) for cell in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def tell(text: str) -> str:
    """Return a text as Markdown that shows it and does nothing else."""
    return _SPECIAL.sub(r"\\\1", clean(text).replace("\n", " "))
