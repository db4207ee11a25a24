"""`fen eval agreement`: how far the judge of a run agrees with people."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.evals import open_shelf
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.judge.agreement import Agreement, agreement, list_judged, read_labels
from fen.evals.record import Record
from fen.evals.store import find_run, read_records

_COLUMNS = (
    Column("items", "figure"),
    Column("equal", "figure"),
    Column("95% interval", "id"),
    Column("within 1", "figure"),
    Column("kappa", "figure"),
    Column("weighted kappa", "figure"),
)


@click.command()
@click.argument("run")
@click.argument("labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="LABELS.csv")
@click.option("--criterion", help="A criterion's score instead of the mean of all.")
@config
@as_json
def command(run: str, labels: Path, criterion: str | None, config: Path | None, as_json: bool) -> None:
    """Compare a judge's scores of a run with people's labels of the same answers.

    LABELS.csv has the columns id (a sample's, or SUITE/SAMPLE for a run of several suites) and label, 1 to 5.
    Kappa is Cohen's; the weighted one has quadratic weights, as scores have an order.
    """
    records = asyncio.run(_read(load_settings(config, os.environ), run))
    found = agreement(list_judged(records, criterion), read_labels(labels))
    if as_json:
        show_json(found)
    else:
        show_table(_COLUMNS, [_line(found)])


async def _read(settings: Settings, run: str) -> Sequence[Record]:
    async with open_shelf(settings) as shelf:
        found = await shelf.storage.read(lambda connection: find_run(connection, run))
        return await shelf.storage.read(lambda connection: read_records(connection, found.id))


def _line(found: Agreement) -> tuple[str, ...]:
    kappas = ("-" if kappa is None else f"{kappa:.2f}" for kappa in (found.kappa, found.weighted))
    interval = f"{100 * found.low:.1f} to {100 * found.high:.1f}%"
    return (str(found.n), f"{100 * found.exact:.1f}%", interval, f"{100 * found.adjacent:.1f}%", *kappas)
