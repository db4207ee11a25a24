"""`fen arena register`: every variant that was ever tested."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.register import Entry, describe_entry
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table

_COLUMNS = (
    Column("codename", "id"),
    Column("status", "id"),
    Column("model", "id"),
    Column("battles", "figure"),
    Column("votes", "figure"),
    Column("from", "id"),
    Column("to", "id"),
    Column("why"),
)


@click.command()
@config
@as_json
def command(config: Path | None, as_json: bool) -> None:
    """List every variant that was ever tested, and how much it was met.

    The model behind a codename is told once it is revealed.
    """
    entries = asyncio.run(_list(load_settings(config, os.environ)))
    if as_json:
        show_json([describe_entry(entry) for entry in entries])
    else:
        show_table(_COLUMNS, [_line(entry) for entry in entries])


async def _list(settings: Settings) -> Sequence[Entry]:
    async with open_desk(settings) as desk:
        return await desk.register.list()


def _line(entry: Entry) -> tuple[str, ...]:
    variant, exposure = entry.variant, entry.exposure
    return (
        variant.name,
        variant.status,
        variant.model if variant.revealed is not None else "",
        str(exposure.battles),
        str(exposure.votes),
        *("" if at is None else f"{at:%Y-%m-%d}" for at in (exposure.first, exposure.last)),
        variant.why,
    )
