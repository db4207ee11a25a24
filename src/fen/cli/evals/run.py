"""`fen eval run`: ask a model the questions of suites, and score its answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click
import uvloop
from msgspec.structs import replace

from fen.app import Settings, load_settings
from fen.app.cluster import LOCAL, open_cluster
from fen.app.evals import find_suites, open_means, point_at
from fen.app.facts import describe_model
from fen.cli.evals.options import Amount, Setting, data
from fen.cli.evals.tables import show_report
from fen.cli.evals.watching import TerminalWatch
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.evals.record import Run
from fen.evals.report import describe_run
from fen.evals.run import Result, begin_run, run_suites
from fen.evals.spread import Spread
from fen.evals.suite import Suite
from fen.evals.summary import describe_suites
from fen.wire.errors import ConfigError
from fen.wire.money import Money, plain

_SAID = {
    "budget": "The budget is reached; what was done is kept, and the same command with more goes on.",
    "declined": "Nothing further was asked; what was done is kept.",
    "faults": "Some samples could not be scored; once their suite is put right, the same command does it.",
}


class _Options(TypedDict):
    model: str
    limit: int | None
    epochs: int
    concurrency: int
    ray: str | None
    workers: int | None
    budget: Money | None
    judge: str | None
    settings: tuple[tuple[str, str], ...]
    data: Path | None
    base_url: str | None
    seed: int
    new: bool
    fresh: bool
    yes: bool
    config: Path | None
    as_json: bool


@click.command()
@click.argument("suites", nargs=-1, required=True, metavar="SUITE...")
@click.option("--model", required=True, help="The model that is asked.")
@click.option("--limit", type=click.IntRange(min=1), help="So many samples of each suite, drawn by the seed.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True, help="Ask so many times.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="So many calls at once; fewer while the upstream is busy.",
)
@click.option(
    "--ray",
    is_flag=False,
    flag_value=LOCAL,
    metavar="[ADDRESS]",
    help="Spread the run over a Ray cluster: the one there, `auto`, or one of this machine's own.",
)
@click.option("--workers", type=click.IntRange(min=1), help="So many processes in the cluster, otherwise 2.")
@click.option("--budget", type=Amount(), metavar="MONEY", help="The most that it may cost, such as 2USD.")
@click.option("--judge", metavar="MODEL", help="The model that scores where a model has to.")
@click.option(
    "--set", "settings", type=Setting(), multiple=True, metavar="SUITE.NAME=VALUE", help="Change an option."
)
@data
@click.option("--base-url", metavar="URL", help="Where the model is, if no settings know it.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which samples are drawn.")
@click.option("--new", is_flag=True, help="Begin another run where one is unfinished.")
@click.option("--fresh", is_flag=True, help="Ask anew what earlier runs were answered.")
@click.option("--yes", is_flag=True, help="Do not ask whether it may cost money.")
@config
@as_json
def command(suites: tuple[str, ...], **options: Unpack[_Options]) -> int:
    """Ask a model the questions of suites, score its answers, and print what they come to.

    Every call goes through Fen, is in the books with the tag eval, and its answer is kept: after a crash the
    same command finishes the run, and nothing is asked twice. What it may cost is said before, from a pilot
    of about 20 samples and from the bounds of each call. With --base-url any server that speaks OpenAI's
    format is asked; FEN_EVAL_API_KEY holds its key.

    With --ray (extra `ray`) worker processes play the samples after the pilot, with the same results, the
    same budget and --concurrency calls at once in all; on several machines they need a PostgreSQL
    (FEN_DATABASE_URL). Write --ray after the suites.
    """
    found = find_suites(suites)
    settings, model = point_at(
        load_settings(options["config"], os.environ), options["model"], options["base_url"]
    )
    wanted = Run(
        id="",
        model=model,
        suites=tuple(suite.name for suite in found),
        started=datetime.now(UTC),
        limit=options["limit"],
        epochs=options["epochs"],
        seed=options["seed"],
        options=describe_model(settings, model, found) | dict(options["settings"]),
        budget=options["budget"],
        judge=options["judge"],
        fresh=options["fresh"],
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # a fifth less CPU a sample, measured
        result = runner.run(_run(wanted, found, settings, options))
    _show(result, found, as_json=options["as_json"])
    return 0 if result.state in ("finished", "budget") else 1


async def _run(wanted: Run, suites: tuple[Suite, ...], settings: Settings, options: _Options) -> Result:
    watch = TerminalWatch(agreed=options["yes"])
    workers = _count_workers(options)
    settings = replace(settings, workers=workers)
    async with contextlib.AsyncExitStack() as stack:
        judged = options["judge"] is not None
        means = await stack.enter_async_context(open_means(settings, options["data"], judged=judged))
        spread = await stack.enter_async_context(_open_spread(settings, options, workers))
        run = await begin_run(wanted, suites, means, new=options["new"])
        try:
            return await run_suites(run, suites, means, watch, options["concurrency"], spread)
        finally:
            watch.finish()


def _count_workers(options: _Options) -> int:
    """Return how many processes share the rates; raises ConfigError for what contradicts."""
    workers, most = options["workers"], options["concurrency"]
    if options["ray"] is None:
        if workers is not None:
            raise ConfigError(
                f"--workers {workers}: found no --ray, expected it: the workers are in its cluster"
            )
        return 1
    workers = workers or min(2, most)
    if workers > most:
        raise ConfigError(
            f"--workers {workers}: found --concurrency {most}, expected a call at once for each worker"
        )
    return workers


@contextlib.asynccontextmanager
async def _open_spread(
    settings: Settings, options: _Options, workers: int
) -> AsyncGenerator[Spread | None, None]:
    if options["ray"] is None:
        yield None
        return
    judged = options["judge"] is not None
    async with open_cluster(settings, options["data"], options["ray"], workers, judged=judged) as cluster:
        yield cluster


def _show(result: Result, suites: tuple[Suite, ...], *, as_json: bool) -> None:
    for fault in result.faults:
        click.echo(f"{fault.suite} {fault.sample}: {fault.error}", err=True)
    if result.state in _SAID:
        click.echo(f"{result.message}\n{_SAID[result.state]}".strip(), err=True)
    known = {suite.name: suite for suite in suites}
    report = describe_run(result.run, result.records, known, datetime.now(UTC))
    if as_json:
        show_json(
            {
                "run": result.run.id,
                "model": result.run.model,
                "state": result.state,
                "spent": {name: plain(amount) for name, amount in result.spent.amounts.items()},
                "suites": describe_suites(report, result.records),
                "faults": result.faults,
            }
        )
        return
    click.echo(f"{result.run.id}  {result.run.model}\n")
    show_report(report)
    click.echo(f"\nspent now: {result.spent}")
