"""`fen eval runs`: list the runs."""

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
from fen.evals.record import Run
from fen.evals.store import read_runs

_COLUMNS = (
    Column("run", "id"),
    Column("started", "id"),
    Column("state", "id"),
    Column("model", "id"),
    Column("suites"),
    Column("limit", "figure"),
    Column("epochs", "figure"),
    Column("seed", "figure"),
    Column("budget", "figure"),
)


@click.command()
@click.option("--model", help="Only those of a model.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@config
@as_json
def command(model: str | None, limit: int, config: Path | None, as_json: bool) -> None:
    """List runs, newest first; `open` is one that its command has not finished yet."""
    runs = asyncio.run(_read(load_settings(config, os.environ), limit, model))
    if as_json:
        show_json(runs)
    else:
        show_table(_COLUMNS, [_line(run) for run in runs])


async def _read(settings: Settings, limit: int, model: str | None) -> Sequence[Run]:
    async with open_shelf(settings) as shelf:
        return await shelf.storage.read(lambda connection: read_runs(connection, limit, model))


def _line(run: Run) -> tuple[str, ...]:
    return (
        run.id,
        f"{run.started:%Y-%m-%d %H:%M}",
        "open" if run.ended is None else "ended",
        run.model,
        ", ".join(run.suites),
        "all" if run.limit is None else str(run.limit),
        str(run.epochs),
        str(run.seed),
        "-" if run.budget is None else str(run.budget),
    )
