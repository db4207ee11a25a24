"""What many votes say of each model, and how sure that is."""

import numpy as np
import pytest
from scipy.special import expit

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating import fit as fit_module
from fen.arena.rating.counts import LEFT, Counts, count_votes, empty_counts
from fen.arena.rating.covariance import vote_covariance, voter_covariance
from fen.arena.rating.davidson import find_scale, fit_davidson
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.flips import votes_to_flip
from fen.arena.rating.newton import Look, climb
from fen.arena.rating.ranks import rank_models
from fen.arena.rating.scale import POINTS, to_points
from fen.arena.rating.style import SIDE, add_vote, fit_style
from fen.arena.rating.weighted import fit_weighted, weigh_votes
from fen.arena.simulate import World, draw_ballots, draw_world


def ballots(*votes: tuple[int, int, int], models: int = 3) -> Ballots:
    left, right, outcome = (np.array(column) for column in zip(*votes, strict=True))
    return Ballots(tuple("abcdefgh"[:models]), left, right, outcome)


class TestCounts:
    def test_each_vote_is_counted_by_its_outcome_and_sides(self) -> None:
        counts = count_votes(ballots((0, 1, 0), (0, 1, 0), (1, 0, 1), (1, 2, 2), (2, 1, 3)))
        assert counts.table.sum() == 5
        assert counts.table[:, 0, 1].tolist() == [2, 0, 0, 0]
        assert counts.table[:, 1, 0].tolist() == [0, 1, 0, 0]
        assert counts.wins()[0, 1] == 3
        assert counts.wins()[1, 2] == counts.wins()[2, 1] == 1
        assert counts.wins(both_bad=False)[1, 2] == 0.5
        assert counts.votes().tolist() == [3, 5, 2]

    def test_many_votes_are_counted_block_by_block(self) -> None:
        many = draw_ballots(draw_world(7, 0), 200_000, 1)
        counts = count_votes(many)
        expected = np.zeros_like(counts.table)
        np.add.at(expected, (many.outcome, many.left, many.right), 1)
        assert (counts.table == expected).all()


class TestFit:
    def test_two_models_are_as_far_apart_as_the_odds(self) -> None:
        fit = fit_counts(count_votes(ballots(*[(0, 1, 0)] * 30, *[(1, 0, 0)] * 10, models=2)))
        assert fit.strength[0] - fit.strength[1] == pytest.approx(np.log(3))
        assert fit.strength.sum() == pytest.approx(0)

    def test_their_variance_is_that_of_a_logit(self) -> None:
        counts = count_votes(ballots(*[(0, 1, 0)] * 300, *[(1, 0, 0)] * 100, models=2))
        fit = fit_counts(counts)
        covariance = vote_covariance(fit, counts)
        apart = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        assert apart == pytest.approx(1 / 300 + 1 / 100, rel=0.01)

    def test_strengths_are_found_again(self) -> None:
        world = draw_world(30, 3)
        truth = World(world.strength, nu=0.0, both_bad=0.0)
        counts = count_votes(draw_ballots(truth, 300_000, 4))
        fit = fit_counts(counts)
        error = np.sqrt(np.diag(vote_covariance(fit, counts)))
        assert np.abs((fit.strength - truth.strength) / error).max() < 4

    def test_who_only_won_or_only_lost_is_not_rated(self) -> None:
        counts = count_votes(ballots((0, 1, 0), (1, 0, 0), (0, 2, 0), (1, 2, 0), models=4))
        assert fit_counts(counts).rated.tolist() == [0, 1]

    def test_a_board_without_votes_rates_nobody(self) -> None:
        counts = empty_counts(("a", "b"))
        fit = fit_counts(counts)
        assert len(fit.rated) == 0
        assert vote_covariance(fit, counts).shape == (0, 0)

    def test_the_larger_of_two_separate_parts_is_rated(self) -> None:
        one = [(0, 1, 0), (1, 0, 0)]
        other = [(2, 3, 0), (3, 2, 0)] * 5
        assert fit_counts(count_votes(ballots(*one, *other, models=4))).rated.tolist() == [2, 3]

    def test_a_prior_draws_a_thin_board_together_and_a_thick_one_hardly(self) -> None:
        votes = [(0, 1, 0)] * 3 + [(1, 0, 0)]
        thin, thick = (count_votes(ballots(*votes * times, models=2)) for times in (1, 1000))
        for counts, most in ((thin, 0.8), (thick, 1.0)):
            free, held = fit_counts(counts), fit_counts(counts, prior=2.0)
            assert held.strength[0] < free.strength[0]
            assert held.strength[0] / free.strength[0] < most
        assert held.strength[0] == pytest.approx(free.strength[0], rel=0.01)

    def test_strengths_with_a_prior_are_the_most_likely_that_add_up_to_0(self) -> None:
        counts = count_votes(draw_ballots(draw_world(40, 0), 3_000, 1))
        wins, strength = counts.wins(), fit_counts(counts, prior=50.0).strength
        beats = expit(strength[:, None] - strength[None, :])
        slope = (wins - (wins + wins.T) * beats).sum(axis=1) + 50.0 * (0.5 - expit(strength))
        assert strength.sum() == pytest.approx(0, abs=1e-9)
        assert slope == pytest.approx(np.full(40, slope.mean()), abs=1e-6)  # along the only other way

    def test_a_warm_start_ends_at_the_same_strengths(self) -> None:
        counts = count_votes(draw_ballots(draw_world(10, 0), 2_000, 1))
        cold = fit_counts(counts)
        warm = fit_counts(counts, start=np.linspace(-1, 1, 10))
        assert warm.strength == pytest.approx(cold.strength, abs=1e-6)


