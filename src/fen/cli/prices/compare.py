"""`fen prices compare`: what a request costs on each model, cheapest first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.price_means import PriceMeans, read_price_means
from fen.catalogue.compare import Comparison, Quote, compare, times
from fen.cli.options import Moment, as_json, config
from fen.cli.output import Column, show_json
from fen.cli.prices.options import cached, common, say_rates, tokens_in, tokens_out
from fen.cli.sources import Sources, show_filled
from fen.wire.money import Money, plain
from fen.wire.usage import Usage

_MILLION = 1_000_000


class _Options(TypedDict):
    tokens_in: int
    tokens_out: int
    cached: int
    on: datetime | None
    batch: bool
    common: str | None
    config: Path | None
    as_json: bool


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL|QUERY]...")
@tokens_in
@tokens_out
@cached
@click.option("--on", type=Moment(), help="At the prices of this date or time (UTC); now where left out.")
@click.option("--batch", is_flag=True, help="At the prices of a batch.")
@common
@config
@as_json
def command(models: Sequence[str], **options: Unpack[_Options]) -> None:
    """Show what a request costs on each model, cheapest first.

    Of each MODEL, and of the models with all words of a QUERY; without either, of those that can answer.
    Costs are in the currency of the price; with a dated rate under [fx] in one common currency too, and
    sorted by that. Without it, each currency has an order of its own. A model that cannot answer such a
    request on that day says why.
    """
    if options["cached"] > options["tokens_in"]:
        raise click.UsageError(
            f"found --cached {options['cached']}, expected at most --in {options['tokens_in']}"
        )
    at = options["on"] or datetime.now(UTC)
    means = read_price_means(load_settings(options["config"], os.environ), options["common"])
    usage = Usage(
        input=options["tokens_in"] - options["cached"],
        cached_input=options["cached"],
        output=options["tokens_out"],
    )
    found = compare(
        means.offers.catalogue,
        means.find(models, at),
        usage,
        at,
        "batch" if options["batch"] else "standard",
        means.convert,
    )
    if options["as_json"]:
        show_json(_describe(found, means))
        return
    _show(found, means)


def _show(found: Comparison, means: PriceMeans) -> None:
    sources = Sources()
    shared = means.common.currency if means.common is not None else ""
    columns = (
        Column("model", "id"),
        Column("a request", "figure"),
        Column("a million", "figure"),
        Column(f"a million, {shared}" if shared else "common", "figure"),
        Column("cannot", "id"),
        Column("source", "id"),
    )
    if found.quotes:
        show_filled(columns, [_line(quote, sources) for quote in found.quotes])
        sources.show()
    else:
        click.echo("no price is known of any of these models")
    remarks = [say_rates(means)]
    if len({quote.cost.currency for quote in found.quotes}) > 1 and means.common is None:
        remarks.append("no rate under [fx]: each currency has an order of its own")
    if found.unpriced:
        few = ", ".join(found.unpriced[:3]) + (" ..." if len(found.unpriced) > 3 else "")
        remarks.append(f"price unknown of {len(found.unpriced)}: {few}")
    remarks = [remark for remark in remarks if remark]
    if remarks:
        click.echo("\n" + "\n".join(remarks))


def _line(quote: Quote, sources: Sources) -> tuple[str, ...]:
    many, shared = quote.cost * _MILLION, times(quote.common, _MILLION)
    return (
        quote.model,
        str(quote.cost),
        f"{many.amount:,.2f} {many.currency}",
        "" if shared is None else f"{shared.amount:,.2f}",
        quote.hinders or "",
        sources.number(quote.source, quote.checked),
    )


def _describe(found: Comparison, means: PriceMeans) -> dict[str, Any]:
    return {
        "quotes": [_describe_quote(quote) for quote in found.quotes],
        "unpriced": list(found.unpriced),
        "rates": [
            {
                "base": r.base,
                "quote": r.quote,
                "rate": plain(r.rate),
                "on": r.on.isoformat(),
                "source": r.source,
            }
            for r in (means.common.rates if means.common is not None else ())
        ],
    }


def _describe_quote(quote: Quote) -> dict[str, Any]:
    return {
        "model": quote.model,
        "request": describe_money(quote.cost),
        "million": describe_money(quote.cost * _MILLION),
        "common": describe_money(quote.common),
        "cannot": quote.hinders,
        "source": quote.source,
        "checked": None if quote.checked is None else quote.checked.isoformat(),
    }


def describe_money(money: Money | None) -> dict[str, str] | None:
    """Return an amount, JSON-ready: decimal text and its currency."""
    return None if money is None else {"amount": plain(money.amount), "currency": money.currency}
