"""The table of a run's plain sums, as `fen eval run` and `fen eval rescore` print it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fen.cli.output import Column, show_table
from fen.evals.score import OUTCOMES
from fen.evals.summary import SuiteSums

_COLUMNS = (
    Column("suite", "id"),
    Column("n", "figure"),
    Column("strict %", "figure"),
    Column("completed %", "figure"),
    Column("of", "figure"),
    *(Column(outcome.replace("_", " "), "figure") for outcome in OUTCOMES),
    Column("cost", "figure"),
)


def show_sums(sums: Sequence[SuiteSums]) -> None:
    """Print a line for each suite."""
    show_table(_COLUMNS, [_line(one) for one in sums])
    click.echo("strict: all samples; completed: without those that were cut or got no answer")


def _line(one: SuiteSums) -> tuple[str, ...]:
    return (
        one.suite,
        str(one.samples),
        f"{100 * one.strict:.1f}",
        "-" if one.completed is None else f"{100 * one.completed:.1f}",
        str(one.completed_samples),
        *(str(one.outcomes[outcome]) for outcome in OUTCOMES),
        str(one.cost),
    )
