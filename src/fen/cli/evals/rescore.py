"""`fen eval rescore`: score kept answers anew, without a call."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.evals import find_suites, open_shelf
from fen.cli.evals.options import data
from fen.cli.evals.tables import show_report
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.evals.record import Run
from fen.evals.report import describe_run
from fen.evals.rescore import Rescored, rescore_run
from fen.evals.store import find_run
from fen.evals.summary import describe_suites


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
    run, result = asyncio.run(_rescore(run_id, load_settings(config, os.environ), data))
    known = {suite.name: suite for suite in find_suites(run.suites)}
    report = describe_run(run, result.records, known, datetime.now(UTC))
    for fault in result.faults:
        click.echo(f"{fault.suite} {fault.sample}: {fault.error}", err=True)
    if as_json:
        show_json(
            {
                "changed": result.changed,
                "left": result.left,
                "suites": describe_suites(report, result.records),
                "faults": result.faults,
            }
        )
    else:
        show_report(report)
        click.echo(f"\n{result.changed} scores changed, {result.left} samples were left as they were")
    return 1 if result.faults else 0


async def _rescore(run_id: str, settings: Settings, data: Path | None) -> tuple[Run, Rescored]:
    async with open_shelf(settings, data) as shelf:
        run = await shelf.storage.read(lambda connection: find_run(connection, run_id))
        return run, await rescore_run(run, find_suites(run.suites), shelf)
