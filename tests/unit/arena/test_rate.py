"""Rating a file: what is said of each model, of styles and of costs, and what is refused."""

import numpy as np
import pytest
from msgspec.structs import replace

from fen.arena.ballots import Ballots
from fen.arena.files import VoteTable
from fen.arena.rate import Wanted, find_median_costs, rate_votes
from fen.arena.rating.counts import count_votes
from fen.arena.rating.covariance import voter_covariance
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.scale import POINTS
from fen.arena.rating.style import fit_style
from fen.arena.rating.style_voters import style_voter_covariance
from fen.arena.simulate import World, draw_ballots, draw_world, find_truth
from fen.arena.standing import Rules, stand
from fen.storage.parquet import Coded
from fen.wire.errors import InvalidRequest

WORLD = World(draw_world(8, 3).strength, side=0.2, style={"length": 0.3, "bold": -0.2})
DRAWN = draw_ballots(WORLD, 60_000, 4)


def ballots(*votes: tuple[int, int, int], models: str = "abc") -> Ballots:
    left, right, outcome = (np.array(column) for column in zip(*votes, strict=True))
    return Ballots(tuple(models), left, right, outcome)


def ratings(table: VoteTable, wanted: Wanted) -> dict[str, float | None]:
    return {one.model: one.rating for one in rate_votes(table, wanted).models}


def test_a_plain_board_is_the_standings_of_the_counts() -> None:
    rated = rate_votes(VoteTable(DRAWN))
    for one, standing in zip(rated.models, stand(count_votes(DRAWN)), strict=True):
        assert (one.model, one.rating, one.low, one.high) == (
            standing.model,
            standing.rating,
            standing.low,
            standing.high,
        )
        assert one.davidson == pytest.approx(one.rating, abs=8)
        assert one.without_both_bad == pytest.approx(one.rating, abs=25)
    assert rated.votes == 60_000
    assert not rated.clustered


def test_endless_votes_give_the_truth() -> None:
    world = World(draw_world(5, 1).strength, nu=0.7, taste=0.5, side=0.4, style={"length": 0.6})
    drawn = draw_ballots(world, 400_000, 2, voters=100_000)
    found = ratings(VoteTable(drawn), Wanted(clustered=False))
    truth = 1000 + find_truth(world) * POINTS
    assert [found[name] for name in drawn.models] == pytest.approx(truth.tolist(), abs=4)


def test_style_is_taken_out_whatever_its_unit() -> None:
    rated = rate_votes(VoteTable(DRAWN), Wanted(style=True))
    inches = replace(DRAWN, style={**DRAWN.style, "length": DRAWN.style["length"] * 40})
    other = rate_votes(VoteTable(inches), Wanted(style=True))
    assert [one.style for one in rated.styles] == ["length", "bold", "side"]
    assert other.styles[0].value * 40 == pytest.approx(rated.styles[0].value, rel=1e-4)
    assert [one.rating for one in other.models] == pytest.approx([one.rating for one in rated.models])
    plain = fit_style(DRAWN)
    assert [one.value for one in rated.styles] == pytest.approx(plain.coefficient.tolist(), rel=1e-4)
    assert rated.styles[0].low < rated.styles[0].value < rated.styles[0].high


def test_a_style_in_which_nothing_differs_is_named_and_left_out() -> None:
    same = replace(DRAWN, style={**DRAWN.style, "lists": np.zeros(len(DRAWN))})
    rated = rate_votes(VoteTable(same), Wanted(style=True))
    assert rated.level == ("lists",)
    assert [one.style for one in rated.styles] == ["length", "bold", "side"]


def test_voters_widen_intervals_and_no_clustering_leaves_them() -> None:
    world = World(draw_world(6, 0).strength, taste=1.0)
    table = VoteTable(draw_ballots(world, 8_000, 1, voters=40))
    wide, narrow = rate_votes(table), rate_votes(table, Wanted(clustered=False))
    assert wide.clustered
    assert not narrow.clustered
    reach = [
        np.mean([(one.high or 0.0) - (one.low or 0.0) for one in board.models]) for board in (wide, narrow)
    ]
    assert reach[0] > 1.5 * reach[1]


