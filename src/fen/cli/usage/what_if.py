"""`fen usage what-if`: the recorded traffic, priced anew."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings, open_records, read_offers
from fen.app.what_if import WhatIf, When, price_recorded
from fen.catalogue import TIERS, Tier
from fen.cli.options import Moment, as_json, config
from fen.cli.output import Column, show_json
from fen.cli.sources import show_filled
from fen.wire.money import Money

_COLUMNS = (
    Column("model", "id"),
    Column("requests", "figure"),
    Column("cost", "figure"),
    Column("recorded", "figure"),
    Column("change", "figure"),
    Column("output tokens", "figure"),
    Column("length by"),
    Column("does not fit", "figure"),
    Column("unpriced", "figure"),
    Column("hour", "figure"),
)


class _Options(TypedDict):
    since: datetime | None
    until: datetime | None
    key: str | None
    on: datetime | None
    tier: Tier
    off_peak: bool
    config: Path | None
    as_json: bool


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option("--since", type=Moment(), help="Of requests from this date or time on (UTC).")
@click.option("--until", type=Moment(), help="Up to this date or time, without it.")
@click.option("--key", metavar="ID|NAME", help="Of this key only.")
@click.option("--on", type=Moment(), help="At the prices of this moment; now where left out.")
@click.option(
    "--tier", type=click.Choice(TIERS), default="standard", show_default=True, help="Of the vendor's service."
)
@click.option("--off-peak", is_flag=True, help="At the cheapest hour of that day.")
@config
@as_json
def command(models: tuple[str, ...], **options: Unpack[_Options]) -> None:
    """Price the recorded traffic anew: what it would have cost on each MODEL.

    Output tokens are those expected of the model, not the recorded ones. `length by` says from where, with
    the number of requests: `own`, they are the model's; `evaluations`, both models answered the same
    samples; `traffic`, its mean here, of the same tag where it has one; `recorded`, nothing is known and the
    recorded length stands. Input tokens are the recorded ones; another tokenizer may count some more.
    Requests that were pruned are not among them.
    """
    found = asyncio.run(_price(models, options))
    if options["as_json"]:
        show_json(found)
        return
    show_filled(_COLUMNS, [_line(one) for one in found])


async def _price(models: Sequence[str], options: _Options) -> list[WhatIf]:
    settings = load_settings(options["config"], os.environ)
    catalogue = read_offers(settings).catalogue
    when = When(options["on"] or datetime.now(UTC), options["tier"], options["off_peak"])
    async with open_records(settings) as records:
        key = options["key"]
        wanted = (await records.find_key(key)).id if key is not None else None
        reading = records.book.read_used(options["since"], options["until"], wanted)
        return await price_recorded(catalogue, models, reading, records.storage, when)


def _line(one: WhatIf) -> tuple[str, ...]:
    return (
        one.model,
        f"{one.requests:,}",
        "unknown" if one.cost is None else _tell(one.cost),
        ", ".join(map(_tell, one.recorded)),
        "" if one.change is None else f"{100 * one.change:+.1f}%",
        f"{one.output_tokens:,}",
        ", ".join(f"{basis} {count:,}" for basis, count in one.bases.items()),
        f"{one.unfit:,}" if one.unfit else "",
        f"{one.unpriced:,}" if one.unpriced else "",
        "" if one.hour is None else f"{one.hour:02}:00",
    )


def _tell(money: Money) -> str:
    return f"{float(money.amount):.6g} {money.currency}"
