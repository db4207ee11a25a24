"""`fen ledger`: what is kept of the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import msgspec

from fen.accounts import find_actor
from fen.cli.options import Age, Moment, as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Difference


@click.group()
def ledger() -> None:
    """Prune and check the books, or make them forget a key.

    Sums stay what they are.
    """


@ledger.command()
@click.option("--before", type=Moment(), help="The first day (UTC) to keep in full.")
@click.option("--older-than", type=Age(), help="The same as an age, such as 90d.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def prune(before: datetime | None, older_than: timedelta | None, yes: bool, as_json: bool) -> None:
    """Turn the single requests of whole past days into daily sums, for good.

    `fen usage` says the same as before; `fen requests` no longer knows them. What guards found on those days
    is deleted, and conversations in which nothing was said since.
    """
    if (before is None) == (older_than is None):
        raise click.UsageError("expected one of --before and --older-than")
    day = before if before is not None else datetime.now(UTC) - (older_than or timedelta())
    day = day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if not yes:
        click.confirm(f"Turn requests before {day:%F} into daily sums?", abort=True, err=True)
    pruned = with_records(lambda records: records.prune(day, find_actor()))
    if as_json:
        counts = {"findings": pruned.findings, "conversations": pruned.conversations}
        show_json({"before": f"{day:%F}", "pruned": pruned.entries, **counts})
        return
    click.echo(f"{pruned.entries} requests before {day:%F} are daily sums now")
    _tell_deleted(pruned.findings, pruned.conversations)


@ledger.command()
@click.argument("key", metavar="ID|NAME")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def forget(key: str, yes: bool, as_json: bool) -> None:
    """Take a key off all that is recorded of it, for good; the sums stay, as nobody's.

    Its files, its batches that have ended, its conversations, and what guards found in its calls are deleted.
    A batch that goes on stays, with its input file: cancel it, and forget again. The key itself goes on to
    work until it is revoked.
    """
    found = with_records(lambda records: records.find_key(key))
    if not yes:
        click.confirm(f"Take {found.id} ({found.name}) off its records?", abort=True, err=True)
    gone = with_records(lambda records: records.forget(found, find_actor()))
    if as_json:
        show_json({"key": found.id, **msgspec.structs.asdict(gone)})
        return
    off = f"{found.id} ({found.name}) is off {gone.rows} rows"
    click.echo(f"{off}; {gone.files} files and {gone.batches} batches deleted")
    _tell_deleted(gone.findings, gone.conversations)
    if gone.open:
        click.echo(f"{gone.open} batches go on and stay: cancel them, and forget again", err=True)


@ledger.command()
@as_json
def check(as_json: bool) -> int:
    """Add up what requests took of budgets, and compare it with what the budgets count.

    Exits with 1 where they differ.
    """
    differences = with_records(lambda records: records.book.check())
    if as_json:
        show_json([msgspec.to_builtins(difference) for difference in differences])
    elif differences:
        show_table(_COLUMNS, (_row(difference) for difference in differences))
    else:
        click.echo("every budget counts what its requests took")
    return 1 if differences else 0


_COLUMNS = (
    Column("budget", "id"),
    Column("window", "figure"),
    Column("held", "figure"),
    Column("by requests", "figure"),
    Column("spent", "figure"),
    Column("by requests", "figure"),
)


def _row(difference: Difference) -> tuple[str, ...]:
    amounts = (difference.held, difference.entries_held, difference.spent, difference.entries_spent)
    return (difference.cap, str(difference.window), *map(str, amounts))


def _tell_deleted(findings: int, conversations: int) -> None:
    if findings:
        click.echo(f"{findings} findings of guards deleted")
    if conversations:
        click.echo(f"{conversations} conversations deleted")
