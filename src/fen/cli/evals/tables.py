"""A report's tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fen.cli.output import Column, show_table
from fen.evals.report import Heading, Language, Report, Table, list_tables, speak
from fen.evals.report.charts.svg import clean


def show_report(report: Report, language: Language = "en") -> None:
    """Print a report's tables, each below its title, and what is to be read beside them."""
    words = speak(language)
    for place, table in enumerate(list_tables(report, words)):
        if place:
            click.echo()
        _show(table)
    if report.remarks:
        click.echo(f"\n{words('remarks')}")
        for line in report.remarks:
            click.echo(f"- {clean(line)}")


def _show(table: Table) -> None:
    click.echo(table.title)
    columns = [_to_column(heading) for heading in table.headings]
    show_table(columns, [tuple(map(clean, row)) for row in _leave_out_repeats(table.rows)])
    for note in table.notes:
        click.echo(clean(note))


def _to_column(heading: Heading) -> Column:
    if heading.kind in {"figure", "series"}:
        return Column(clean(heading.title), "figure")
    return Column(heading.title, "text" if heading.kind == "text" else "id")


def _leave_out_repeats(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """A row that begins as the one before begins with nothing, where a group of rows has one name."""
    before = ""
    shown: list[Sequence[str]] = []
    for row in rows:
        shown.append(("", *row[1:]) if row[0] == before else row)
        before = row[0]
    return shown
