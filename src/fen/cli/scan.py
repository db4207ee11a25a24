"""`fen guard scan` and `fen guard findings`: what is found in a file, and what was found in calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from fen.app import Records
from fen.cli.options import Moment, as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.cli.sources import show_filled
from fen.hierarchy import Finding, parse_privilege
from fen.hierarchy.findings import describe_kept
from fen.hierarchy.store import KeptFinding

_KEPT = (
    Column("found (UTC)", "id"),
    Column("request", "id"),
    Column("key"),
    Column("kind"),
    Column("where"),
    Column("privilege"),
    Column("score", "figure"),
    Column("text"),
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--privilege",
    default="tool",
    show_default=True,
    help="Whose words a text or file is: system, user, media or tool.",
)
@click.option("--show-text", is_flag=True, help="Show in the table what was found; --json always has it.")
@as_json
def scan(file: str, privilege: str, show_text: bool, as_json: bool) -> int:
    """Look for hidden text and for instructions in a text, HTML, PDF, DOCX or image, or in JSON messages.

    FILE may be - for standard input. What it is, its bytes say. JSON messages are a list of objects with a
    role, or an object with "messages"; their own roles say whose words they are. Nothing is sent anywhere.

    The verdict is pass where nothing was found, spotlight where messages have text without authority and
    nothing was found in it, strip or refuse where something was. Exits with 0 for pass and spotlight, with 1
    for strip and refuse and for a file that cannot be read.
    """
    from fen.app import scanning  # noqa: PLC0415  numpy and more, which `fen --help` need not wait for

    whose = parse_privilege(privilege)
    with click.open_file(file, "rb") as opened:
        data = opened.read()
    result = asyncio.run(scanning.scan(data, whose, None if file == "-" else Path(file).name))
    if as_json:
        show_json(scanning.describe_result(result))
    else:
        _show_findings(result.findings, show_text=show_text)
        click.echo(f"verdict: {result.verdict}{f' ({result.reason})' if result.reason else ''}")
    return 1 if result.stopped else 0


@click.command()
@click.option("--since", type=Moment(), help="From this date or time on (UTC).")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--key", metavar="ID|NAME", help="In calls of this key only.")
@as_json
def findings(since: datetime | None, limit: int, key: str | None, as_json: bool) -> None:
    """List what guards found in calls, newest first; the text only where a tier keeps it."""

    async def read(records: Records) -> tuple[list[KeptFinding], dict[str, str]]:
        wanted = (await records.find_key(key)).id if key is not None else None
        return await records.findings.list(limit, since, wanted), await records.name_keys()

    kept, names = with_records(read)
    if as_json:
        show_json([describe_kept(one, names) for one in kept])
    else:
        show_filled(_KEPT, [_row(one, names) for one in kept])


def _row(kept: KeptFinding, names: dict[str, str]) -> tuple[str, ...]:
    found = kept.finding
    key = "-" if kept.key_id is None else names.get(kept.key_id, kept.key_id)
    what = (found.kind, found.where, found.privilege.word, f"{found.score:.2f}", found.text or "")
    return (f"{kept.at:%F %T}", kept.request_id, key, *what)


def _show_findings(found: Sequence[Finding], *, show_text: bool) -> None:
    if not found:
        return
    columns = [Column("kind"), Column("where"), Column("privilege"), Column("score", "figure")]
    rows = [(one.kind, _flatten(one.where), one.privilege.word, f"{one.score:.2f}") for one in found]
    if show_text:
        columns.append(Column("text"))
        rows = [(*row, _flatten(one.text or "")) for row, one in zip(rows, found, strict=True)]
    show_table(columns, rows)


def _flatten(text: str) -> str:
    """Return a text in one line, as a terminal may be shown it: an attacker's text may move its cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))
