"""`fen route join`: add a model to an artefact by a few outcomes, without a new fit."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.routing import join
from fen.cli.options import as_json, config
from fen.cli.route.show import show_saved
from fen.cli.route.sources import make_sources
from fen.routing.artefact import load_artefact, save_artefact


class _Options(TypedDict):
    outcomes: tuple[str, ...]
    evals: bool
    out: Path
    config: Path | None
    as_json: bool


@click.command()
@click.argument("artefact", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("model")
@click.option(
    "--outcomes",
    multiple=True,
    metavar="FILE",
    help="JSON lines or Parquet with outcomes of MODEL alone, a path or an address; may be given again.",
)
@click.option("--evals", is_flag=True, help="Join by MODEL's scores of `fen eval run` too.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The artefact to write."
)
@config
@as_json
def command(artefact: Path, model: str, **options: Unpack[_Options]) -> None:
    """Add MODEL to an artefact by 25 to 100 of its outcomes, without a new fit.

    The outcomes should be of requests such as the artefact was fitted on. What is expected of the other
    models stays the same to the last bit. Guarantees that were proved hold on, for the models that they were
    proved on: none asks MODEL. With some hundreds of outcomes `fen route fit` learns more.
    """
    settings = load_settings(options["config"], os.environ)
    sources = make_sources(options["outcomes"], evals=options["evals"], arena=False)
    joined, gathered = asyncio.run(join(settings, load_artefact(artefact), model, sources))
    save_artefact(options["out"], joined)
    show_saved(options["out"], gathered, as_json=options["as_json"])