def test_voters_and_style_together_are_those_of_voters_where_styles_say_nothing() -> None:
    world = World(draw_world(6, 0).strength, taste=1.0)
    drawn = draw_ballots(world, 20_000, 1, voters=100)
    fit = fit_counts(count_votes(drawn))
    styled = style_voter_covariance(fit_style(drawn, side=False), drawn)
    assert styled == pytest.approx(voter_covariance(fit, drawn), rel=0.02, abs=1e-6)
    random = np.random.default_rng(0)
    with_style = replace(drawn, style={"length": random.standard_normal(len(drawn))})
    rated = rate_votes(VoteTable(with_style), Wanted(style=True))
    assert [one.low for one in rated.models] == pytest.approx(
        [one.low for one in rate_votes(VoteTable(drawn)).models], abs=2
    )


def test_a_board_weighted_by_even_chances_is_the_plain_one() -> None:
    even = replace(DRAWN, propensity=np.full(len(DRAWN), 0.1))
    weighted = ratings(VoteTable(even), Wanted(weighted=True))
    plain = ratings(VoteTable(DRAWN), Wanted())
    assert list(weighted.values()) == pytest.approx(list(plain.values()))


def test_the_anchor_stands_at_its_height_and_only_shifts() -> None:
    plain = ratings(VoteTable(DRAWN), Wanted())
    moved = ratings(VoteTable(DRAWN), Wanted(Rules(anchor="model-3", height=1200.0)))
    assert moved["model-3"] == pytest.approx(1200)
    shifts = {round((moved[name] or 0) - (plain[name] or 0), 6) for name in plain}
    assert len(shifts) == 1


def test_the_median_cost_is_of_both_sides_and_of_known_ones() -> None:
    drawn = ballots((0, 1, 0), (1, 0, 0), (0, 2, 2))
    table = VoteTable(drawn, left_cost=np.array([1.0, 8.0, np.nan]), right_cost=np.array([2.0, 3.0, np.nan]))
    assert find_median_costs(table) == {"a": 2.0, "b": 5.0}
    assert find_median_costs(VoteTable(drawn)) == {}


def test_unrated_models_say_why_and_have_no_number() -> None:
    drawn = ballots((0, 1, 0), (1, 0, 0), (2, 0, 0), (2, 1, 0))
    last = rate_votes(VoteTable(drawn)).models[-1]
    assert (last.model, last.rating, last.rank_low) == ("c", None, None)
    assert last.why == "won every vote: no rating is the most likely one"
    alone = rate_votes(VoteTable(ballots((0, 1, 0))), Wanted(style=False))
    assert [one.rating for one in alone.models] == [None, None, None]


@pytest.mark.parametrize(
    ("table", "wanted", "told"),
    [
        (VoteTable(DRAWN), Wanted(Rules(anchor="gpt")), "anchor: found the models model-0"),
        (VoteTable(DRAWN), Wanted(clustered=True), "voter: found none, expected one of each vote"),
        (VoteTable(DRAWN), Wanted(weighted=True), "propensity: found votes without one"),
        (VoteTable(DRAWN), Wanted(style=True, weighted=True), "found both styles and weights"),
        (VoteTable(DRAWN), Wanted(category="zh"), "category: found none, expected zh"),
        (VoteTable(ballots((0, 1, 0))), Wanted(style=True), "style: found no column of numbers"),
        (
            VoteTable(replace(DRAWN, style={"length": np.where(np.arange(60_000) < 3, np.nan, 0.5)})),
            Wanted(style=True),
            "style: found 3 votes without length, expected it of each vote",
        ),
        (
            VoteTable(replace(DRAWN, style=dict.fromkeys("ab", DRAWN.style["length"]))),
            Wanted(style=True),
            "style: found covariates that say the same as each other",
        ),
        (
            VoteTable(replace(DRAWN, style={"won": np.array([1.0, -1.0, 0.0, 0.0])[DRAWN.outcome]})),
            Wanted(style=True),
            "style: found styles that tell the winner of every vote",
        ),
    ],
)
def test_what_cannot_be_rated_is_told(table: VoteTable, wanted: Wanted, told: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rate_votes(table, wanted)
    assert caught.value.message.startswith(told)


def test_a_category_is_rated_alone() -> None:
    table = VoteTable(DRAWN, category=Coded(("zh", "en,coding"), np.arange(60_000, dtype=np.int32) % 2))
    assert rate_votes(table, Wanted(category="coding")).votes == 30_000
