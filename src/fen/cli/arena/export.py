"""`fen arena export`: write the log's votes to a file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.exchange import export_file
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.wire.money import CURRENCIES


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--category", metavar="C", help="Only votes of this category.")
@click.option(
    "--currency",
    type=click.Choice(CURRENCIES),
    default="USD",
    show_default=True,
    help="Write costs that are in it.",
)
@config
@as_json
def command(file: Path, category: str | None, currency: str, config: Path | None, as_json: bool) -> None:
    """Write the log's votes that count to a file.

    FILE ends in .jsonl or .parquet, and can be rated, or imported elsewhere. Hidden models are in it under
    their codenames, voters under the names that the arena gave them.
    """
    written = asyncio.run(_export(load_settings(config, os.environ), file, category, currency))
    if as_json:
        show_json({"file": str(file), "votes": written})
    else:
        click.echo(f"{written} votes written to {file}")


async def _export(settings: Settings, file: Path, category: str | None, currency: str) -> int:
    async with open_desk(settings) as desk:
        return await export_file(desk.storage, file, currency, category)
