"""`fen arena void`: take votes off the board, or put them back on it."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.withdrawing import Changed, Withdrawal, withdraw_votes
from fen.cli.options import as_json, config
from fen.cli.output import show_json


@click.command()
@click.argument("battles", nargs=-1, metavar="[BATTLE]...")
@click.option("--voter", help="All votes of this voter.")
@click.option("--note", required=True, help="Why; whoever cast the vote is told.")
@click.option("--restore", is_flag=True, help="Put back votes that were withdrawn so.")
@config
@as_json
def command(
    battles: tuple[str, ...],
    voter: str | None,
    note: str,
    restore: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Take votes off the board, or put them back on it.

    Nothing is deleted: the vote stays in the log, with the reason `withdrawn` and the note beside it.
    """
    if not battles and voter is None:
        raise click.UsageError("found neither a battle nor --voter, expected one of them")
    settings = load_settings(config, os.environ)
    changed = asyncio.run(_void(settings, battles, voter, note, restore))
    if as_json:
        show_json(changed)
    else:
        click.echo(f"{changed.changed} votes {'restored' if restore else 'voided'}, {changed.kept} as before")


async def _void(
    settings: Settings, battles: tuple[str, ...], voter: str | None, note: str, restore: bool
) -> Changed:
    async with open_desk(settings) as desk:
        return await withdraw_votes(desk.storage, battles, voter, _say(note, restore))


def _say(note: str, restore: bool) -> Withdrawal:
    return Withdrawal(datetime.now(UTC), "cli", note, restore=restore)
