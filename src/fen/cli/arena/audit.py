"""`fen arena audit`: voters who do not read as a person would, and what holds two models apart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.auditing import Audit
from fen.arena.influence import Influence, audit_pair
from fen.arena.rigging import USUAL, Examined, Watch, find_outliers
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.wire.errors import InvalidRequest

_COLUMNS = (
    Column("voter", "id"),
    Column("votes", "figure"),
    Column("p", "figure"),
    Column("p of all", "figure"),
    Column("pattern", "id"),
    Column("model", "id"),
)
_PUSHES = (Column("voter", "id"), Column("votes", "figure"), Column("points", "figure"))


class _Options(TypedDict):
    pair: tuple[str, str] | None
    restore: str | None
    void: bool
    note: str
    level: float
    config: Path | None
    as_json: bool


@click.command()
@click.option("--pair", nargs=2, metavar="ABOVE BELOW", help="Show what holds one model over another.")
@click.option("--void", is_flag=True, help="Take the votes of voters who were found off the board.")
@click.option("--restore", metavar="VOTER", help="Take back that a voter's votes were taken off so.")
@click.option("--note", default="", help="Why it is taken back.")
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True),
    default=USUAL.level,
    show_default=True,
    help="The chance that any honest voter at all is found.",
)
@config
@as_json
def command(**options: Unpack[_Options]) -> None:
    """Look for voters who do not read, and at what holds two models apart.

    A voter is found where no honest taste explains the votes: always the left answer, always one model, the
    opposite of everybody, a coin. The test may be repeated as often as one likes.
    """
    settings = load_settings(options["config"], os.environ)
    if options["pair"] is not None:
        _show_pair(asyncio.run(_audit_pair(settings, options["pair"])), as_json=options["as_json"])
    elif options["restore"] is not None:
        click.echo(f"{asyncio.run(_restore(settings, options['restore'], options['note']))} votes restored")
    else:
        found, voided = asyncio.run(_find(settings, options))
        _show_found(found, voided, options)


async def _find(settings: Settings, options: _Options) -> tuple[Sequence[Examined], int]:
    async with open_desk(settings) as desk:
        survey = await desk.survey()
        watch = Watch(level=options["level"])
        found = find_outliers(survey.ballots, survey.voters, watch) if len(survey.ballots) else ()
        voided = 0
        if options["void"]:
            voided = await Audit(desk.storage, desk.live).void_outliers(found, datetime.now(UTC))
        return found, voided


async def _restore(settings: Settings, voter: str, note: str) -> int:
    async with open_desk(settings) as desk:
        return await Audit(desk.storage, desk.live).restore_voter(voter, datetime.now(UTC), note=note)


async def _audit_pair(settings: Settings, pair: tuple[str, str]) -> Influence:
    async with open_desk(settings) as desk:
        survey = await desk.survey()
        try:
            return audit_pair(survey.ballots, survey.voters, *pair)
        except ValueError as error:
            raise InvalidRequest(str(error)) from None


def _show_found(found: Sequence[Examined], voided: int, options: _Options) -> None:
    if options["as_json"]:
        show_json(found)
        return
    if found:
        show_table(_COLUMNS, [_line(one) for one in found])
        click.echo()
    said = f"{len(found)} voters whose votes no honest taste explains"
    click.echo(f"{said}; {voided} votes voided" if options["void"] else said)


def _line(one: Examined) -> tuple[str, ...]:
    return (one.voter, str(one.votes), f"{one.p:.2g}", f"{one.adjusted:.2g}", one.pattern, one.model or "")


def _show_pair(found: Influence, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    click.echo(f"{found.above} leads {found.below} by {found.lead:.1f} points")
    click.echo(f"{found.votes} votes for {found.below} would turn them around")
    few = "no set of voters that was tried" if found.voters is None else f"{found.voters} voters"
    click.echo(f"without {few} they would be turned around\n")
    show_table(_PUSHES, [(one.voter, str(one.votes), f"{one.points:+.2f}") for one in found.pushes])
