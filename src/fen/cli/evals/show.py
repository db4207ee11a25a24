"""`fen eval show`: single samples of a run, with question, answer, score and cost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import msgspec

from fen.app import Settings, load_settings
from fen.app.evals import open_shelf
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.evals.record import Record
from fen.evals.score import OUTCOMES
from fen.evals.store import KeptResponse, find_run, read_records, read_responses
from fen.wire.errors import NotFound

_COLUMNS = (
    Column("suite", "id"),
    Column("sample", "id"),
    Column("epoch", "figure"),
    Column("outcome", "id"),
    Column("value", "figure"),
    Column("answer"),
    Column("tokens", "figure"),
    Column("cost", "figure"),
)
_LONGEST = 48

Kept = Mapping[str, KeptResponse]


class _Options(TypedDict):
    sample: str | None
    suite: str | None
    epoch: int | None
    outcome: str | None
    limit: int
    config: Path | None
    as_json: bool


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--sample", metavar="ID", help="Show this one in full: question, answer, score and cost.")
@click.option("--suite", metavar="SUITE", help="Only samples of a suite.")
@click.option("--epoch", type=click.IntRange(min=0), help="Only those of an epoch, from 0 on.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only those that ended so.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@config
@as_json
def command(run_id: str, **options: Unpack[_Options]) -> None:
    """List a run's samples, or show one of them.

    RUN is a run's id, or the beginning of it.
    """
    settings = load_settings(options["config"], os.environ)
    records, kept = asyncio.run(_read(run_id, settings, options))
    if options["as_json"]:
        show_json([_describe(record, kept) for record in records])
    elif options["sample"] is None:
        show_table(_COLUMNS, [_line(record) for record in records])
    else:
        for record in records:
            _show(record, kept)


async def _read(run_id: str, settings: Settings, options: _Options) -> tuple[Sequence[Record], Kept]:
    async with open_shelf(settings) as shelf:
        run = await shelf.storage.read(lambda connection: find_run(connection, run_id))
        records = await shelf.storage.read(lambda connection: read_records(connection, run.id))
        chosen = [record for record in records if _is_meant(record, options)][: options["limit"]]
        sample = options["sample"]
        if sample is not None and not chosen:
            raise NotFound(f"sample {sample!r}: found none in {run.id}, expected one that it has")
        keys = [key for record in chosen for key in record.calls] if sample or options["as_json"] else []
        return chosen, await shelf.storage.read(lambda connection: read_responses(connection, keys))


def _is_meant(record: Record, options: _Options) -> bool:
    wanted = (
        (options["sample"], record.sample),
        (options["suite"], record.suite),
        (options["epoch"], record.epoch),
        (options["outcome"], record.score.outcome),
    )
    return all(want is None or want == found for want, found in wanted)


def _line(record: Record) -> tuple[str, ...]:
    return (
        record.suite,
        record.sample,
        str(record.epoch),
        record.score.outcome,
        f"{record.score.value:.2f}",
        _shorten(record.score.answer or ""),
        str(record.output_tokens),
        _money(record),
    )


def _show(record: Record, kept: Kept) -> None:
    show_facts(
        [
            ("suite", f"{record.suite}, version {record.version}"),
            ("sample", f"{record.sample}, epoch {record.epoch}"),
            ("outcome", f"{record.score.outcome}, {record.score.value:.3g} by {record.scorer}"),
            ("answer", "-" if record.score.answer is None else record.score.answer),
            ("detail", msgspec.json.encode(record.score.detail).decode()),
            ("tokens", f"{record.input_tokens} read, {record.output_tokens} written"),
            ("cost", _money(record)),
            ("judging", "-" if record.judge_cost is None else str(record.judge_cost)),
            ("seconds", f"{record.seconds:.3f}"),
        ]
    )
    for key in record.calls:
        found = kept.get(key)
        click.echo("")
        if found is None:
            click.echo(f"the answer under {key} is not kept any more")
        else:
            _show_call(found)
    click.echo("")


def _show_call(found: KeptResponse) -> None:
    request, response = _read_request(found), found.response
    for message in request.get("messages", []):
        click.echo(f"{message.get('role')}: {_read_content(message.get('content'))}")
    others = {name: value for name, value in request.items() if name != "messages"}
    click.echo(f"({msgspec.json.encode(others).decode()})\n")
    if response.reasoning:
        click.echo(f"thought: {response.reasoning}")
    click.echo(f"answered: {response.text}")
    for call in response.calls:
        click.echo(f"called: {call.name}({call.arguments})")
    click.echo(f"({response.finish_reason}, {response.request_id})")


def _describe(record: Record, kept: Kept) -> dict[str, Any]:
    calls = [
        {"key": key, "request": _read_request(kept[key]), "response": kept[key].response}
        for key in record.calls
        if key in kept
    ]
    return {**msgspec.structs.asdict(record), "calls": calls}


def _read_request(found: KeptResponse) -> dict[str, Any]:
    return msgspec.json.decode(found.request)


def _read_content(content: Any) -> str:
    return content if isinstance(content, str) else msgspec.json.encode(content).decode()


def _money(record: Record) -> str:
    return "not known" if record.cost is None else str(record.cost)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
