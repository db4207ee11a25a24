"""`fen hierarchy synth`: data that teach a model the instruction hierarchy."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypedDict, Unpack

import click
import msgspec

from fen.app import load_settings
from fen.cli.evals.options import Amount
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.training.arms import Sizes, build_arms
from fen.training.dataset import Extras, Making, Manifest, write_arms
from fen.training.foreign import load_foreign
from fen.training.item import Item
from fen.training.teacher import Wish
from fen.training.teaching import ask_teacher
from fen.wire.money import Money

_COLUMNS = (
    Column("part", "id"),
    Column("items", "figure"),
    Column("conflict", "figure"),
    Column("aligned", "figure"),
    Column("reference", "figure"),
    Column("tokens", "figure"),
    Column("sha256", "id"),
)
_COUNT = click.IntRange(min=0)


class _Options(TypedDict):
    seed: int
    arm: str
    language: str
    examples: int
    pairs: int
    replay: int
    seen: int
    unseen: int
    data: Path | None
    teacher: str | None
    budget: Money | None
    lessons: int
    config: Path | None
    as_json: bool


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed writes the same files.")
@click.option(
    "--arm",
    type=click.Choice(("both", "treatment", "baseline")),
    default="both",
    show_default=True,
    help="treatment has the conflicts; baseline has benign items in their places.",
)
@click.option(
    "--language",
    type=click.Choice(("both", "en", "zh")),
    default="both",
    show_default=True,
    help="Of the items.",
)
@click.option("--examples", type=_COUNT, default=4500, show_default=True, help="Items of each arm; even.")
@click.option("--pairs", type=_COUNT, default=600, show_default=True, help="Pairs for DPO.")
@click.option("--replay", type=_COUNT, default=1500, show_default=True, help="Prompts against forgetting.")
@click.option(
    "--seen", type=_COUNT, default=40, show_default=True, help="Draws of each trained family to measure."
)
@click.option("--unseen", type=_COUNT, default=125, show_default=True, help="Draws of each held-out family.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with data sets of others, to measure with: tensortrust, bipia, sys_ifeval.",
)
@click.option("--teacher", metavar="MODEL", help="Have this model write pairs too; needs --budget.")
@click.option(
    "--budget", type=Amount(), metavar="MONEY", help="The most that the teacher may cost, such as 2USD."
)
@click.option(
    "--lessons", type=_COUNT, default=100, show_default=True, help="Exercises that the teacher is asked for."
)
@config
@as_json
def synth(folder: Path, **options: Unpack[_Options]) -> None:
    """Write data that teach the instruction hierarchy into FOLDER: JSON lines, and a manifest.

    Two arms have the same tasks in the same order and about as many tokens; only one has conflicts. Held-out
    families share no type, phrasing or carrier with the trained ones.
    """
    if options["teacher"] and options["budget"] is None:
        raise click.UsageError("found --teacher without --budget, expected both: --budget 2USD")
    if options["budget"] is not None and not options["teacher"]:
        raise click.UsageError("found --budget without --teacher, expected both: --teacher MODEL")
    sizes = Sizes(*(options[name] for name in ("examples", "pairs", "replay", "seen", "unseen")))
    arms = build_arms(options["seed"], sizes, options["language"])
    foreign = () if options["data"] is None else load_foreign(options["data"], None, options["seed"])
    recipe = Making(options["seed"], options["language"], sizes, options["teacher"])
    other = {"treatment": "baseline", "baseline": "treatment"}
    left_out = {other[options["arm"]]} if options["arm"] in other else set[str]()
    taught = _ask_teacher(options)
    manifest = write_arms(folder, arms, recipe, Extras(foreign, taught), leave_out=left_out)
    if options["as_json"]:
        show_json(msgspec.to_builtins(manifest))
    else:
        _show(folder, manifest)


def _ask_teacher(options: _Options) -> tuple[Item, ...]:
    model, budget = options["teacher"], options["budget"]
    if model is None or budget is None:
        return ()
    language = "zh" if options["language"] == "zh" else "en"
    wish = Wish(model, options["lessons"], budget, options["seed"], language)
    taught = asyncio.run(ask_teacher(load_settings(options["config"], os.environ), wish))
    spent = "an amount that is not known" if taught.spent is None else str(taught.spent)
    click.echo(f"{model} wrote {len(taught.items)} items in {taught.calls} calls for {spent}", err=True)
    for reason, count in sorted(taught.left_out.items()):
        click.echo(f"left out, {reason}: {count}", err=True)
    if taught.stopped is not None:
        click.echo(f"ended early: {taught.stopped}", err=True)
    return taught.items


def _show(folder: Path, manifest: Manifest) -> None:
    rows = [
        (
            name,
            str(part.items),
            *(str(part.conditions.get(one, 0)) for one in ("conflict", "aligned", "reference")),
            str(part.tokens),
            part.sha256[:12],
        )
        for name, part in manifest.parts.items()
    ]
    show_table(_COLUMNS, rows)
    click.echo()
    click.echo(f"trained: {', '.join(manifest.trained)}")
    click.echo(f"held out: {', '.join(manifest.held_out)}")
    click.echo(f"{folder}: data {manifest.data}")
