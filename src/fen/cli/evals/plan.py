"""`fen eval plan`: how many questions, and how much money, would tell two models apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import msgspec

from fen.cli.evals.sides import Side, read_sides
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.statistics.items import part
from fen.evals.statistics.planning import POWER, Plan, plan_from_rates, plan_from_records
from fen.wire.errors import InvalidRequest

_COLUMNS = (
    Column("suite", "id"),
    Column("pilot", "figure"),
    Column("A - B in points", "figure"),
    Column("discordant %", "figure"),
    Column("design", "figure"),
    Column("questions needed", "figure"),
    Column("at the near end", "figure"),
    Column("cost of both", "figure"),
    Column("what N show, in points", "figure"),
)
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(%?)")


class _Options(TypedDict):
    power: float
    items: int | None
    discordance: float | None
    config: Path | None
    as_json: bool


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--power",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=POWER,
    show_default=True,
    help="How often a difference that is there shall be found, at 95%.",
)
@click.option(
    "--items", type=click.IntRange(min=2), metavar="N", help="Say what difference N questions would show."
)
@click.option(
    "--discordance",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Of two accuracies: the share of questions on which one model alone is right.",
)
@config
@as_json
def command(a: str, b: str, **options: Unpack[_Options]) -> None:
    """Say how many questions would tell A and B apart, and what they would cost.

    A and B are runs or models, whose common questions are the pilot; or two accuracies, such as 0.82 and
    0.779, or 82% and 77.9%. "At the near end" supposes that the difference is as small as the pilot's
    interval allows: it may be, and then so many are needed.
    """
    plans = _make_plans(a, b, options)
    if options["as_json"]:
        show_json({name: describe(plan) for name, plan in plans.items()})
    else:
        show(plans)


def _make_plans(a: str, b: str, options: _Options) -> Mapping[str, Plan]:
    rates = read_rate(a), read_rate(b)
    if rates[0] is not None and rates[1] is not None:
        plan = plan_from_rates(
            rates[0],
            rates[1],
            discordance=options["discordance"],
            items=options["items"],
            power=options["power"],
        )
        return {"accuracies": plan}
    if rates != (None, None):
        raise click.UsageError(f"found {a} and {b}, expected two accuracies, or two runs or models")
    if options["discordance"] is not None:
        raise click.UsageError(
            "found --discordance, expected it with two accuracies: the runs tell their own"
        )
    sides = read_sides(a, b, options["config"])
    return plan_sides(sides, options["items"], options["power"])


def read_rate(text: str) -> float | None:
    """Return an accuracy, 0 to 1; `82%` and `82` are per cent, `0.82` and `1` shares; None of other texts."""
    match = _RATE.fullmatch(text)
    if match is None:
        return None
    value = float(match[1])
    return value / 100 if match[2] or value > 1 else value


def plan_sides(sides: tuple[Side, Side], items: int | None, power: float) -> dict[str, Plan]:
    """Return a plan for each suite that both answered; raises InvalidRequest where there is none."""
    first, second = (part(side.records) for side in sides)
    plans: dict[str, Plan] = {}
    for suite in sorted(first.keys() & second.keys()):
        try:
            plans[suite] = plan_from_records(first[suite], second[suite], items=items, power=power)
        except InvalidRequest as error:
            click.echo(f"{suite}: {error.message}", err=True)
    if not plans:
        raise InvalidRequest("found no suite of which both answered two questions, expected one for a pilot")
    return plans


def describe(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain JSON."""
    return msgspec.structs.asdict(plan)


def show(plans: Mapping[str, Plan]) -> None:
    """Print plans, a line each."""
    show_table(_COLUMNS, [_line(name, plan) for name, plan in plans.items()])
    some = next(iter(plans.values()))
    click.echo(
        f"\nPaired, at 95%, found in {some.power:.0%} of cases; both models answer the same questions."
    )
    assumed = {plan.assumed for plan in plans.values() if plan.assumed}
    for text in sorted(assumed):
        click.echo(f"Supposed: {text}.")
    if any(plan.design > 1.05 for plan in plans.values()):
        click.echo("Design: so many times as many, since questions share something.")


def _line(name: str, plan: Plan) -> tuple[str, ...]:
    return (
        name,
        str(plan.pilot) if plan.pilot else "-",
        f"{100 * plan.difference:+.1f}",
        f"{100 * plan.discordance:.1f}",
        f"{plan.design:.2f}",
        "no difference" if plan.items is None else f"{plan.items:,}",
        "-" if plan.farthest is None and not plan.pilot else _write_farthest(plan),
        ", ".join(map(str, plan.costs)) if plan.costs else "not known",
        "-" if plan.smallest is None else f"{100 * plan.smallest:.1f} ({plan.of:,})",
    )


def _write_farthest(plan: Plan) -> str:
    return "no limit" if plan.farthest is None else f"{plan.farthest:,}"
