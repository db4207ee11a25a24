"""`fen route evaluate`: other policies, by the feedback on a route's answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from fen.app import Records
from fen.app.route_feedback import Evaluation, evaluate_feedback
from fen.cli.options import Moment, as_json
from fen.cli.output import Column, show_json
from fen.cli.records import with_records
from fen.cli.sources import show_filled
from fen.routing.feedback import Judged
from fen.routing.offpolicy import Value
from fen.routing.replay import Worth

_COLUMNS = (
    Column("policy", "id"),
    Column("score (SNIPS)", "figure"),
    Column("95% interval", "id"),
    Column("doubly robust", "figure"),
    Column("95% interval", "id"),
    Column("effective n", "figure"),
    Column("cost a request", "figure"),
    Column("note"),
)


@click.command()
@click.option("--route", metavar="NAME", default="fen/auto", show_default=True, help="Whose decisions.")
@click.option(
    "--probability",
    "thresholds",
    type=click.FloatRange(0, 1),
    multiple=True,
    help="A policy too: the cheapest that is right with at least this probability; may be repeated.",
)
@click.option("--since", type=Moment(), help="Of decisions from this date or time on (UTC).")
@click.option("--until", type=Moment(), help="Up to this date or time, without it.")
@as_json
def command(
    route: str, thresholds: Sequence[float], since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """Show what other policies would have been worth, by the feedback on a route's answers.

    Each decision is weighed by the chance that its model had of being drawn, so a route needs `explore` for
    this. Nothing is assumed of models that were not asked. `effective n` is how many decisions an estimate
    rests on; where that is small, or the log does not cover what a policy does, the note says so. The values
    are those among clients who give feedback.
    """

    async def read(records: Records) -> list[Judged]:
        return [one async for one in records.feedback.judged(since, until) if one.routed.route == route]

    found = evaluate_feedback(with_records(read), thresholds)
    if as_json:
        show_json(found)
        return
    show_filled(_COLUMNS, [_line(name, worth) for name, worth in found.policies.items()])
    click.echo(f"\n{_say(found)}")
    for name, reason in found.untold.items():
        click.echo(f"not told: {name}: {reason}")


def _line(name: str, worth: Worth) -> tuple[str, ...]:
    return (
        name,
        *_write(worth.snips),
        *_write(worth.dr),
        f"{worth.snips.effective:.0f}",
        "" if worth.cost is None else f"{float(worth.cost.amount):.4g} {worth.cost.currency}",
        "" if worth.snips.reliable else "too few decisions for it",
    )


def _write(value: Value) -> tuple[str, str]:
    low, high = value.interval()
    return f"{value.mean:.3f}", f"{low:.3f} {high:.3f}"


def _say(found: Evaluation) -> str:
    told = f"{found.judged:,} decisions with feedback, mean score {found.logged:.3f}"
    if found.left_out:
        told += f"; {found.left_out:,} left out, for another model than the chosen one answered"
    if not found.explored:
        told += "; nothing was drawn by chance: set `explore` to learn of other models"
    return told