class TestClimb:
    """Minus log cosh, whose whole steps lead ever farther away from beyond 1.09 on."""

    def look(self, place: Floats) -> Look:
        self.looks += 1
        if np.abs(place).max() > 20:
            return Look(float("nan"), place, np.eye(2))  # as where a sum of exponentials ends
        return Look(-float(np.log(np.cosh(place)).sum()), -np.tanh(place), np.diag(1 / np.cosh(place) ** 2))

    @pytest.mark.parametrize("start", [0.5, 2.0, -3.0, -6.0])
    def test_the_maximum_is_found_in_few_looks(self, start: float) -> None:
        self.looks = 0
        step = lambda seen: np.linalg.solve(seen.information, seen.gradient)  # noqa: E731
        place, last = climb(self.look, step, np.array([start, 0.1]), 1e-9)
        assert place == pytest.approx([0.0, 0.0], abs=1e-9)
        assert last.value == pytest.approx(0.0, abs=1e-8)
        assert self.looks < 30

    @pytest.mark.parametrize("prior", [0.0, 2.0, 500.0])
    def test_a_board_settles_in_few_looks(self, prior: float, monkeypatch: pytest.MonkeyPatch) -> None:
        looks = []
        look = fit_module._look
        monkeypatch.setattr(fit_module, "_look", lambda *given: looks.append(1) or look(*given))
        fit_counts(count_votes(draw_ballots(draw_world(40, 0), 20_000, 1)), prior=prior)
        assert 2 <= len(looks) <= 8


class TestVoters:
    def test_one_vote_each_gives_the_covariance_by_votes(self) -> None:
        drawn = draw_ballots(draw_world(8, 0), 20_000, 1)
        alone = Ballots(drawn.models, drawn.left, drawn.right, drawn.outcome, np.arange(len(drawn)))
        counts = count_votes(alone)
        fit = fit_counts(counts)
        assert voter_covariance(fit, alone) == pytest.approx(vote_covariance(fit, counts), rel=1e-3)

    def test_tastes_widen_it(self) -> None:
        world = World(draw_world(8, 0).strength, taste=1.0)
        drawn = draw_ballots(world, 20_000, 1, voters=200)
        counts = count_votes(drawn)
        fit = fit_counts(counts)
        by_voter, by_vote = voter_covariance(fit, drawn), vote_covariance(fit, counts)
        assert (np.diag(by_voter) > 1.3 * np.diag(by_vote)).all()

    def test_without_voters_it_says_so(self) -> None:
        drawn = draw_ballots(draw_world(3, 0), 100, 1)
        with pytest.raises(ValueError, match="voters"):
            voter_covariance(fit_counts(count_votes(drawn)), drawn)


