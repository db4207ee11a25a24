"""`fen arena import`: add a file's votes to the log."""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.exchange import Imported, Source, import_votes
from fen.arena.files import VoteTable, read_votes
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.wire.money import CURRENCIES


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--currency",
    type=click.Choice(CURRENCIES),
    default="USD",
    show_default=True,
    help="In which the file's costs are.",
)
@config
@as_json
def command(file: Path, currency: str, config: Path | None, as_json: bool) -> None:
    """Add a file's votes to the log, where they count from then on.

    FILE is as of `fen arena rate`. A file that is taken in twice adds nothing.
    """
    table = read_votes(file, looks=True)
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    source = Source(digest, datetime.now(UTC), currency)
    done = asyncio.run(_import(load_settings(config, os.environ), table, source))
    if as_json:
        show_json(done)
    else:
        click.echo(f"{done.added} votes added, {done.known} were there, {done.left_out} rows left out")


async def _import(settings: Settings, table: VoteTable, source: Source) -> Imported:
    async with open_desk(settings) as desk:
        return await import_votes(desk.storage, table, source)
