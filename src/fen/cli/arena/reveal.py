"""`fen arena reveal`: tell which model was behind a codename."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.variant import Variant
from fen.cli.options import as_json, config
from fen.cli.output import show_json


@click.command()
@click.argument("codename")
@click.option("--why", default="", help="What the register says of it.")
@config
@as_json
def command(codename: str, why: str, config: Path | None, as_json: bool) -> None:
    """Tell which model was behind a codename.

    From then on it plays under its own name, where its counts begin at 0; what it did under the codename
    stays in the register.
    """
    variant = asyncio.run(_reveal(load_settings(config, os.environ), codename, why))
    if as_json:
        show_json(variant)
    else:
        click.echo(f"{variant.name} was {variant.model}")


async def _reveal(settings: Settings, codename: str, why: str) -> Variant:
    async with open_desk(settings) as desk:
        return await desk.register.reveal(codename, why)
