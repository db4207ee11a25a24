"""Who meets whom."""

import numpy as np
import pytest

from fen.arena.ballots import Floats
from fen.arena.rating.counts import LEFT, RIGHT, Counts, count_votes, empty_counts
from fen.arena.rating.covariance import vote_covariance
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.scale import POINTS
from fen.arena.sampling import expect_gains, plan_draw
from fen.arena.simulate import World, draw_ballots, draw_outcomes, draw_world


def counted(models: int = 6, votes: int = 2_000) -> Counts:
    return count_votes(draw_ballots(draw_world(models, 0), votes, 1))


class TestChances:
    def test_they_add_up_to_one_and_none_is_below_the_floors_part(self) -> None:
        draw = plan_draw(counted(), floor=0.3)
        assert draw.chance.sum() == pytest.approx(1)
        assert draw.chance.min() >= 0.3 / 15 - 1e-12

    def test_a_board_without_votes_draws_evenly(self) -> None:
        draw = plan_draw(empty_counts(("a", "b", "c")))
        assert draw.chance == pytest.approx([1 / 3] * 3)

    def test_a_newcomer_is_drawn_more_often(self) -> None:
        counts = counted()
        draw = plan_draw(counts, [*counts.models, "newcomer"])
        new = (draw.first == 6) | (draw.second == 6)
        assert draw.chance[new].sum() > 0.7

    def test_who_plays_no_more_is_not_drawn(self) -> None:
        counts = counted()
        draw = plan_draw(counts, counts.models[:3])
        pairs = {draw.pick(np.random.default_rng(seed)).left for seed in range(50)}
        assert pairs <= set(counts.models[:3])

    def test_one_model_alone_cannot_play(self) -> None:
        with pytest.raises(ValueError, match="two models"):
            plan_draw(empty_counts(("a",)))

    def test_a_floor_of_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="floor"):
            plan_draw(counted(), floor=0.0)


class TestPicking:
    def test_pairs_come_as_often_as_their_chance_says_and_on_both_sides(self) -> None:
        draw, random = plan_draw(counted(4)), np.random.default_rng(0)
        picked = [draw.pick(random) for _ in range(20_000)]
        for at, chance in enumerate(draw.chance):
            names = {draw.models[draw.first[at]], draw.models[draw.second[at]]}
            those = [pair for pair in picked if {pair.left, pair.right} == names]
            assert len(those) / len(picked) == pytest.approx(chance, abs=0.015)
            assert all(pair.propensity == pytest.approx(chance) for pair in those)
        lefts = sum(
            pair.left == draw.models[0] for pair in picked if draw.models[0] in (pair.left, pair.right)
        )
        rights = sum(pair.right == draw.models[0] for pair in picked)
        assert lefts == pytest.approx(rights, rel=0.1)


def test_a_gain_is_by_how_much_one_vote_lowers_the_trace() -> None:
    counts = counted(5, 500)
    wins = counts.wins()
    gains = expect_gains(wins)
    fit = fit_counts(counts, prior=1.0)

    def trace(information: Floats) -> float:
        return float(np.trace(np.linalg.inv(information + np.eye(5) * 1e-9)))

    chance = fit.chances()[1, 3]
    step = np.zeros(5)
    step[1], step[3] = 1, -1
    more = fit.information + np.outer(step, step) * chance * (1 - chance)
    assert gains[1, 3] == pytest.approx(trace(fit.information) - trace(more), rel=1e-6)


def test_newcomers_are_rated_with_fewer_votes_than_by_drawing_evenly() -> None:
    """Thirty models of which five are new: how sure they are after as many votes either way."""
    random = np.random.default_rng(0)
    world = World(draw_world(30, 1).strength)
    begun = count_votes(draw_ballots(World(world.strength[:25]), 60_000, 2)).table
    table = np.zeros((4, 30, 30), np.int64)
    table[:, :25, :25] = begun

    def vote(floor: float) -> float:
        counts = Counts(tuple(f"m{at:02d}" for at in range(30)), table.copy())
        for _ in range(30):
            draw = plan_draw(counts, floor=floor)
            at = random.choice(len(draw.chance), 100, p=draw.chance / draw.chance.sum())
            left, right = draw.first[at], draw.second[at]
            outcome = draw_outcomes(world.strength[left] - world.strength[right], world, random)
            np.add.at(counts.table, (outcome, left, right), 1)
        fit = fit_counts(counts)
        error = np.sqrt(np.diag(vote_covariance(fit, counts))) * POINTS
        return float(error[25:].mean())

    learning, evenly = vote(0.2), vote(1.0)
    assert learning < 0.6 * evenly


def test_counts_are_the_only_thing_that_is_read() -> None:
    counts = counted(3, 300)
    turned = counts.table.transpose(0, 2, 1).copy()
    turned[[LEFT, RIGHT]] = turned[[RIGHT, LEFT]]
    assert plan_draw(Counts(counts.models, turned)).chance == pytest.approx(plan_draw(counts).chance)
