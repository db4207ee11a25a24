"""`fen eval run`: ask a model the questions of suites, and score its answers."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click
import uvloop

from fen.app import Settings, load_settings
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
from fen.evals.suite import Suite
from fen.evals.summary import describe_suites
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
    judged = options["judge"] is not None
    async with open_means(settings, options["data"], judged=judged) as means:
        run = await begin_run(wanted, suites, means, new=options["new"])
        try:
            return await run_suites(run, suites, means, watch, options["concurrency"])
        finally:
            watch.finish()


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
