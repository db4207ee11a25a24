"""`fen arena board`: the board that the votes of the log make."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from fen.app import Settings, load_settings
from fen.app.arena_desk import open_desk
from fen.arena.board import Board, Row
from fen.cli.options import as_json, config
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
    Column("worth its money"),
    Column("note"),
)
_STYLES = (Column("style", "id"), Column("log-odds", "figure"), Column("95% interval", "id"))


@click.command()
@click.option("--category", metavar="C", default="all", show_default=True, help="Which board.")
@click.option("--style", is_flag=True, help="Take out what answers look like.")
@click.option("--hidden", is_flag=True, help="Show models under test too, under their codenames.")
@config
@as_json
def command(category: str, style: bool, hidden: bool, config: Path | None, as_json: bool) -> None:
    """Show the board that the votes of the log make.

    `worth its money`: no other model is as good for no more money (`yes`), or who is. Intervals are pointwise
    95%; ranks hold for all models together.
    """
    board = asyncio.run(_make(load_settings(config, os.environ), category, style, hidden))
    if as_json:
        show_json(board)
        return
    show_filled(_COLUMNS, [_line(row) for row in board.rows])
    click.echo()
    if board.coefficients:
        show_table(
            _STYLES,
            [
                (one.name, f"{one.value:+.3f}", f"{one.low:+.3f} {one.high:+.3f}")
                for one in board.coefficients
            ],
        )
        click.echo()
    for line in _remark(board):
        click.echo(line)


async def _make(settings: Settings, category: str, style: bool, hidden: bool) -> Board:
    async with open_desk(settings) as desk:
        return await desk.make_board(category, style=style, everything=hidden)


def _line(row: Row) -> tuple[str, ...]:
    rated = row.rating is not None
    ranks = "" if row.rank_low is None else f"{row.rank_low}-{row.rank_high}"
    worth = {None: "", True: "yes", False: ", ".join(row.dominated_by)}[row.frontier]
    return (
        str(row.group) if rated else "",
        str(row.rank_low) if row.rank_low == row.rank_high and rated else ranks,
        row.model,
        f"{row.rating:.1f}" if rated else "unrated",
        f"{row.low:.1f} {row.high:.1f}" if rated else "",
        str(row.votes),
        "" if row.both_bad is None else f"{100 * row.both_bad:.1f}",
        "" if row.cost is None else str(row.cost),
        worth,
        row.why or ("preliminary" if row.mark == "preliminary" else ""),
    )


def _remark(board: Board) -> list[str]:
    said = [f"{board.votes} votes on {board.category}; intervals by {' and '.join(board.intervals)}"]
    said += [
        f"{flip.votes} votes of {flip.below} over {flip.above} would turn them around" for flip in board.flips
    ]
    return [*said, board.why] if board.why else said