class TestRanks:
    def test_models_far_apart_have_one_rank_each(self) -> None:
        ranks = rank_models(np.array([2.0, 0.0, -2.0]), np.eye(3) * 1e-4)
        assert ranks.low.tolist() == ranks.high.tolist() == ranks.group.tolist() == [1, 2, 3]

    def test_models_that_are_not_told_apart_share_a_group(self) -> None:
        ranks = rank_models(np.array([0.01, 0.0, -2.0]), np.eye(3) * 1e-2)
        assert ranks.low.tolist() == [1, 1, 3]
        assert ranks.high.tolist() == [2, 2, 3]
        assert ranks.group.tolist() == [1, 1, 2]

    def test_the_critical_value_of_two_models_is_the_normal_one(self) -> None:
        assert rank_models(np.zeros(2), np.eye(2)).critical == pytest.approx(1.96, abs=0.1)

    def test_more_models_need_a_wider_gap(self) -> None:
        few, many = (rank_models(np.zeros(n), np.eye(n)).critical for n in (3, 30))
        assert few < many


class TestTies:
    def test_davidson_finds_the_weight_of_ties_and_the_strengths(self) -> None:
        world = World(draw_world(20, 5).strength, nu=0.7)
        fit = fit_davidson(count_votes(draw_ballots(world, 200_000, 6)))
        assert fit.nu == pytest.approx(0.7, abs=0.02)
        assert fit.strength == pytest.approx(world.strength, abs=0.06)

    def test_half_ties_compress_the_scale(self) -> None:
        world = World(draw_world(20, 5).strength, nu=0.7)
        counts = count_votes(draw_ballots(world, 200_000, 6))
        scale = find_scale(fit_davidson(counts).strength, fit_counts(counts).strength)
        assert scale == pytest.approx(0.73, abs=0.03)

    def test_without_ties_it_is_bradley_terrys(self) -> None:
        counts = count_votes(draw_ballots(World(draw_world(6, 0).strength, nu=0.0), 5_000, 1))
        assert fit_davidson(counts).strength == pytest.approx(fit_counts(counts).strength, abs=1e-6)


TRUTH = {"length": 0.25, "bold": -0.12}


class TestStyle:
    def test_coefficients_are_not_shrunk(self) -> None:
        world = World(draw_world(20, 0).strength, nu=0.0, side=0.15, style=TRUTH)
        fit = fit_style(draw_ballots(world, 200_000, 1))
        error = np.sqrt(np.diag(fit.covariance))[len(fit.strength) :]
        expected = [*TRUTH.values(), 0.15]
        assert fit.names == (*TRUTH, SIDE)
        assert (np.abs(fit.coefficient - expected) < 4 * error).all()

    def test_a_style_that_follows_the_models_is_taken_out_of_their_strengths(self) -> None:
        world = World(np.zeros(6), nu=0.0)
        random = np.random.default_rng(0)
        drawn = draw_ballots(world, 100_000, 1)
        wordy = np.linspace(-1, 1, 6)
        length = wordy[drawn.left] - wordy[drawn.right] + random.normal(0, 1, len(drawn))
        won = random.random(len(drawn)) < 1 / (1 + np.exp(-0.5 * length))
        styled = Ballots(drawn.models, drawn.left, drawn.right, np.where(won, 0, 1), style={"length": length})
        plain, controlled = fit_counts(count_votes(styled)), fit_style(styled)
        assert np.abs(plain.strength).max() > 0.3
        assert np.abs(controlled.strength).max() < 0.05

    def test_a_vote_more_moves_it_as_a_refit_does(self) -> None:
        world = World(draw_world(5, 0).strength, nu=0.0, style=TRUTH)
        drawn = draw_ballots(world, 3_001, 1)
        less = Ballots(
            drawn.models,
            drawn.left[:-1],
            drawn.right[:-1],
            drawn.outcome[:-1],
            style={name: column[:-1] for name, column in drawn.style.items()},
        )
        last = [*(column[-1] for column in drawn.style.values()), 1.0]
        scored = [1.0, 0.0, 0.5, 0.5][drawn.outcome[-1]]
        before = fit_style(less)
        quick = add_vote(before, int(drawn.left[-1]), int(drawn.right[-1]), scored, np.array(last))
        whole = fit_style(drawn)
        assert np.abs(before.strength - whole.strength).max() > 1e-5
        assert quick.strength == pytest.approx(whole.strength, abs=2e-6)
        assert quick.coefficient == pytest.approx(whole.coefficient, abs=2e-6)

    def test_covariates_that_say_the_same_are_refused(self) -> None:
        drawn = draw_ballots(draw_world(4, 0), 1_000, 1)
        column = np.random.default_rng(0).normal(size=len(drawn))
        same = Ballots(
            drawn.models, drawn.left, drawn.right, drawn.outcome, style={"a": column, "b": column.copy()}
        )
        with pytest.raises(ValueError, match="say the same"):
            fit_style(same)


