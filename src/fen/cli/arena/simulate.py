"""`fen arena simulate`: synthetic voters, whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.arena.files import write_ballots
from fen.arena.files.writing import check_suffix
from fen.arena.rating.scale import to_points
from fen.arena.simulate import draw_ballots, draw_world, find_truth
from fen.cli.options import as_json
from fen.cli.output import Column, show_json, show_table

_COLUMNS = (Column("model", "id"), Column("true rating", "figure"))


class _Options(TypedDict):
    models: int
    votes: int
    voters: int | None
    seed: int
    spread: float
    ties: float
    both_bad: float
    taste: float
    side: float
    style: tuple[tuple[str, float], ...]
    as_json: bool


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--models", type=click.IntRange(2, 2000), default=10, show_default=True, help="So many models.")
@click.option(
    "--votes", type=click.IntRange(1, 100_000_000), default=10_000, show_default=True, help="So many votes."
)
@click.option("--voters", type=click.IntRange(1, 10_000_000), help="So many voters; else none is named.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which are drawn.")
@click.option(
    "--spread",
    type=click.FloatRange(0, 5),
    default=0.7,
    show_default=True,
    help="Standard deviation of the models' strengths, in log-odds.",
)
@click.option(
    "--ties",
    type=click.FloatRange(0, 10),
    default=0.5,
    show_default=True,
    help="Weight of ties (Davidson).",
)
@click.option(
    "--both-bad",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Share of ties that are votes against both.",
)
@click.option(
    "--taste",
    type=click.FloatRange(0, 5),
    default=0.0,
    show_default=True,
    help="Standard deviation of each voter's own liking of a model; needs --voters.",
)
@click.option(
    "--side",
    type=click.FloatRange(-5, 5),
    default=0.0,
    show_default=True,
    help="How much the left answer is preferred for being there.",
)
@click.option(
    "--style",
    type=(str, click.FloatRange(-5, 5)),
    multiple=True,
    metavar="NAME VALUE",
    help="A column of style, and how much it is preferred. May be given several times.",
)
@as_json
def command(file: Path, **options: Unpack[_Options]) -> None:
    """Write votes of synthetic voters to a file, and print the truth.

    FILE ends in .jsonl or .parquet. The truth is what ratings of endlessly many such votes would be, ties
    counted as half.
    """
    check_suffix(file)
    if options["taste"] and options["voters"] is None:
        raise click.UsageError("found --taste without --voters, expected voters who have it")
    world = draw_world(options["models"], options["seed"], options["spread"])
    world = world.with_habits(
        options["ties"], options["both_bad"], options["taste"], options["side"], dict(options["style"])
    )
    drawn = draw_ballots(world, options["votes"], options["seed"] + 1, options["voters"])
    write_ballots(file, drawn)
    # Styles differ from vote to vote, and a fit without them has their ratings in it.
    truth = to_points(find_truth(world))
    rows = sorted(zip(drawn.models, truth.tolist(), strict=True), key=lambda row: -row[1])
    if options["as_json"]:
        show_json([{"model": model, "rating": rating} for model, rating in rows])
    else:
        show_table(_COLUMNS, [(model, f"{rating:.1f}") for model, rating in rows])
