"""`fen eval gap`: the gap between two groups of models over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fen.cli.options import as_json
from fen.cli.output import Column, show_json, show_table
from fen.evals.statistics.gap import Best, Gap, find_gaps, read_reports


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv")
@click.option(
    "--leader", metavar="GROUP", help="Measure from this group's best; the file's first if left out."
)
@click.option("--dimension", metavar="NAME", help="Of this dimension only.")
@click.option(
    "--method",
    default="method",
    show_default=True,
    metavar="COLUMN",
    help="The column that names the method; where it is missing, the source is taken for it.",
)
@as_json
def command(file: Path, leader: str | None, dimension: str | None, method: str, as_json: bool) -> None:
    """Show how far the best of one group of models is behind the best of another, report by report.

    The gap is (leader - follower) / leader. FILE.csv has a row for each report (date, best_X, score_X,
    best_Y, score_Y), or for each score (model, dimension, score, date, group). Where the method of measuring
    changed the series begins anew: gaps on either side cannot be compared.
    """
    show_gaps(find_gaps(read_reports(file, leader=leader, dimension=dimension, method=method)), as_json)


def show_gaps(gaps: Sequence[Gap], as_json: bool) -> None:
    """Print a gap report by report, as a table or as JSON."""
    if as_json:
        show_json(gaps)
        return
    if not gaps:
        click.echo("no report has both groups")
        return
    first = gaps[0]
    columns = (
        Column("date", "id"),
        Column(f"best of {first.leader.group}"),
        Column("score", "figure"),
        Column(f"best of {first.follower.group}"),
        Column("score", "figure"),
        Column("gap", "figure"),
        Column("method"),
        Column("series", "figure"),
    )
    show_table(columns, _list_lines(gaps))
    click.echo("\ngap = (leader - follower) / leader; series of different numbers were measured differently")


def _list_lines(gaps: Sequence[Gap]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    series = 1
    for gap in gaps:
        series += gap.broken
        lines.append(
            (
                gap.date,
                *_write(gap.leader),
                *_write(gap.follower),
                f"{100 * gap.gap:.2f}%",
                gap.method or "-",
                str(series),
            )
        )
    return lines


def _write(best: Best) -> tuple[str, str]:
    return best.model, str(best.score)
