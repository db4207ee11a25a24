"""What a page shows of one board in one language: made once, and sent to all who look."""

from __future__ import annotations

from datetime import UTC

import msgspec

from fen.arena.board import Board
from fen.web.pages.board.charts import Options, draw_ratings, draw_value, measure_height
from fen.web.pages.board.tables import write_board, write_styles, write_ways
from fen.web.pages.words import Words


class View(msgspec.Struct, frozen=True):
    """A board to be shown.

    state: of which votes it is. problem: why it is not what was asked for. ratings, value: charts, None where
    there is nothing to draw. height: of the first, in pixels. table, styles, ways: HTML, or nothing.
    """

    votes: int
    state: str
    problem: str
    ratings: Options | None
    value: Options | None
    height: int
    table: str
    styles: str
    ways: str

    @property
    def shape(self) -> tuple[bool, ...]:
        """Which parts are there: while it stays, a page changes what is in its elements, and no element."""
        parts = (self.votes, self.problem, self.ratings, self.value, self.table, self.styles, self.ways)
        return tuple(map(bool, parts))


def make_view(board: Board, say: Words) -> View:
    """Return what is shown of a board."""
    problem = say("Style could not be taken out: {why}.", why=board.why) if board.why else ""
    return View(
        votes=board.votes,
        state=_tell_state(board, say),
        problem=problem,
        ratings=draw_ratings(board, say),
        value=draw_value(board, say),
        height=measure_height(board),
        table=write_board(board, say) if board.rows else "",
        styles=write_styles(board, say),
        ways=write_ways(board, say),
    )


def _tell_state(board: Board, say: Words) -> str:
    votes = say.number(board.votes)
    moment = f"{say.moment(board.made.astimezone(UTC))} UTC"
    said = [say("{votes} votes, as of {moment}", votes=votes, moment=moment)]
    if "voters" in board.intervals:
        said.append(say("intervals by votes and by voters, the wider of the two"))
    if board.style:
        said.append(say("style taken out, as of vote {number}", number=say.number(board.last)))
    elif board.studied is not None and board.studied < board.last:
        number = say.number(board.studied)
        said.append(say("costs and votes to flip as of vote {number}", number=number))
    return " · ".join(said)
