"""`fen requests`: single requests, as the books have them."""

from __future__ import annotations

import click

from fen.app import Records
from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Entry, describe_entry, flatten_facts
from fen.wire.errors import NotFound

_COLUMNS = (
    Column("held (UTC)", "id"),
    Column("request", "id"),
    Column("key"),
    Column("model"),
    Column("status", "figure"),
    Column("input", "figure"),
    Column("output", "figure"),
    Column("cost", "figure"),
    Column("certainty"),
    Column("ms", "figure"),
)


@click.group()
def requests() -> None:
    """Show single requests and what they cost."""


@requests.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--key", metavar="ID|NAME", help="Of this key only.")
@as_json
def list_requests(limit: int, key: str | None, as_json: bool) -> None:
    """List the newest requests, newest first; one that was tried again has a row for each attempt."""

    async def read(records: Records) -> tuple[list[Entry], dict[str, str]]:
        wanted = (await records.find_key(key)).id if key is not None else None
        return await records.book.latest(limit, wanted), await records.name_keys()

    entries, names = with_records(read)
    if as_json:
        show_json([describe_entry(entry) for entry in entries])
    else:
        show_table(_COLUMNS, (_row(entry, names) for entry in entries))


@requests.command()
@click.argument("request_id", metavar="ID")
@as_json
def show(request_id: str, as_json: bool) -> None:
    """Show every attempt of a request; ID is the answer's x-fen-request-id."""
    entries = with_records(lambda records: records.book.find(request_id))
    if not entries:
        raise NotFound(f"found no request {request_id[:64]!r}, expected the x-fen-request-id of an answer")
    if as_json:
        show_json([describe_entry(entry) for entry in entries])
        return
    for number, entry in enumerate(entries):
        if number:
            click.echo()
        show_facts((name, _tell(value)) for name, value in flatten_facts(describe_entry(entry)))


def _row(entry: Entry, names: dict[str, str]) -> tuple[str, ...]:
    hold, settlement = entry.hold, entry.settlement
    key = "-" if hold.key_id is None else names.get(hold.key_id, hold.key_id)
    first = (f"{hold.held_at:%F %T}", hold.request_id, key, hold.model)
    if settlement is None:
        return (*first, "open", "", "", f"at most {hold.cost_max or 'unknown'}", "", "")
    return (
        *first,
        str(settlement.status),
        f"{settlement.usage.prompt_tokens:,}",
        f"{settlement.usage.completion_tokens:,}",
        str(settlement.cost or "unknown"),
        settlement.certainty,
        f"{settlement.duration_ms:,}",
    )


def _tell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