class TestWeighted:
    def test_uneven_drawing_is_undone(self) -> None:
        drawn = draw_ballots(World(draw_world(10, 0).strength), 400_000, 1)
        chance = np.where((drawn.left + drawn.right) % 2 == 0, 0.9, 0.1)
        kept = np.random.default_rng(2).random(len(drawn)) < chance
        less = Ballots(
            drawn.models,
            drawn.left[kept],
            drawn.right[kept],
            drawn.outcome[kept],
            propensity=chance[kept],
        )
        fit, covariance = fit_weighted(weigh_votes(less))
        whole = fit_counts(count_votes(drawn))
        assert np.abs((fit.strength - whole.strength) / np.sqrt(np.diag(covariance))).max() < 4

    def test_equal_propensities_change_nothing(self) -> None:
        drawn = draw_ballots(draw_world(6, 0), 5_000, 1)
        even = Ballots(
            drawn.models, drawn.left, drawn.right, drawn.outcome, propensity=np.full(len(drawn), 0.25)
        )
        fit, _ = fit_weighted(weigh_votes(even))
        assert fit.strength == pytest.approx(fit_counts(count_votes(drawn)).strength)

    def test_a_missing_propensity_is_refused(self) -> None:
        with pytest.raises(ValueError, match="propensity"):
            weigh_votes(draw_ballots(draw_world(3, 0), 10, 1))


class TestFlips:
    def test_the_fewest_votes_that_turn_a_pair_around(self) -> None:
        counts = count_votes(draw_ballots(draw_world(6, 0), 5_000, 1))
        above, below, *_ = np.argsort(-fit_counts(counts).strength).tolist()
        needed = votes_to_flip(counts, above, below)
        assert needed > 1
        for more, ahead in ((needed - 1, True), (needed, False)):
            table = counts.table.copy()
            table[LEFT, below, above] += more
            strength = fit_counts(Counts(counts.models, table)).strength
            assert bool(strength[above] > strength[below]) is ahead

    def test_none_where_it_is_already_so(self) -> None:
        counts = count_votes(draw_ballots(draw_world(6, 0), 5_000, 1))
        *_, last = np.argsort(-fit_counts(counts).strength).tolist()
        first = int(np.argmax(fit_counts(counts).strength))
        assert votes_to_flip(counts, last, first) == 0


class TestScale:
    def test_odds_of_ten_to_one_are_400_points(self) -> None:
        points = to_points(np.array([np.log(10), 0.0]), anchor=1, height=1200.0)
        assert points == pytest.approx([1600.0, 1200.0])
        assert pytest.approx(173.7178) == POINTS
