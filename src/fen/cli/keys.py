"""`fen keys`: who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import msgspec

from fen.accounts import Budget, Key, find_actor
from fen.accounts.key import DEFAULT_TIER
from fen.app import Records, describe_budget
from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Room
from fen.wire.money import plain


@click.group()
def keys() -> None:
    """Make, list and revoke keys.

    As long as there is none, and never was one, this machine's own requests need none.
    """


@keys.command()
@click.argument("name")
@click.option(
    "--tier", default=DEFAULT_TIER, show_default=True, help="What it may use: one of `fen tiers list`."
)
@click.option("--team", help="Whose budgets it shares.")
@click.option(
    "--budget", "budgets", multiple=True, metavar="LIMIT", help="Such as 2USD/month; may come again."
)
@click.option("--admin", is_flag=True, help="May see and change what is everybody's, in the pages.")
@as_json
def create(
    name: str, tier: str, team: str | None, budgets: tuple[str, ...], admin: bool, as_json: bool
) -> None:
    """Make a key for NAME and print its secret, this once."""
    key, secret = with_records(
        lambda records: records.create_key(name, find_actor(), tier, team, budgets, admin)
    )
    limits = [str(budget) for budget in key.budgets]
    named = {"id": key.id, "name": key.name, "tier": key.tier, "team": key.team}
    if as_json:
        show_json(named | {"admin": key.admin, "budgets": limits, "secret": secret})
    else:
        facts = named | {
            "budgets": ", ".join(limits),
            "admin": "yes" if key.admin else None,
            "secret": secret,
        }
        show_facts((fact, value) for fact, value in facts.items() if value)
        click.echo("Keep the secret: it is not shown again.", err=True)


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:
    """List all keys, the revoked ones too, and what is left of their budgets."""

    async def find(records: Records) -> tuple[list[Key], dict[Budget, Room]]:
        found = await records.keyring.list()
        return found, await records.rooms({budget for key in found for budget in key.budgets})

    found, rooms = with_records(find)
    if as_json:
        show_json([_describe(key, rooms) for key in found])
        return
    show_table(_COLUMNS, (_row(key, rooms) for key in found))


@keys.command()
@click.argument("key", metavar="ID|NAME")
@as_json
def revoke(key: str, as_json: bool) -> None:
    """Revoke a key: it is refused from now on, its records stay."""
    revoked = with_records(lambda records: records.keyring.revoke(key, find_actor()))
    if as_json:
        show_json({name: value for name, value in msgspec.to_builtins(revoked).items() if name != "budgets"})
    else:
        click.echo(f"revoked {revoked.id} ({revoked.name})")


_COLUMNS = (
    Column("id", "id"),
    Column("name"),
    Column("tier"),
    Column("team"),
    Column("left of its budgets"),
    Column("made (UTC)", "id"),
    Column("revoked (UTC)", "id"),
)


def _describe(key: Key, rooms: Mapping[Budget, Room]) -> dict[str, Any]:
    budgets = [describe_budget(budget, rooms[budget]) for budget in key.budgets]
    return msgspec.to_builtins(key) | {"budgets": budgets}


def _row(key: Key, rooms: Mapping[Budget, Room]) -> tuple[str, ...]:
    left = [
        f"{plain(rooms[budget].left.amount)} of {budget}{' (team)' if budget.scope == 'team' else ''}"
        for budget in key.budgets
    ]
    made, revoked = key.created_at, key.revoked_at
    times = (f"{made:%F %T}", f"{revoked:%F %T}" if revoked else "")
    return (key.id, key.name, key.tier, key.team or "", ", ".join(left), *times)
