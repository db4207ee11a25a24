"""`fen arena rejudge`: votes of older rules, judged by today's."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena import make_lineup
from fen.app.build import open_app
from fen.arena.auditing import Audit, Rejudged
from fen.arena.identity import LeakFilter
from fen.arena.live import LiveBoards
from fen.cli.options import as_json, config
from fen.cli.output import show_json


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those of today's rules too: models may be new.")
@config
@as_json
def command(everything: bool, config: Path | None, as_json: bool) -> None:
    """Judge votes again by today's rules of what gives a model away.

    Only whether an answer or a prompt told who wrote is judged again; what else spoils a vote stays. The old
    judgement stays in the log.
    """
    done = asyncio.run(_rejudge(load_settings(config, os.environ), everything))
    if as_json:
        show_json(done)
    else:
        click.echo(f"{done.seen} votes judged again: {done.voided} voided, {done.restored} restored")
        if done.lacking:
            click.echo(f"{done.lacking} votes have no battle beside them, and stay as they are")


async def _rejudge(settings: Settings, everything: bool) -> Rejudged:
    async with open_app(settings) as app:
        lineup, _ = make_lineup(settings.arena, app.catalogue)
        audit = Audit(app.storage, LiveBoards(app.storage))
        return await audit.rejudge(LeakFilter(lineup.make_roster()), datetime.now(UTC), everything=everything)
