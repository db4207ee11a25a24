"""`fen prices plan`: what a load costs a month on each model, and what it needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import msgspec

from fen.app import load_settings
from fen.app.price_means import PriceMeans, read_price_means
from fen.catalogue.capacity import find_capacity, read_load
from fen.catalogue.plan import (
    Demand,
    Farm,
    Fit,
    Machine,
    Planned,
    Terms,
    Units,
    count_machines,
    plan,
    sort_plans,
)
from fen.cli.options import Moment, as_json, config
from fen.cli.output import Column, show_json
from fen.cli.prices.compare import describe_money
from fen.cli.prices.options import MachineType, Rate, cached, common, say_rates, tokens_in, tokens_out
from fen.cli.sources import Sources, show_filled
from fen.wire.money import Money
from fen.wire.usage import Usage


class _Options(TypedDict):
    rps: Decimal
    tokens_in: int
    tokens_out: int
    cached: int
    concurrency: int | None
    machine: Machine | None
    on: datetime | None
    common: str | None
    config: Path | None
    as_json: bool


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL|QUERY]...")
@click.option("--rps", type=Rate(), required=True, metavar="R", help="Requests a second, the same all day.")
@tokens_in
@tokens_out
@cached
@click.option("--concurrency", type=click.IntRange(min=1), metavar="C", help="Requests under way at once.")
@click.option(
    "--machine",
    type=MachineType(),
    metavar="KEY=VALUE,...",
    help="One of your own with an open model: tokens_per_second=900,per_hour=2USD[,concurrency=64]; or "
    "speed=FILE.json, what fen eval speed --json wrote, in the place of the first.",
)
@click.option("--on", type=Moment(), help="At the prices of this date or time (UTC); now where left out.")
@common
@config
@as_json
def command(models: Sequence[str], **options: Unpack[_Options]) -> None:
    """Show what a load costs a month on each model, and what it needs.

    A month has 730 hours. Prices that are bound to hours are averaged over the week. `needs`: the lowest
    account level that takes the load, else how many accounts of the highest, and which limit asks for them;
    unknown where the vendor publishes none. Provisioned units are those that the vendor, or another one,
    sells of the model. `own machine from`: from so many requests a second on a machine of your own is
    cheaper; where two loads stand, between them it depends.
    """
    if options["cached"] > options["tokens_in"]:
        raise click.UsageError(
            f"found --cached {options['cached']}, expected at most --in {options['tokens_in']}"
        )
    at = options["on"] or datetime.now(UTC)
    means = read_price_means(load_settings(options["config"], os.environ), options["common"])
    usage = Usage(options["tokens_in"] - options["cached"], options["cached"], output=options["tokens_out"])
    demand = Demand(options["rps"], usage, options["concurrency"])
    machine, files = options["machine"], read_load()
    terms = Terms(at, machine, means.convert)
    plans = [
        plan(means.offers.catalogue, card, demand, find_capacity(card.id, files), terms)
        for card in means.find(models, at)
    ]
    known = sort_plans(each for each in plans if each is not None)
    farm = count_machines(demand, machine) if machine is not None else None
    if options["as_json"]:
        show_json(_describe(known, farm, len(plans) - len(known)))
        return
    _show(known, means, len(plans) - len(known))
    if farm is not None and machine is not None:
        _show_farm(farm, machine)


def _show(plans: Sequence[Planned], means: PriceMeans, unpriced: int) -> None:
    sources = Sources()
    shared = means.common.currency if means.common is not None else ""
    columns = (
        Column("model", "id"),
        Column("a month", "figure"),
        Column(shared or "common", "figure"),
        Column("as a batch", "figure"),
        Column("needs"),
        Column("provisioned"),
        Column("own machine from", "id"),
        Column("cannot", "id"),
        Column("sources", "id"),
    )
    if plans:
        show_filled(columns, [_line(each, sources) for each in plans])
        sources.show()
    else:
        click.echo("no price is known of any of these models")
    if remark := say_rates(means):
        click.echo(f"\n{remark}")
    if unpriced:
        click.echo(f"\nprice unknown of {unpriced} more")


def _line(each: Planned, sources: Sources) -> tuple[str, ...]:
    marks = [sources.number(each.source, each.checked)]
    if each.fit is not None:
        marks.append(sources.number(each.fit.level.source, each.fit.level.checked))
    for units in each.units:
        marks.append(sources.number(units.offer.source, units.offer.checked))
        marks.append(sources.number(units.offer.price_source, units.offer.price_checked))
    if each.batch is not None and each.window is not None:
        marks.append(sources.number(each.window.source, each.window.checked))
    return (
        each.model,
        _write(each.month),
        "" if each.common is None else f"{each.common.amount:,.2f}",
        _write_batch(each),
        _write_fit(each.fit),
        "; ".join(map(_write_units, each.units)),
        _write_turn(each),
        each.hinders or "",
        "".join(dict.fromkeys(marks)),
    )


def _write(money: Money) -> str:
    return f"{money.amount:,.2f} {money.currency}"


def _write_batch(each: Planned) -> str:
    if each.batch is None:
        return ""
    window = "" if each.window is None else f" in {each.window.hours} h"
    return f"{_write(each.batch)}{window}"


def _write_fit(fit: Fit | None) -> str:
    if fit is None:
        return "unknown"
    share = f"{100 * fit.use:.0f}% of {fit.binds}"
    return (
        f"{fit.level.name}, {share}" if fit.accounts == 1 else f"{fit.accounts} x {fit.level.name}, {share}"
    )


def _write_units(units: Units) -> str:
    return f"{units.units} {units.offer.unit}, {_write(units.month)} ({units.offer.offer})"


def _write_turn(each: Planned) -> str:
    turn = each.turn
    if turn is None:
        return ""
    if turn.first is None:
        return "never"
    if turn.lasting == turn.first:
        return f"{turn.first:.3g}/s"
    return f"{turn.first:.3g}/s, always from {turn.lasting:.3g}/s" if turn.lasting else f"{turn.first:.3g}/s"


def _show_farm(farm: Farm, machine: Machine) -> None:
    noun = "machine" if farm.machines == 1 else "machines"
    click.echo(
        f"\n{farm.machines} {noun} of your own: {_write(farm.month)} a month"
        f" ({machine.tokens_per_second:f} tokens/s each, {machine.source})"
    )


def _describe(plans: Sequence[Planned], farm: Farm | None, unpriced: int) -> dict[str, Any]:
    return {
        "plans": [_describe_plan(each) for each in plans],
        "unpriced": unpriced,
        "own": None if farm is None else {"machines": farm.machines, "month": describe_money(farm.month)},
    }


def _describe_plan(each: Planned) -> dict[str, Any]:
    fit, turn = each.fit, each.turn
    return {
        "model": each.model,
        "month": describe_money(each.month),
        "common": describe_money(each.common),
        "batch": describe_money(each.batch),
        "batch_hours": None if each.window is None else each.window.hours,
        "needs": None
        if fit is None
        else {
            "level": fit.level.name,
            "accounts": fit.accounts,
            "binds": fit.binds,
            "use": round(float(fit.use), 4),
            "source": fit.level.source,
            "checked": msgspec.to_builtins(fit.level.checked),
        },
        "provisioned": [
            {
                "offer": units.offer.offer,
                "unit": units.offer.unit,
                "units": units.units,
                "month": describe_money(units.month),
                "source": units.offer.source,
                "checked": msgspec.to_builtins(units.offer.checked),
                "price_source": units.offer.price_source,
                "price_checked": msgspec.to_builtins(units.offer.price_checked),
            }
            for units in each.units
        ],
        "own_machine_from": None
        if turn is None
        else {"first": _figure(turn.first), "lasting": _figure(turn.lasting)},
        "cannot": each.hinders,
        "source": each.source,
        "checked": msgspec.to_builtins(each.checked),
    }


def _figure(number: Decimal | None) -> float | None:
    return None if number is None else round(float(number), 6)
