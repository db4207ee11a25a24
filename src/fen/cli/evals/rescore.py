"""`fen eval rescore`: score kept answers anew, without a call."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.evals import find_suites, open_shelf
from fen.cli.evals.options import data
from fen.cli.evals.scores import show_sums
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.evals.rescore import Rescored, rescore_run
from fen.evals.store import find_run
from fen.evals.summary import describe_sums, sum_up


@click.command()
@click.argument("run_id", metavar="RUN")
@data
@config
@as_json
def command(run_id: str, data: Path | None, config: Path | None, as_json: bool) -> int:
    """Score a run's kept answers by the scorers of now; nothing is asked, and nothing spent.

    RUN is a run's id, or the beginning of it. Answers that another version of a suite asked for keep their
    scores.
    """
    result = asyncio.run(_rescore(run_id, load_settings(config, os.environ), data))
    sums = sum_up(result.records)
    for fault in result.faults:
        click.echo(f"{fault.suite} {fault.sample}: {fault.error}", err=True)
    if as_json:
        show_json(
            {
                "changed": result.changed,
                "left": result.left,
                "suites": [describe_sums(one) for one in sums],
                "faults": result.faults,
            }
        )
    else:
        show_sums(sums)
        click.echo(f"{result.changed} scores changed, {result.left} samples were left as they were")
    return 1 if result.faults else 0


async def _rescore(run_id: str, settings: Settings, data: Path | None) -> Rescored:
    async with open_shelf(settings, data) as shelf:
        run = await shelf.storage.read(lambda connection: find_run(connection, run_id))
        return await rescore_run(run, find_suites(run.suites), shelf)
