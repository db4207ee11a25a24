"""`fen eval import`: scores that others published, and logs of Inspect."""
# ruff: noqa: N999 (the module is named as its command, and is imported by that name)

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from fen.app import load_settings
from fen.app.eval_logs import keep_log
from fen.cli.evals.inspect import show_taken
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.inspect_log import read_eval_log
from fen.evals.statistics.imported import KNOWN, NEEDED, Published, read_published

_COLUMNS = (
    Column("dimension"),
    Column("model", "id"),
    Column("score %", "figure"),
    Column("95% interval", "figure"),
    Column("n", "figure"),
    Column("date", "id"),
    Column("source"),
    Column("method"),
    Column("remark"),
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@config
@as_json
def command(file: Path, config: Path | None, as_json: bool) -> None:
    """Check a table of published scores, or take in a log of Inspect's as a run.

    FILE.csv has a header with model, dimension and score (per cent), and where known n, date, source, method
    and group. It is shown with the intervals that its n allows. A percentage that no number of right answers
    out of n gives is marked: it is a mean of several runs or of groups, of another n, or an error.
    `fen eval report --with FILE.csv` draws the scores.

    FILE.eval is a log of Inspect's (inspect.aisi.org.uk). It becomes a run like any other; the same log again
    is the same run. `fen eval inspect TASK` runs a task and takes in its log.
    """
    if file.suffix == ".eval":
        _take_in(file, config, as_json)
    else:
        _show_published(file, as_json)


def _take_in(file: Path, config: Path | None, as_json: bool) -> None:
    run, records = read_eval_log(file)
    asyncio.run(keep_log(load_settings(config, os.environ), run, records))
    if as_json:
        show_json({"run": run, "log": str(file), "records": records})
    else:
        show_taken(run, file, records)


def _show_published(file: Path, as_json: bool) -> None:
    found = read_published(file)
    if as_json:
        show_json(found)
        return
    ordered = sorted(found, key=lambda one: one.dimension)
    show_table(_COLUMNS, [_line(one) for one in ordered])
    marked = sum(bool(one.mark) for one in found)
    missing = [name for name in KNOWN if name not in NEEDED and not any(getattr(one, name) for one in found)]
    click.echo(f"\n{len(found)} scores, {marked} of them no share of their n")
    click.echo("intervals: Wilson, as if n independent items had been asked once")
    if missing:
        click.echo(f"not given: {', '.join(missing)}")


def _line(one: Published) -> tuple[str, ...]:
    return (
        one.dimension,
        one.model,
        str(one.score),
        "-" if one.interval is None else f"{100 * one.interval.low:.1f} to {100 * one.interval.high:.1f}",
        "not given" if one.n is None else f"{one.n:,}",
        one.date or "-",
        one.source or "-",
        one.method or "-",
        one.mark,
    )
