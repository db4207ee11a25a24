"""`fen eval inspect`: a task of Inspect's, asked through Fen, its log taken in."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click
from msgspec.structs import replace

from fen.app import load_settings
from fen.app.eval_logs import keep_log
from fen.app.inspecting import InspectTask, find_inspect, run_inspect, serve_for
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.inspect_log import DIMENSION, read_eval_log
from fen.evals.record import Record, Run


class _Options(TypedDict):
    more: tuple[str, ...]
    model: str
    limit: int | None
    epochs: int | None
    dimension: str
    scorer: str | None
    log_dir: Path
    program: str | None
    config: Path | None
    as_json: bool


_COLUMNS = (Column("outcome"), Column("samples", "figure"), Column("mean value", "figure"))


@click.command()
@click.argument("task")
@click.argument("more", nargs=-1, metavar="[-- WORDS FOR INSPECT]")
@click.option("-m", "--model", required=True, help="Which model.")
@click.option("--limit", type=click.IntRange(min=1), help="The task's first samples only.")
@click.option("--epochs", type=click.IntRange(min=1), help="How often each sample is asked.")
@click.option("--dimension", default=DIMENSION, show_default=True, help="What the task measures.")
@click.option("--scorer", help="The scorer that counts; otherwise the task's first.")
@click.option(
    "--log-dir",
    type=click.Path(path_type=Path),
    default=Path("logs"),
    show_default=True,
    help="Where Inspect's log goes.",
)
@click.option("--program", help="Inspect's program, such as that of another environment.")
@config
@as_json
def command(task: str, **options: Unpack[_Options]) -> None:
    """Run any task of Inspect's (inspect.aisi.org.uk) through Fen, and take in its log.

    TASK is what `inspect eval` takes: file.py, file.py@task or package/task. With FEN_URL set, the Fen there
    answers (FEN_API_KEY is its key); otherwise one is served meanwhile. Words after -- go to Inspect:

    \b
      fen eval inspect gaia.py --model openai/gpt-4o-mini -- -T level=1 --max-connections 20

    `fen eval import FILE.eval` takes in a log that is there already.
    """
    settings = load_settings(options["config"], os.environ)
    program, logs = find_inspect(options["program"], os.environ), options["log_dir"]
    logs.mkdir(parents=True, exist_ok=True)
    wanted = InspectTask(task, options["model"], logs, options["limit"], options["epochs"], options["more"])
    with serve_for(os.environ, options["config"], logs / "serve.log") as address:
        log = run_inspect(program, wanted, address, os.environ)
    run, records = read_eval_log(log, dimension=options["dimension"], scorer=options["scorer"])
    run = replace(run, model=options["model"])
    asyncio.run(keep_log(settings, run, records))
    if options["as_json"]:
        show_json({"run": run, "log": str(log), "records": records})
    else:
        show_taken(run, log, records)


def show_taken(run: Run, log: Path, records: Sequence[Record]) -> None:
    """Print what a log came to."""
    counts = Counter(record.score.outcome for record in records)
    values = {outcome: _mean([r for r in records if r.score.outcome == outcome]) for outcome in counts}
    rows = [(outcome, str(count), f"{values[outcome]:.3f}") for outcome, count in counts.most_common()]
    show_table(_COLUMNS, [*rows, ("all", str(len(records)), f"{_mean(records):.3f}")])
    click.echo(f"\n{run.id}: {', '.join(run.suites)} by {run.model}, from {log}")


def _mean(records: Sequence[Record]) -> float:
    return sum(record.score.value for record in records) / len(records) if records else 0.0
