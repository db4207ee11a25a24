"""`fen route bench`: what routing gains over single models and their mixtures, on outcomes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.route_chart import draw_trial
from fen.app.route_evidence import gather, make_setting
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.route.sources import make_sources, outcome_options
from fen.routing.manifest import Recipe
from fen.routing.trial import Trial, run_trial

_COLUMNS = (
    Column("budget", "figure"),
    Column("spent", "figure"),
    Column("routed", "figure"),
    Column("mixture", "figure"),
    Column("gain", "figure"),
    Column("95% interval", "id"),
)


class _Options(TypedDict):
    outcomes: tuple[str, ...]
    evals: bool
    arena: bool
    folds: int
    seed: int
    plot: Path | None
    config: Path | None
    as_json: bool


@click.command()
@outcome_options
@click.option(
    "--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="Parts of the prompts."
)
@click.option("--seed", type=int, default=0, show_default=True, help="By which they are drawn.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw score over cost into a file too.",
)
@config
@as_json
def command(**options: Unpack[_Options]) -> None:
    """Measure on outcomes what routing gains over single models and their mixtures.

    Each part of the prompts is routed by what the other parts teach, at four budgets, as shares of what the
    best single model costs. Beside it stands the best mixture of single models at the cost that routing
    really had. Only prompts count that all models have answered at a known cost; models that have answered
    few are left out.
    """
    plot = options["plot"]
    if plot is not None and plot.suffix != ".svg":
        raise click.UsageError(f"found --plot {plot.name}, expected a name that ends in .svg")
    settings = load_settings(options["config"], os.environ)
    sources = make_sources(options["outcomes"], evals=options["evals"], arena=options["arena"])
    gathered = asyncio.run(gather(settings, sources))
    recipe = Recipe(seed=options["seed"])
    trial = run_trial(gathered.evidence, recipe, make_setting(settings, gathered), options["folds"])
    if plot is not None:
        plot.write_text(draw_trial(trial), "utf-8")
    if options["as_json"]:
        show_json(trial)
    else:
        _show(trial)


def _show(trial: Trial) -> None:
    measured = ", ".join(f"{name} {value:.4f}" for name, value in trial.metrics.items())
    show_facts(
        [
            ("prompts", f"{trial.prompts} in {trial.folds} parts, {trial.models} models"),
            ("best single", f"{trial.best.score:.4f} for {trial.best.cost} a prompt"),
            ("oracle", f"{trial.oracle.score:.4f} for {trial.oracle.cost} a prompt"),
            ("measured", measured),
            ("unfamiliar", f"{trial.rows[0].far:.1%} of the prompts"),
        ]
    )
    click.echo()
    show_table(
        _COLUMNS,
        [
            (
                f"{row.budget:.0%}",
                f"{row.spent:.1%}",
                f"{row.score:.4f}",
                f"{row.static:.4f}",
                f"{row.gain:+.4f}",
                f"{row.low:+.4f} {row.high:+.4f}",
            )
            for row in trial.rows
        ],
    )
