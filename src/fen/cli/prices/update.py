"""`fen prices update`: what a newer source would append to the price book."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from fen.app import load_settings, read_offers
from fen.app.price_sources import open_rivals
from fen.app.settings import make_home
from fen.catalogue.updates import Proposal, accept, propose
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.cli.prices.audit import source
from fen.wire.money import plain
from fen.wire.usage import METERS


@click.command()
@click.argument("query", required=False)
@source
@click.option("--new", is_flag=True, help="Models of known vendors too that have no card or price yet.")
@click.option("--accept", "accepted", is_flag=True, help="Append what is shown, valid from now on.")
@config
@as_json
def command(
    query: str | None,
    sources: Sequence[str],
    new: bool,
    accepted: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Show what a newer source would append to the price book, or append it.

    What differs stands with - as it is and with + as the source has it, in dollars per million tokens.
    --accept writes it to FEN_HOME/prices as dated rows: what was paid until now stays what it was, and the
    package is not changed. With QUERY, of the models with all its words in their id.
    """
    settings = load_settings(config, os.environ)
    if len(sources) != 1:
        raise click.UsageError(f"found {len(sources)} sources, expected one --source NAME=FILE|URL")
    [rival] = open_rivals(settings, sources)
    at = datetime.now(UTC)
    words = (query or "").casefold().split()
    proposals = [
        each
        for each in propose(read_offers(settings).catalogue, rival, at, new=new)
        if all(word in each.model.casefold() for word in words)
    ]
    able = [each for each in proposals if each.hinders is None]
    written: list[Path] = []
    if accepted and able:
        make_home(settings)
        written = accept(settings.home, able, rival, at)
    if as_json:
        found = [msgspec.to_builtins(each) for each in proposals]
        show_json(
            {
                "source": rival.name,
                "dated": rival.dated,
                "proposals": found,
                "written": list(map(str, written)),
            }
        )
        return
    for each in proposals:
        _show(each)
    _conclude(proposals, able, written, accepted)


def _show(proposal: Proposal) -> None:
    note = " (new)" if proposal.new else ""
    left = f": left out, {proposal.hinders}" if proposal.hinders else ""
    click.echo(f"{proposal.model}{note}, USD{left}")
    for meter in METERS:
        before, after = proposal.before.get(meter), proposal.after.get(meter)
        if before == after:
            continue
        if before is not None:
            click.echo(f"- {meter} {plain(before)}")
        if after is not None:
            click.echo(f"+ {meter} {plain(after)}")


def _conclude(
    proposals: Sequence[Proposal], able: Sequence[Proposal], written: Sequence[Path], accepted: bool
) -> None:
    if not proposals:
        click.echo("nothing to append: the price book says the same")
        return
    click.echo()
    if accepted:
        click.echo(f"appended {len(able)} price lists to {', '.join(map(str, written)) or 'nothing'}")
    else:
        click.echo(f"{len(able)} price lists would be appended: --accept does it")
