"""`fen arena retire`: end a hidden model's test without telling what it was."""

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
@click.option("--why", default="retired", show_default=True, help="What the register says of it.")
@config
@as_json
def command(codename: str, why: str, config: Path | None, as_json: bool) -> None:
    """Take a codename out of the arena without telling which model was behind it.

    It is drawn no more, and stays in the register with its battles and why it was retired.
    """
    variant = asyncio.run(_retire(load_settings(config, os.environ), codename, why))
    if as_json:
        show_json({"codename": variant.name, "status": variant.status, "why": variant.why})
    else:
        click.echo(f"{variant.name}: {variant.status}, {variant.why}")


async def _retire(settings: Settings, codename: str, why: str) -> Variant:
    async with open_desk(settings) as desk:
        return await desk.register.retire(codename, why)
