"""`fen prices show`: what tokens cost, and did cost, with where that is stated."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
import msgspec

from fen.app import load_settings, read_offers
from fen.catalogue import PriceRow, join_windows
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json
from fen.cli.sources import Sources, show_filled
from fen.wire.money import plain

_COLUMNS = (
    Column("model"),
    Column("meter", "id"),
    Column("price", "figure"),
    Column("currency", "id"),
    Column("tier"),
    Column("prompts above", "figure"),
    Column("hours"),
    Column("from", "id"),
    Column("to", "id"),
    Column("source", "id"),
)


@click.command()
@click.argument("query", metavar="[MODEL|QUERY]", required=False)
@config
@as_json
def command(query: str | None, config: Path | None, as_json: bool) -> None:
    """Show what models cost, and did cost; the command where none is named.

    Every price through time of MODEL, or of the models with all words of QUERY in their id, name or alias.
    Prices are per million tokens. A price holds from its first date up to its second one, and "unknown" is
    not nothing. Below stand the sources, each with the day on which it was seen to say so, or "not checked".
    """
    offers = read_offers(load_settings(config, os.environ))
    card = offers.catalogue.find_ever(query) if query else None
    cards = [card] if card is not None else offers.find(query, everything=True)
    found = {card.id: offers.catalogue.prices(card.id) for card in cards}
    if as_json:
        show_json(
            [{"model": model, "prices": [_describe(row) for row in rows]} for model, rows in found.items()]
        )
        return
    sources = Sources()
    lines = [(model, *line) for model, rows in found.items() for line in _lines(rows, sources)]
    if len(found) == 1:
        click.echo(lines[0][0])
        show_filled(_COLUMNS[1:], [line[1:] for line in lines])
    else:
        show_filled(_COLUMNS, lines)
    sources.show()


def _lines(rows: Iterable[PriceRow], sources: Sources) -> list[tuple[str, ...]]:
    lines = [
        (
            row.meter,
            plain(row.price),
            row.currency,
            row.tier,
            f"{row.above:,}" if row.above else "",
            join_windows(row.schedule),
            _date(row.valid_from),
            _date(row.valid_to),
            sources.number(row.source, row.checked, row.note),
        )
        for row in rows
    ]
    return lines or [("-", "unknown", *[""] * (len(_COLUMNS) - 3))]


def _describe(row: PriceRow) -> dict[str, object]:
    facts = msgspec.to_builtins(row) | {"price": plain(row.price), "schedule": list(map(str, row.schedule))}
    del facts["model"]
    return facts


def _date(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"{moment:%F}" if moment.time() == moment.min.time() else f"{moment:%F %R}"
