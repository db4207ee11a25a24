"""`fen prices timeline`: what became of all models between two days, as a table or a plot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import Offers, load_settings, read_offers
from fen.app.price_chart import draw_prices
from fen.catalogue import TIERS, Tier
from fen.catalogue.events import What
from fen.catalogue.history import Entry
from fen.catalogue.timeline import Wanted, find_cards, find_entries
from fen.cli.options import Moment, Words, as_json, config
from fen.cli.output import show_json
from fen.cli.prices.words import ENTRIES, describe_entry, note_unchecked, write_entry
from fen.cli.sources import Sources, show_filled
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES
from fen.wire.usage import METERS, Meter

_WHAT = ("release", "price", "fee", "limit", "retirement")
_BEGINNING = datetime(2022, 1, 1, tzinfo=UTC)


class _Options(TypedDict):
    since: datetime | None
    until: datetime | None
    vendor: tuple[str, ...]
    currency: str | None
    what: tuple[What, ...]
    tier: Tier
    cuts: bool
    plot: Path | None
    meter: Meter
    config: Path | None
    as_json: bool


@click.command()
@click.argument("query", required=False)
@click.option("--since", type=Moment(), help="From this date or time on.")
@click.option("--until", type=Moment(), help="Up to this date or time, without it; now where left out.")
@click.option("--vendor", multiple=True, metavar="ID", help="Of this vendor only; may be given again.")
@click.option("--currency", type=click.Choice(CURRENCIES), help="Prices in this currency only.")
@click.option("--what", type=Words(_WHAT), default=(), help="Only such events.")
@click.option("--tier", type=click.Choice(TIERS), default="standard", show_default=True, help="Of prices.")
@click.option("--cuts", is_flag=True, help="Prices that fell, and by how much.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw the prices through time instead; needs --currency.",
)
@click.option(
    "--meter", type=click.Choice(METERS), default="input", show_default=True, help="Which prices to draw."
)
@config
@as_json
def command(query: str | None, **options: Unpack[_Options]) -> None:
    """Show what became of all models between two days, as a table or a plot.

    Releases, prices per million tokens in the vendor's own currency with their change in percent, limits and
    ends. Days are the vendors' own. With QUERY, of the models with all its words in their id. Currencies are
    never mixed: a plot has one.
    """
    offers = read_offers(load_settings(options["config"], os.environ))
    _check_vendors(offers, options["vendor"])
    wanted = Wanted(
        query or "",
        options["vendor"],
        options["currency"],
        options["tier"],
        options["what"],
        options["cuts"],
    )
    until = options["until"] or datetime.now(UTC)
    if options["plot"] is not None:
        _draw(offers, wanted, until, options)
        return
    found = find_entries(offers.catalogue, wanted, options["since"], until)
    if options["as_json"]:
        show_json(list(map(describe_entry, found)))
    else:
        _show(found)


def _show(found: Sequence[Entry]) -> None:
    if not found:
        click.echo("nothing is known to have changed")
        return
    sources = Sources()
    show_filled(ENTRIES, [write_entry(entry, sources) for entry in found])
    sources.show()
    if remark := note_unchecked(found):
        click.echo(f"\n{remark}")


def _check_vendors(offers: Offers, vendors: Sequence[str]) -> None:
    known = {card.vendor for card in offers.catalogue.all_cards()}
    unknown = [vendor for vendor in vendors if vendor not in known]
    if unknown:
        raise ConfigError(f"found the unknown vendor {unknown[0]!r}, expected one such as deepseek or openai")


def _draw(offers: Offers, wanted: Wanted, until: datetime, options: _Options) -> None:
    target, currency = options["plot"], options["currency"]
    if target is None or currency is None:
        raise click.UsageError("--plot needs --currency: prices of two currencies have no axis in common")
    if target.suffix != ".svg":
        raise click.UsageError(f"found --plot {target.name}, expected a name that ends in .svg")
    if options["as_json"]:
        raise click.UsageError("--plot draws, --json prints: ask for one")
    since = options["since"] or _BEGINNING
    if since >= until:
        raise click.UsageError("found --since at or after --until, expected a span of time")
    cards = find_cards(offers.catalogue, wanted)
    picture = draw_prices(offers.catalogue, cards, (since, until), currency, options["meter"])
    target.write_text(picture, "utf-8")
    click.echo(f"wrote {target}")
