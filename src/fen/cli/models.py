"""`fen models`: what can be asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from fen.app import load_settings, read_offers
from fen.catalogue import Card, Fact, Rates, describe
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.wire.money import plain
from fen.wire.usage import Meter

_COLUMNS = (
    Column("model", "id"),
    Column("upstream"),
    Column("context", "figure"),
    Column("output", "figure"),
    Column("can do"),
    Column("input price", "figure"),
    Column("output price", "figure"),
    Column("currency", "id"),
)


@click.command()
@click.argument("query", required=False)
@click.option("--all", "everything", is_flag=True, help="Those too whose upstream is not enabled.")
@config
@as_json
def models(query: str | None, everything: bool, config: Path | None, as_json: bool) -> None:
    """List the models that can answer.

    With QUERY, those with all its words in their id, name or alias. Context and output are in tokens, prices
    per million tokens as of now; "unknown" is not nothing.
    """
    offers = read_offers(load_settings(config, os.environ))
    now = datetime.now(UTC)
    cards = offers.find(query, everything)
    if as_json:
        show_json([describe(card, offers.catalogue, now) for card in cards])
    else:
        show_table(_COLUMNS, (_row(card, offers.catalogue.rates(card.id, now)) for card in cards))


def _row(card: Card, rates: Rates | None) -> tuple[str, ...]:
    abilities = "unknown" if card.abilities is None else ", ".join(sorted(card.abilities)) or "text"
    read, written = _price(rates, "input"), _price(rates, "output")
    window, most = _figure(card.context_window), _figure(card.max_output_tokens)
    return (card.id, card.upstream, window, most, abilities, read, written, rates.currency if rates else "-")


def _price(rates: Rates | None, meter: Meter) -> str:
    price = None if rates is None else rates.per_million.get(meter)
    return "unknown" if price is None else plain(price)


def _figure(fact: Fact[int] | None) -> str:
    return "unknown" if fact is None else f"{fact.value:,}"
