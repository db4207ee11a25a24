"""A board as a sheet: comma-separated values (RFC 4180), one line for each model, figures unrounded."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from itertools import pairwise

from fen.arena.board import Board, Row
from fen.wire.money import plain

COLUMNS = (
    "group",
    "rank_low",
    "rank_high",
    "model",
    "mark",
    "rating",
    "low",
    "high",
    "votes",
    "both_bad",
    "cost",
    "currency",
    "frontier",
    "dominated_by",
    "votes_to_flip",
    "why",
)
"""As in Row. cost: of an answer. dominated_by: names, a space between. votes_to_flip: as find_flips says."""


def find_flips(board: Board) -> Mapping[str, int]:
    """Return for each model how many votes of the next one below over it would turn the two around.

    A flip is of the last study; it is left out where the two are no neighbours any more.
    """
    order = [row.model for row in board.rows if row.rating is not None]
    below = dict(pairwise(order))
    return {flip.above: flip.votes for flip in board.flips if below.get(flip.above) == flip.below}


def write_sheet(board: Board) -> str:
    """Return a board as CSV, with a head; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    flips = find_flips(board)
    writer.writerows(_list_cells(row, flips) for row in board.rows)
    return text.getvalue()


def _list_cells(row: Row, flips: Mapping[str, int]) -> tuple[object, ...]:
    return (
        row.group,
        row.rank_low,
        row.rank_high,
        row.model,
        row.mark,
        row.rating,
        row.low,
        row.high,
        row.votes,
        row.both_bad,
        None if row.cost is None else plain(row.cost.amount),
        None if row.cost is None else row.cost.currency,
        row.frontier,
        " ".join(row.dominated_by),
        flips.get(row.model),
        row.why,
    )
