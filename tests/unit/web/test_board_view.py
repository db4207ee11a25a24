"""The board's charts and tables: they say what the board says, and nothing in a name does anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from fen.arena.board import Board, Moment, Row, make_board, make_style_board
from fen.arena.rating.counts import count_votes
from fen.arena.simulate import World
from fen.arena.study import study_part
from fen.arena.survey import take_survey
from fen.web.pages.board.charts import draw_ratings, draw_value, measure_height
from fen.web.pages.board.tables import write_board, write_styles, write_ways
from fen.web.pages.board.view import make_view
from fen.web.pages.words import find_words
from fen.wire.money import Money
from tests.fakes.arena_log import draw_log
from tests.fakes.ballot_box import NOON

SAY = find_words("en")
NASTY = '<img src=x onerror="alert(1)">'
UNRATED = Row(
    NASTY,
    "public",
    None,
    None,
    None,
    None,
    None,
    None,
    3,
    0.0,
    "lost every vote: no rating is the most likely one",
)


@dataclass
class Boards:
    usual: Board
    styled: Board


@pytest.fixture(scope="module")
def boards() -> Boards:
    survey = take_survey(draw_log(World(np.array([-0.9, 0.0, 0.05, 0.9]), style={"length": 0.5}), 1_500))
    part = survey.pick()
    study = study_part(part, survey.last)
    moment = Moment(count_votes(part.ballots), NOON, 7, 1_500, marks={"model-1": "preliminary"})
    return Boards(make_board(moment, study), make_style_board(moment, study))


class Reader(HTMLParser):
    """Reads a table's rows as texts, and what elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags = set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def series(options: dict[str, Any] | None, kind: str) -> list[Any]:
    assert options is not None
    inner = options.get("baseOption", options)
    return [one["data"] for one in inner["series"] if one["type"] == kind]


def test_dots_and_whiskers_are_the_boards(boards: Boards) -> None:
    options = draw_ratings(boards.usual, SAY)
    [dots], [line] = series(options, "scatter"), series(options, "line")
    for at, row in enumerate(boards.usual.rows):
        assert dots[at]["name"] == row.model
        assert dots[at]["value"] == [row.rating, at]
        assert line[3 * at : 3 * at + 3] == [[row.low, at], [row.high, at], [None, None]]
    assert measure_height(boards.usual) > measure_height(replace(boards.usual, rows=boards.usual.rows[:2]))


def test_bands_change_where_a_group_begins(boards: Boards) -> None:
    groups = [row.group for row in boards.usual.rows]
    assert groups == [1, 2, 2, 3]
    options = draw_ratings(boards.usual, SAY)
    assert options is not None
    dots = options["baseOption"]["series"][1]
    bands = [(one["yAxis"], other["yAxis"]) for one, other in dots["markArea"]["data"]]
    assert bands == [(-0.5, 0.5), (2.5, 3.5)]


def test_the_line_joins_those_that_no_other_makes_needless(boards: Boards) -> None:
    rows = [replace(row, frontier=row.model != "model-0") for row in boards.usual.rows]
    line = series(draw_value(replace(boards.usual, rows=tuple(rows)), SAY), "line")[0]
    assert [cost for cost, _ in line] == [0.002, 0.003, 0.004]


def test_a_model_for_nothing_makes_the_axis_of_cost_a_plain_one(boards: Boards) -> None:
    free = replace(boards.usual.rows[0], cost=Money(Decimal(0), "USD"))
    told = draw_value(replace(boards.usual, rows=(free, *boards.usual.rows[1:])), SAY)
    usual = draw_value(boards.usual, SAY)
    assert told is not None
    assert usual is not None
    assert (told["xAxis"]["type"], usual["xAxis"]["type"]) == ("value", "log")


def test_the_table_has_every_number_of_the_chart(boards: Boards) -> None:
    table = Reader(write_board(boards.usual, SAY))
    assert table.rows[0][:5] == ["Group", "Rank", "Model", "Rating", "95% interval"]
    said = [" ".join(row) for row in table.rows[1:]]
    for text, row in zip(said, boards.usual.rows, strict=True):
        assert row.rating is not None
        for part in (row.model, f"{row.rating:,.1f}", f"{row.low:,.1f} – {row.high:,.1f}", str(row.cost)):
            assert part in text
    flips = [str(one.votes) for one in boards.usual.flips]
    assert all(f" {votes} " in text for votes, text in zip(flips, said, strict=False))
    assert [
        row.model for row, text in zip(boards.usual.rows, said, strict=True) if "preliminary" in text
    ] == ["model-1"]


def test_a_name_is_text_and_an_unrated_model_says_why(boards: Boards) -> None:
    board = replace(boards.usual, rows=(*boards.usual.rows, UNRATED))
    table = Reader(write_board(board, SAY))
    assert "img" not in table.tags
    assert NASTY in table.rows[-1]
    assert "unrated: lost every vote: no rating is the most likely one" in table.rows[-1]
    assert len(series(draw_ratings(board, SAY), "scatter")[0]) == 4


def test_nothing_is_drawn_of_nothing(boards: Boards) -> None:
    bare = replace(boards.usual, rows=(UNRATED,), sensitivities=(), flips=())
    assert draw_ratings(bare, SAY) is None
    assert draw_value(bare, SAY) is None
    assert write_ways(bare, SAY) == ""
    assert make_view(bare, SAY).shape != make_view(boards.usual, SAY).shape


def test_styles_and_other_ways_are_told(boards: Boards) -> None:
    styles = Reader(write_styles(boards.styled, SAY)).rows
    value = {row[0]: float(row[1]) for row in styles[1:]}["length"]
    assert value == pytest.approx(0.5, abs=0.15)
    ways = Reader(write_ways(boards.usual, SAY)).rows
    assert [row[0] for row in ways[1:]] == [
        "Ties as an outcome of their own (Davidson)",
        "Without the votes that found both bad",
        "As if all pairs had met equally often",
    ]


def test_a_view_says_of_which_votes_it_is(boards: Boards) -> None:
    assert make_view(boards.usual, SAY).state.startswith("1,500 votes, as of Jan 1, 2026")
    behind = replace(boards.usual, last=1_600)
    assert "costs and votes to flip as of vote 1,500" in make_view(behind, SAY).state
    assert "style taken out, as of vote 1,500" in make_view(boards.styled, SAY).state
    refused = replace(boards.styled, rows=(), coefficients=(), why="found 3 votes, expected at least 25")
    assert "found 3 votes" in make_view(refused, SAY).problem
    assert re.search("票，截至", make_view(boards.usual, find_words("zh")).state)
