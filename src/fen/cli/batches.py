"""`fen batches`: deferred work of all keys, for whoever runs Fen."""

from __future__ import annotations

from datetime import datetime

import click

from fen.app import Records
from fen.batch import EVERYBODY, Batch, Page, Viewer, describe_batch
from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.records import with_records

_COLUMNS = (
    Column("made (UTC)", "id"),
    Column("batch", "id"),
    Column("key"),
    Column("endpoint", "id"),
    Column("status"),
    Column("lines", "figure"),
    Column("completed", "figure"),
    Column("failed", "figure"),
    Column("waits until (UTC)", "id"),
)


@click.group()
def batches() -> None:
    """List, show and cancel batches of deferred requests.

    They are made over the API (POST /v1/files, POST /v1/batches) and run by `fen serve`.
    """


@batches.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--key", metavar="ID|NAME", help="Of this key only.")
@as_json
def list_batches(limit: int, key: str | None, as_json: bool) -> None:
    """List the newest batches, newest first."""

    async def read(records: Records) -> tuple[list[Batch], dict[str, str]]:
        viewer = EVERYBODY if key is None else Viewer((await records.find_key(key)).id)
        return await records.batches.list(viewer, Page(limit)), await records.name_keys()

    found, names = with_records(read)
    if as_json:
        show_json([_describe(batch) for batch in found])
    else:
        show_table(_COLUMNS, (_row(batch, names) for batch in found))


@batches.command()
@click.argument("batch_id", metavar="ID")
@as_json
def show(batch_id: str, as_json: bool) -> None:
    """Show a batch: its files, counts, times and, where it failed, why."""
    batch = with_records(lambda records: records.batches.find(batch_id, EVERYBODY))
    if as_json:
        show_json(_describe(batch))
        return
    show_facts(_flatten(batch))


@batches.command()
@click.argument("batch_id", metavar="ID")
@as_json
def cancel(batch_id: str, as_json: bool) -> None:
    """Cancel a batch: nothing more is sent, what is under way comes to its end."""
    batch = with_records(lambda records: records.batches.cancel(batch_id, EVERYBODY))
    if as_json:
        show_json(_describe(batch))
    else:
        click.echo(f"{batch.state} {batch.id}")


def _describe(batch: Batch) -> dict[str, object]:
    return {"key_id": batch.key_id, **describe_batch(batch)}


def _row(batch: Batch, names: dict[str, str]) -> tuple[str, ...]:
    counts = batch.counts
    return (
        _moment(batch.created_at),
        batch.id,
        "-" if batch.key_id is None else names.get(batch.key_id, batch.key_id),
        batch.endpoint,
        batch.state,
        f"{counts.total:,}",
        f"{counts.completed:,}",
        f"{counts.failed:,}",
        _moment(batch.next_at),
    )


def _flatten(batch: Batch) -> list[tuple[str, str]]:
    counts = batch.counts
    facts = [
        ("id", batch.id),
        ("key", batch.key_id or "-"),
        ("endpoint", batch.endpoint),
        ("status", batch.state),
        ("lines", f"{counts.total:,}, {counts.completed:,} completed, {counts.failed:,} failed"),
        ("input file", batch.input_file_id),
        ("output file", batch.output_file_id or "-"),
        ("error file", batch.error_file_id or "-"),
        ("made", _moment(batch.created_at)),
        ("expires", _moment(batch.expires_at)),
        ("waits until", _moment(batch.next_at) or "-"),
    ]
    facts += [(name, value) for name, value in (batch.metadata or {}).items()]
    return facts + [(f"line {fault.line or '-'}", fault.message) for fault in batch.errors]


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%F %T}"
