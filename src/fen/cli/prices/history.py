"""`fen prices history`: what became of a model, and what it cost on a day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from fen.app import load_settings, read_offers
from fen.catalogue import Card, Catalogue, PriceRow, join_windows
from fen.catalogue.history import Entry, find_end, find_start, list_between
from fen.cli.options import Moment, as_json, config
from fen.cli.output import Column, show_json
from fen.cli.prices.words import ENTRIES, describe_entry, find_card, write_entry
from fen.cli.sources import Sources, show_filled
from fen.wire.money import plain

_PRICES = (
    Column("meter", "id"),
    Column("price", "figure"),
    Column("currency", "id"),
    Column("tier"),
    Column("prompts above", "figure"),
    Column("hours"),
    Column("since", "id"),
    Column("source", "id"),
)


@click.command()
@click.argument("model")
@click.option("--on", type=Moment(), help="What it cost then, and nothing else.")
@click.option("--since", type=Moment(), help="What changed from this date or time on.")
@click.option("--until", type=Moment(), help="What changed up to this date or time, without it.")
@config
@as_json
def command(
    model: str,
    on: datetime | None,
    since: datetime | None,
    until: datetime | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Show what became of a model: releases, prices, limits, its end.

    Prices are per million tokens in the vendor's own currency; behind a change stands by how many percent it
    rose or fell. Models that are long gone are known by their name too. Days are the vendor's.
    """
    if on is not None and (since is not None or until is not None):
        raise click.UsageError("--on is a day, --since and --until are a span: ask for one")
    offers = read_offers(load_settings(config, os.environ))
    catalogue, card = offers.catalogue, find_card(offers, model)
    if on is not None:
        _show_day(catalogue, card, on, as_json)
        return
    entries = list_between(catalogue, card, since, until)
    if as_json:
        show_json(_facts(catalogue, card) | {"history": list(map(describe_entry, entries))})
        return
    _show_entries(catalogue, card, entries)


def _show_entries(catalogue: Catalogue, card: Card, entries: Sequence[Entry]) -> None:
    click.echo(f"{card.id}: {_sum_up(catalogue, card)}\n")
    if not entries:
        click.echo("nothing is known to have changed")
        return
    sources = Sources()
    lines = [write_entry(entry, sources) for entry in entries]
    show_filled(_without_model(ENTRIES), [(line[0], *line[2:]) for line in lines])
    sources.show()


def _without_model(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.title != "model"]


def _sum_up(catalogue: Catalogue, card: Card) -> str:
    start, end = find_start(catalogue, card), find_end(catalogue, card)
    parts = [f"released {start}"] if start is not None else []
    if end is not None:
        parts.append(f"{'retired' if end <= datetime.now(UTC).date() else 'retires'} {end}")
    return ", ".join(parts) or "neither its release nor its end is known"


def _facts(catalogue: Catalogue, card: Card) -> dict[str, Any]:
    start, end = find_start(catalogue, card), find_end(catalogue, card)
    return {"model": card.id, "released": _day(start), "retired": _day(end)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _show_day(catalogue: Catalogue, card: Card, on: datetime, as_json: bool) -> None:
    rows = [row for row in catalogue.prices(card.id) if row.holds(on)]
    if as_json:
        show_json(_facts(catalogue, card) | {"on": on.isoformat(), "prices": list(map(_describe, rows))})
        return
    click.echo(f"{card.id} on {on:%F}: {_sum_up(catalogue, card)}\n")
    if not rows:
        click.echo("no price is known of that day")
        return
    sources = Sources()
    show_filled(_PRICES, [_line(row, sources) for row in rows])
    sources.show()


def _line(row: PriceRow, sources: Sources) -> tuple[str, ...]:
    return (
        row.meter,
        plain(row.price),
        row.currency,
        row.tier,
        f"{row.above:,}" if row.above else "",
        join_windows(row.schedule),
        "" if row.valid_from is None else f"{row.valid_from:%F}",
        sources.number(row.source, row.checked, row.note),
    )


def _describe(row: PriceRow) -> dict[str, Any]:
    return {
        "meter": row.meter,
        "price": plain(row.price),
        "currency": row.currency,
        "tier": row.tier,
        "above": row.above,
        "schedule": list(map(str, row.schedule)),
        "since": None if row.valid_from is None else row.valid_from.isoformat(),
        "until": None if row.valid_to is None else row.valid_to.isoformat(),
        "source": row.source,
        "checked": _day(row.checked),
        "note": row.note,
    }
