"""A board as CSV."""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from fen.arena.board import Board, Moment, Row, make_board
from fen.arena.rating.counts import count_votes
from fen.arena.sheet import COLUMNS, find_flips, write_sheet
from fen.arena.simulate import World
from fen.arena.study import study_part
from fen.arena.survey import take_survey
from tests.fakes.arena_log import draw_log
from tests.fakes.ballot_box import NOON


@pytest.fixture(scope="module")
def board() -> Board:
    survey = take_survey(draw_log(World(np.array([-0.8, 0.0, 0.8])), 600))
    part = survey.pick()
    return make_board(Moment(count_votes(part.ballots), NOON), study_part(part, survey.last))


def read(text: str) -> Sequence[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_sheet_says_what_the_board_says(board: Board) -> None:
    rows = read(write_sheet(board))
    assert tuple(rows[0]) == COLUMNS
    for row, cells in zip(board.rows, rows, strict=True):
        assert (cells["model"], float(cells["rating"]), int(cells["votes"])) == (
            row.model,
            row.rating,
            row.votes,
        )
        assert row.cost is not None
        assert f"{cells['cost']} {cells['currency']}" == str(row.cost)
    assert [cells["votes_to_flip"] for cells in rows] == [*(str(one.votes) for one in board.flips), ""]


def test_what_is_not_known_is_empty_and_commas_are_kept(board: Board) -> None:
    unrated = Row('x, "y"', "public", None, None, None, None, None, None, 1, 0.0, "won every vote")
    [cells] = read(write_sheet(replace(board, rows=(unrated,))))
    assert cells["model"] == 'x, "y"'
    assert (cells["rating"], cells["cost"], cells["frontier"]) == ("", "", "")


def test_a_flip_of_two_that_are_no_neighbours_any_more_is_left_out(board: Board) -> None:
    moved = replace(board, rows=tuple(reversed(board.rows)))
    assert len(find_flips(board)) == 2
    assert find_flips(moved) == {}
