"""`fen budgets`: what keys and teams may spend."""

from __future__ import annotations

import click

from fen.accounts import Budget, find_actor
from fen.accounts.budget import PERIODS, Period
from fen.app import Records, describe_budget
from fen.cli.options import as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Room
from fen.wire.money import plain

_OWNER = "key:NAME|team:NAME"


@click.group()
def budgets() -> None:
    """List and set what keys and teams may spend.

    Those of tiers are in the settings' file.
    """


@budgets.command("list")
@as_json
def list_budgets(as_json: bool) -> None:
    """List all budgets, what is spent of each in its day, month or in total, and what is left."""

    async def find(records: Records) -> tuple[dict[Budget, Room], dict[str, str]]:
        return await records.rooms(await records.list_budgets()), await records.name_keys()

    rooms, names = with_records(find)
    if as_json:
        show_json(
            [
                describe_budget(budget, room) | {"name": names.get(budget.owner, budget.owner)}
                for budget, room in rooms.items()
            ]
        )
        return
    show_table(_COLUMNS, (_row(budget, room, names) for budget, room in rooms.items()))


@budgets.command("set")
@click.argument("owner", metavar=_OWNER)
@click.argument("limit")
@as_json
def set_budget(owner: str, limit: str, as_json: bool) -> None:
    """Let a key or a team spend LIMIT, such as 10USD/day.

    It takes the place of the budget for the same period. What was spent in that period stays spent; in
    another currency, the count begins anew.
    """
    set_to = with_records(lambda records: records.set_budget(owner, limit, find_actor()))
    _tell(set_to, "may spend", as_json)


@budgets.command("remove")
@click.argument("owner", metavar=_OWNER)
@click.argument("period", type=click.Choice(PERIODS))
@as_json
def remove_budget(owner: str, period: Period, as_json: bool) -> None:
    """Remove the budget of a key or a team for PERIOD."""
    removed = with_records(lambda records: records.remove_budget(owner, period, find_actor()))
    _tell(removed, "is no longer held to", as_json)


def _tell(budget: Budget, verb: str, as_json: bool) -> None:
    if as_json:
        facts = {"scope": budget.scope, "owner": budget.owner, "period": budget.period}
        show_json(facts | {"limit": plain(budget.limit.amount), "currency": budget.limit.currency})
    else:
        click.echo(f"{budget.scope}:{budget.owner} {verb} {budget}")


_COLUMNS = (
    Column("scope"),
    Column("owner"),
    Column("limit", "figure"),
    Column("period"),
    Column("spent", "figure"),
    Column("held", "figure"),
    Column("left", "figure"),
    Column("currency"),
)


def _row(budget: Budget, room: Room, names: dict[str, str]) -> tuple[str, ...]:
    limit, spent, held, left = (
        plain(money.amount) for money in (budget.limit, room.spent, room.held, room.left)
    )
    owner = names.get(budget.owner, budget.owner)
    return (budget.scope, owner, limit, budget.period, spent, held, left, budget.limit.currency)
