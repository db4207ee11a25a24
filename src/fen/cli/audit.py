"""`fen audit`: who changed what."""

from __future__ import annotations

from datetime import datetime

import click
import msgspec

from fen.cli.options import Moment, as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records

_COLUMNS = (
    Column("time (UTC)", "id"),
    Column("actor"),
    Column("action", "id"),
    Column("subject", "id"),
    Column("detail"),
)


@click.command()
@click.option("--since", type=Moment(), help="From this date or time on (UTC).")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="At most so many.")
@as_json
def audit(since: datetime | None, limit: int, as_json: bool) -> None:
    """Show changes of keys and books, newest first."""
    events = with_records(lambda records: records.audit.list(since, limit))
    if as_json:
        show_json([msgspec.to_builtins(event) for event in events])
        return
    rows = (
        (
            f"{event.at:%F %T}",
            event.actor,
            event.action,
            event.subject,
            ", ".join(f"{name}={value}" for name, value in event.detail.items()),
        )
        for event in events
    )
    show_table(_COLUMNS, rows)
