"""`fen keys`: who may ask."""

from __future__ import annotations

import click
import msgspec

from fen.accounts import Key, find_actor
from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.records import with_records


@click.group()
def keys() -> None:
    """Make, list and revoke keys.

    As long as there is none, and never was one, this machine's own requests need none.
    """


@keys.command()
@click.argument("name")
@as_json
def create(name: str, as_json: bool) -> None:
    """Make a key for NAME and print its secret, this once."""
    key, secret = with_records(lambda records: records.keyring.create(name, find_actor()))
    facts = {"id": key.id, "name": key.name, "secret": secret}
    if as_json:
        show_json(facts)
    else:
        show_facts(facts.items())
        click.echo("Keep the secret: it is not shown again.", err=True)


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:
    """List all keys, the revoked ones too."""
    found = with_records(lambda records: records.keyring.list())
    if as_json:
        show_json([msgspec.to_builtins(key) for key in found])
        return
    columns = [Column("id", "id"), Column("name"), Column("made (UTC)", "id"), Column("revoked (UTC)", "id")]
    show_table(columns, (_row(key) for key in found))


@keys.command()
@click.argument("key", metavar="ID|NAME")
@as_json
def revoke(key: str, as_json: bool) -> None:
    """Revoke a key: it is refused from now on, its records stay."""
    revoked = with_records(lambda records: records.keyring.revoke(key, find_actor()))
    if as_json:
        show_json(msgspec.to_builtins(revoked))
    else:
        click.echo(f"revoked {revoked.id} ({revoked.name})")


def _row(key: Key) -> tuple[str, str, str, str]:
    return (key.id, key.name, f"{key.created_at:%F %T}", f"{key.revoked_at:%F %T}" if key.revoked_at else "")
