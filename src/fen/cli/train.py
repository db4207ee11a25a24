"""`fen hierarchy train`: two arms, DPO, and the table that compares them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypedDict, Unpack

import click
import msgspec

from fen.app import load_settings
from fen.app.eval_files import open_files
from fen.cli.options import as_json, config
from fen.cli.output import Column, note, show_json, show_table
from fen.training.recipe import Device, Dtype, Recipe
from fen.training.report import show_report
from fen.training.row import Site
from fen.training.study import Assignment, Study, run_study
from fen.training.weights import open_folder

_COLUMNS = (
    Column("row", "id"),
    Column("replay loss %", "figure"),
    Column("IFEval points", "figure"),
    Column("ability"),
    Column("length %", "figure"),
)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_DEFAULT = Recipe()
_SET = tuple(
    name
    for name in Recipe.__struct_fields__
    if name not in {"warmup", "replay_share", "beta"} and not name.startswith("dpo_")
)


class _Options(TypedDict):
    data: Path
    base: Path
    out: Path
    arm: str
    dpo: bool
    ifeval: bool
    files: Path | None
    epochs: float
    steps: int
    rate: float
    rank: int
    alpha: int
    batch: int
    micro: int
    max_tokens: int
    save_every: int
    seed: int
    device: Device
    dtype: Dtype
    config: Path | None
    as_json: bool


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DATA")
@click.option(
    "--base",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="The model: a Hugging Face folder, or a GGUF file, which is dequantised once.",
)
@click.option("--out", type=_FOLDER, required=True, help="What is written; the same folder goes on.")
@click.option(
    "--arm",
    type=click.Choice(("both", "treatment")),
    default="both",
    show_default=True,
    help="Both arms, to compare them, or the treatment alone.",
)
@click.option("--dpo/--no-dpo", default=True, show_default=True, help="DPO on top of the treatment.")
@click.option("--ifeval/--no-ifeval", default=True, show_default=True, help="Measure ability by IFEval.")
@click.option("--files", type=_FOLDER, metavar="DIR", help="A folder with IFEval's files, as eval's --data.")
@click.option("--epochs", type=float, default=_DEFAULT.epochs, show_default=True, help="Passes over it.")
@click.option("--steps", type=int, default=0, help="So many steps instead.")
@click.option("--rate", type=float, default=_DEFAULT.rate, show_default=True, help="The rate's peak.")
@click.option("--rank", type=int, default=_DEFAULT.rank, show_default=True, help="LoRA's rank.")
@click.option("--alpha", type=int, default=_DEFAULT.alpha, show_default=True, help="LoRA's alpha.")
@click.option("--batch", type=int, default=_DEFAULT.batch, show_default=True, help="Examples a step.")
@click.option("--micro", type=int, default=0, help="Examples at once; fewer take less memory.")
@click.option("--max-tokens", type=int, default=_DEFAULT.max_tokens, show_default=True, help="An example's.")
@click.option("--save-every", type=int, default=_DEFAULT.save_every, show_default=True, help="In steps.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of weights and order.")
@click.option(
    "--device",
    type=click.Choice(("auto", "cpu", "cuda")),
    default="auto",
    show_default=True,
    help="Where it trains; auto is a GPU where there is one.",
)
@click.option(
    "--dtype",
    type=click.Choice(("auto", "fp32", "bf16")),
    default="auto",
    show_default=True,
    help="Of the computation; auto is bf16 where the processor has it.",
)
@config
@as_json
def train(**options: Unpack[_Options]) -> None:
    """Train the model of --base on DATA, as `fen hierarchy synth` writes it, and measure what comes of it.

    A run that was stopped goes on where it was, by the same command. Needs the extra `train`.
    """
    settings = load_settings(options["config"], os.environ)
    recipe = msgspec.convert({name: options.get(name) for name in _SET}, Recipe)
    files = open_files(settings, options["files"]) if options["ifeval"] else None
    site = Site(open_folder(options["base"], settings.cache / "training"), options["out"])
    assignment = Assignment(
        options["data"], recipe, both=options["arm"] == "both", pairs=options["dpo"], files=files
    )
    study = asyncio.run(run_study(site, assignment))
    if options["as_json"]:
        show_json(study)
    else:
        _show(study, options["out"])


def _show(study: Study, out: Path) -> None:
    if study.report is not None:
        click.echo(show_report(study.report))
    show_table(_COLUMNS, [_describe(row, study) for row in study.kept])
    note(f"adapters, answers and figures are in {out}")


def _describe(row: str, study: Study) -> tuple[str, ...]:
    kept = study.kept[row]
    points = kept.ifeval.difference if kept.ifeval else None
    return (
        row,
        "-" if kept.replay is None else f"{100 * kept.replay:+.1f}",
        "-" if points is None else f"{100 * points:+.1f}",
        kept.ability,
        "-" if kept.length is None else f"{100 * kept.length:.0f}",
    )
