"""`fen prices audit`: where other sources say something else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import msgspec

from fen.app import load_settings, read_offers
from fen.app.price_sources import open_rivals
from fen.catalogue.audit import Audit, Dispute, audit, read_library
from fen.catalogue.disagreements import LIMITS
from fen.catalogue.harvest import read_harvest
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json
from fen.cli.sources import Sources, show_filled
from fen.wire.money import plain

_COLUMNS = (
    Column("model", "id"),
    Column("of", "id"),
    Column("ours", "figure"),
    Column("theirs", "figure"),
    Column("our source", "id"),
    Column("theirs by", "id"),
    Column("as of", "id"),
)

source = click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME=FILE|URL",
    help="genai-prices' data.json, models.dev's api.json or LiteLLM's model_prices_and_context_window.json.",
)


@click.command()
@click.argument("query", required=False)
@source
@config
@as_json
def command(query: str | None, sources: Sequence[str], config: Path | None, as_json: bool) -> None:
    """List where other sources say something else.

    Compared are dollar prices per million tokens and limits of the models that both know, now. Without a
    --source, what genai-prices said when Fen last took it over. Nothing is taken over here: fen prices update
    shows what would be. With QUERY, of the models with all its words in their id.
    """
    settings = load_settings(config, os.environ)
    at = datetime.now(UTC)
    rivals = open_rivals(settings, sources) or [read_library(read_harvest(), at)]
    catalogue = read_offers(settings).catalogue
    words = (query or "").casefold().split()
    found = [_narrow(audit(catalogue, rival, at), words) for rival in rivals]
    if as_json:
        show_json([msgspec.to_builtins(each) for each in found])
        return
    marks = Sources()
    lines = [_line(dispute, marks) for each in found for dispute in each.disputes]
    if lines:
        show_filled(_COLUMNS, lines)
        marks.show()
        click.echo()
    for each in found:
        click.echo(
            f"{each.rival} ({each.format}, {each.dated}): {each.compared:,} models compared,"
            f" {len(each.disputes):,} figures differ, {len(each.missing):,} models have no card here"
        )


def _narrow(found: Audit, words: Sequence[str]) -> Audit:
    kept = tuple(each for each in found.disputes if all(word in each.model.casefold() for word in words))
    return msgspec.structs.replace(found, disputes=kept)


def _line(dispute: Dispute, marks: Sources) -> tuple[str, ...]:
    return (
        dispute.model,
        dispute.of,
        _write(dispute.of, dispute.ours),
        _write(dispute.of, dispute.theirs),
        marks.number(dispute.source, dispute.checked),
        dispute.rival,
        dispute.dated.isoformat(),
    )


def _write(of: str, figure: Decimal) -> str:
    return f"{int(figure):,}" if of in LIMITS else plain(figure)
