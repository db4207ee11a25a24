"""Boards: what is said of the models, what it costs, and what another way to rate would say."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from fen.arena.board import Board, Moment, make_board, make_style_board
from fen.arena.paying import Cost, Worth, find_frontier, price_models
from fen.arena.rating.counts import BOTH_BAD, Counts, count_votes, empty_counts
from fen.arena.sensitivity import Sensitivity
from fen.arena.simulate import World
from fen.arena.standing import Rules, Standing, stand
from fen.arena.store.log import AnswerCost, Priced
from fen.arena.study import Study, drop_models, study_part
from fen.arena.survey import AnswerPaid, take_survey
from fen.ledger import Exchange
from fen.wire.money import Money
from tests.fakes.arena_log import dollars, draw_log
from tests.fakes.ballot_box import NOON

WORLD = World(np.array([-1.0, -0.4, 0.4, 1.0]), taste=0.3, style={"length": 0.5}, side=0.2)


@pytest.fixture(scope="module")
def log() -> list[Priced]:
    return draw_log(WORLD, 4_000)


@pytest.fixture(scope="module")
def studied(log: Sequence[Priced]) -> tuple[Counts, Study]:
    survey = take_survey(log)
    part = survey.pick()
    return count_votes(part.ballots), study_part(part, survey.last)


@pytest.fixture(scope="module")
def board(studied: tuple[Counts, Study]) -> Board:
    counts, study = studied
    return make_board(Moment(counts, NOON, 7, 4_000), study)


class TestSurvey:
    def test_boards_are_cut_by_category(self, log: Sequence[Priced]) -> None:
        survey = take_survey(log)
        assert len(survey.pick().ballots) == 4_000
        assert len(survey.pick("en").ballots) == 2_000
        assert len(survey.pick("nobody").ballots) == 0
        assert survey.last == 4_000

    def test_votes_that_do_not_count_are_not_on_it(self, log: Sequence[Priced]) -> None:
        first = log[0]
        void = replace(first, kept=replace(first.kept, vote=replace(first.kept.vote, void=("outlier",))))
        survey = take_survey([void, *log[1:10]])
        assert len(survey.ballots) == 9
        assert len(survey.answers) == 18

    def test_hidden_models_are_left_off_with_all_votes_on_them(self, log: Sequence[Priced]) -> None:
        part = take_survey(log).pick(hidden=["model-3"])
        assert part.ballots.models == ("model-0", "model-1", "model-2")
        assert {paid.model for paid in part.answers} == {"model-0", "model-1", "model-2"}

    def test_one_unknown_propensity_is_none_for_all(self, log: Sequence[Priced]) -> None:
        survey = take_survey([replace(log[0], propensity=0.0), *log[1:5]])
        assert survey.ballots.propensity is None

    def test_answers_that_broke_off_cost_nothing_here(self, log: Sequence[Priced]) -> None:
        broken = replace(log[0], left=(AnswerCost(dollars("9"), "interrupted"),))
        assert [paid.cost for paid in take_survey([broken]).answers] == [log[0].right[0].cost]


class TestCosts:
    def pay(self, model: str, *amounts: str | None, currency: str = "USD") -> list[AnswerPaid]:
        return [
            AnswerPaid(0, model, NOON, None if one is None else Money(Decimal(one), currency))
            for one in amounts
        ]

    def test_the_median_of_those_whose_price_is_known(self) -> None:
        found = price_models([*self.pay("x", "0.1", "0.5", "0.2", None), *self.pay("y", None)])
        assert found == {"x": Cost(dollars("0.2"), 3, 4), "y": Cost(None, 0, 1)}

    def test_another_currency_is_no_cost_without_a_rate(self) -> None:
        answers = [*self.pay("x", "0.1", "0.1"), *self.pay("y", "0.7", currency="CNY")]
        assert price_models(answers)["y"] == Cost(None, 0, 1)
        rates = {("CNY", "USD"): Exchange("CNY", "USD", Decimal("0.14"), "bank", NOON.date())}
        assert price_models(answers, rates)["y"] == Cost(dollars("0.098"), 1, 1)

    def row(self, model: str, rating: float | None, reach: float = 10) -> Standing:
        low, high = (None, None) if rating is None else (rating - reach, rating + reach)
        return Standing(model, rating, low, high, None, None, None, 9, 0.0)

    def test_who_is_dominated(self) -> None:
        rows = [self.row("best", 1200), self.row("dear", 1190), self.row("cheap", 900), self.row("poor", 800)]
        costs = {
            "best": Cost(dollars("2")),
            "dear": Cost(dollars("3")),
            "cheap": Cost(dollars("1")),
            "poor": Cost(dollars("2")),
        }
        assert find_frontier(rows, costs) == {
            "best": Worth(True),
            "dear": Worth(False, ("best",), surely=False),
            "cheap": Worth(True),
            "poor": Worth(False, ("best", "cheap"), surely=True),
        }

    def test_equals_do_not_dominate_each_other(self) -> None:
        rows = [self.row("a", 1000), self.row("b", 1000)]
        found = find_frontier(rows, dict.fromkeys("ab", Cost(dollars("1"))))
        assert found == dict.fromkeys("ab", Worth(True))

    def test_nothing_is_said_where_rating_or_cost_is_not_known(self) -> None:
        rows = [self.row("a", 1000), self.row("b", None)]
        assert find_frontier(rows, {"b": Cost(dollars("1"))}) == dict.fromkeys("ab", Worth())


class TestBoard:
    def test_its_ratings_are_the_standings(self, board: Board, studied: tuple[Counts, Study]) -> None:
        plain = stand(studied[0])
        assert [(row.model, row.rating) for row in board.rows] == [(one.model, one.rating) for one in plain]
        assert board.votes == 4_000

    def test_the_wider_interval_is_shown(self, board: Board, studied: tuple[Counts, Study]) -> None:
        plain = {one.model: one for one in stand(studied[0])}
        assert board.intervals == ("votes", "voters")
        widths = [(row.high or 0) - (row.low or 0) for row in board.rows]
        narrow = [(plain[row.model].high or 0) - (plain[row.model].low or 0) for row in board.rows]
        assert all(wide >= plain - 1e-9 for wide, plain in zip(widths, narrow, strict=True))
        assert sum(widths) > sum(narrow)

    def test_the_order_of_models_does_not_mix_up_the_covariance(
        self, board: Board, studied: tuple[Counts, Study]
    ) -> None:
        counts, study = studied
        order = [2, 0, 3, 1]
        turned = Counts(
            tuple(counts.models[at] for at in order), counts.table[np.ix_(range(4), order, order)]
        )
        again = make_board(Moment(turned, NOON), study)
        assert [row.model for row in again.rows] == [row.model for row in board.rows]
        assert [row.low for row in again.rows] == pytest.approx([row.low for row in board.rows])

    def test_a_covariance_of_other_models_is_not_used(self, studied: tuple[Counts, Study]) -> None:
        counts, study = studied
        fewer = drop_models(counts, ["model-0"])
        assert make_board(Moment(fewer, NOON), study).intervals == ("votes",)

    def test_costs_stand_beside_ratings(self, board: Board) -> None:
        costs = {row.model: row.cost for row in board.rows}
        assert costs == {f"model-{at}": dollars(f"0.00{at + 1}") for at in range(4)}
        assert all(row.frontier for row in board.rows)  # in this world each step up costs more
        assert sum(row.answers for row in board.rows) == 8_000

    def test_votes_to_flip_neighbours(self, board: Board) -> None:
        models = [row.model for row in board.rows]
        assert [(one.above, one.below) for one in board.flips] == list(itertools.pairwise(models))
        assert all(one.votes > 50 for one in board.flips)

    def test_both_bad_is_a_rate_of_its_own(self, board: Board, studied: tuple[Counts, Study]) -> None:
        assert board.both_bad == studied[0].table[BOTH_BAD].sum() / 4_000
        assert all(0 < (row.both_bad or 0) < 0.3 for row in board.rows)

    def test_hidden_models_are_left_off_and_preliminary_ones_marked(
        self, studied: tuple[Counts, Study]
    ) -> None:
        marked = Moment(studied[0], NOON, marks={"model-3": "hidden", "model-2": "preliminary"})
        board = make_board(marked)
        marks = {row.model: row.mark for row in board.rows}
        assert marks == {"model-0": "public", "model-1": "public", "model-2": "preliminary"}
        assert board.votes < 4_000
        assert "model-3" not in msgspec.json.encode(board).decode()

    def test_a_board_without_votes_says_so(self) -> None:
        board = make_board(Moment(empty_counts(["a", "b"]), NOON))
        assert [(row.rating, row.why) for row in board.rows] == [(None, "no votes")] * 2
        assert board.both_bad is None
        assert make_board(Moment(empty_counts([]), NOON)).rows == ()

    def test_it_is_json_and_comes_back(self, board: Board) -> None:
        assert msgspec.json.decode(msgspec.json.encode(board), type=Board) == board

    def test_an_anchor_stands_at_its_height(self, studied: tuple[Counts, Study]) -> None:
        board = make_board(Moment(studied[0], NOON, rules=Rules("model-1", 1500)))
        assert next(row.rating for row in board.rows if row.model == "model-1") == pytest.approx(1500)


class TestSensitivities:
    def by_way(self, board: Board) -> dict[str, Sensitivity]:
        return {one.way: one for one in board.sensitivities}

    def test_davidson_says_the_same_once_it_is_rescaled(self, board: Board) -> None:
        found = self.by_way(board)["davidson"]
        assert found.scale < 0.95  # half-ties draw strengths together
        assert found.most < 5
        assert found.swapped == ()

    def test_without_votes_against_both(self, board: Board) -> None:
        found = self.by_way(board)["without_both_bad"]
        assert 0 < found.most < 40
        assert sum(found.shift.values()) == pytest.approx(0, abs=1e-6)

    def test_even_propensities_change_nothing(self, board: Board) -> None:
        assert self.by_way(board)["inverse_propensity"].most == pytest.approx(0, abs=1e-6)

    def test_unknown_propensities_are_said(self, log: Sequence[Priced]) -> None:
        survey = take_survey([replace(one, propensity=0.0) for one in log[:500]])
        study = study_part(survey.pick(), survey.last)
        assert "chance" in study.sensitivities[2].why


class TestStyle:
    def test_style_and_side_are_taken_out_and_told(self, studied: tuple[Counts, Study]) -> None:
        counts, study = studied
        board = make_style_board(Moment(counts, NOON), study)
        assert board.style
        found = {one.name: one for one in board.coefficients}
        assert set(found) == {"length", "side"}
        assert 0.25 < found["length"].low < found["length"].value < found["length"].high
        assert found["side"].low < found["side"].value < found["side"].high
        assert [row.model for row in board.rows] == [f"model-{at}" for at in (3, 2, 1, 0)]
        assert board.rows[0].cost == dollars("0.004")
        msgspec.json.encode(board)

    def test_too_few_votes_are_said(self, log: Sequence[Priced]) -> None:
        survey = take_survey(log[:20])
        study = study_part(survey.pick(), survey.last)
        board = make_style_board(Moment(count_votes(survey.ballots), NOON), study)
        assert board.rows == ()
        assert "found 20 votes" in board.why

    def test_an_empty_log_can_be_studied(self) -> None:
        survey = take_survey([])
        study = study_part(survey.pick(), survey.last)
        assert study.clustered is None
        assert make_board(Moment(count_votes(survey.ballots), NOON), study).rows == ()
