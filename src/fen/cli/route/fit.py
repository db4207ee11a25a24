"""`fen route fit`: learn from outcomes and votes what each model is good at."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.route_evidence import gather
from fen.app.routing import fit
from fen.cli.options import as_json, config
from fen.cli.route.show import show_saved
from fen.cli.route.sources import make_sources, outcome_options
from fen.routing.artefact import save_artefact
from fen.routing.manifest import Recipe


class _Options(TypedDict):
    outcomes: tuple[str, ...]
    evals: bool
    arena: bool
    out: Path
    held: float
    guarantee: bool
    seed: int
    config: Path | None
    as_json: bool


@click.command()
@outcome_options
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The artefact to write."
)
@click.option(
    "--held",
    type=click.FloatRange(0, 0.5),
    default=0.25,
    show_default=True,
    help="Share of prompts that is held back, to measure and to prove guarantees by.",
)
@click.option(
    "--guarantee/--no-guarantee",
    default=True,
    help="Leave out of the fit what a guarantee can rest on (the default), or learn from all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="By which those are drawn.")
@config
@as_json
def command(**options: Unpack[_Options]) -> None:
    """Learn from outcomes and votes what each model is good at.

    A row of a file is an outcome with `prompt`, `model`, and `correct` or `score` (0 to 1), and optionally
    `cost`, `currency`, `tag`, `output_tokens`, `reasoning_tokens`; or a vote with `prompt`, `model_a`,
    `model_b` and `winner`. A gateway whose route names the artefact takes a new one in without a restart.
    """
    settings = load_settings(options["config"], os.environ)
    sources = make_sources(options["outcomes"], evals=options["evals"], arena=options["arena"])
    gathered = asyncio.run(gather(settings, sources))
    recipe = Recipe(seed=options["seed"], held=options["held"], prove=options["guarantee"])
    save_artefact(options["out"], fit(settings, gathered, recipe))
    show_saved(options["out"], gathered, as_json=options["as_json"])
