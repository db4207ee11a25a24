"""`fen arena rate`: the board that a file of votes makes."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.arena.files import read_votes
from fen.arena.rate import Coefficient, Rated, RatedModel, Wanted, rate_votes
from fen.arena.standing import Rules
from fen.cli.options import as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.sources import show_filled

_COLUMNS = (
    Column("group", "figure"),
    Column("rank", "id"),
    Column("model", "id"),
    Column("rating", "figure"),
    Column("95% interval", "id"),
    Column("votes", "figure"),
    Column("both bad %", "figure"),
    Column("cost", "figure"),
    Column("why unrated"),
)
_STYLES = (Column("style", "id"), Column("log-odds", "figure"), Column("95% interval", "id"))


class _Options(TypedDict):
    category: str | None
    anchor: str | None
    height: float
    style: bool
    both_bad: bool
    clustered: bool | None
    weighted: bool
    coefficients: bool
    as_json: bool


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--category", metavar="C", help="Only votes of this category.")
@click.option("--anchor", metavar="MODEL", help="The model that stands at the height, instead of the mean.")
@click.option("--height", type=float, default=1000.0, show_default=True, help="Where it stands.")
@click.option("--style", is_flag=True, help="Take out what answers look like: the file's style columns.")
@click.option("--coefficients", is_flag=True, help="Print how much each style is preferred; with --style.")
@click.option(
    "--both-bad/--no-both-bad",
    default=True,
    help="Count votes against both as ties (the default), or leave them out of the ratings.",
)
@click.option(
    "--clustered/--no-clustered",
    default=None,
    help="Widen intervals where votes of one voter go together. Left out: where the file has voters.",
)
@click.option("--weighted", is_flag=True, help="Count each vote by the inverse of its propensity.")
@as_json
def command(file: Path, **options: Unpack[_Options]) -> None:
    """Rate the models of a file of votes; no server is needed.

    FILE has JSON lines, a JSON array or Parquet with `left`, `right` and `outcome` (left, right, tie or
    both_bad), and optionally `voter`, `category`, `time`, `left_cost`, `right_cost`, `propensity` and columns
    of style; or it is one of LMSYS's published sets. Intervals are pointwise 95%; ranks hold for all models
    together.
    """
    wanted = Wanted(
        Rules(options["anchor"], options["height"], options["both_bad"]),
        options["category"],
        options["clustered"],
        options["style"] or options["coefficients"],
        options["weighted"],
    )
    rated = rate_votes(read_votes(file, looks=wanted.style), wanted)
    if options["as_json"]:
        show_json(rated.styles if options["coefficients"] else rated.models)
        return
    if not options["coefficients"]:
        show_filled(_COLUMNS, [_line(one) for one in rated.models])
        click.echo()
    if rated.styles:
        show_table(_STYLES, [_describe(one) for one in rated.styles])
        click.echo()
    for line in _remark(rated, wanted):
        click.echo(line)


def _line(one: RatedModel) -> tuple[str, ...]:
    rated = one.rating is not None
    return (
        str(one.group) if rated else "",
        _span(one.rank_low, one.rank_high),
        one.model,
        f"{one.rating:.1f}" if rated else "unrated",
        f"{one.low:.1f} {one.high:.1f}" if rated else "",
        str(one.votes),
        "" if one.both_bad is None else f"{100 * one.both_bad:.1f}",
        "" if one.cost is None else f"{one.cost:.6g}",
        one.why,
    )


def _describe(one: Coefficient) -> tuple[str, str, str]:
    return one.style, f"{one.value:+.3f}", f"{one.low:+.3f} {one.high:+.3f}"


def _span(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return ""
    return str(low) if low == high else f"{low}-{high}"


def _remark(rated: Rated, wanted: Wanted) -> list[str]:
    ways = ["by voters where that is wider" if rated.clustered else "as if all votes were independent"]
    if wanted.weighted:
        ways.append("each weighted by the inverse of its propensity")
    said = [f"{rated.votes} votes; intervals {', '.join(ways)}"]
    said += [f"left out: {number} votes, {why}" for why, number in rated.left_out.items()]
    if rated.level:
        said.append(f"no two answers differ in: {', '.join(rated.level)}")
    return said
