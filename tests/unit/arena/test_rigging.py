"""Finding voters whose votes no honest taste explains, and what holds a pair in its order."""

import numpy as np
import pytest

from fen.arena.ballots import Ballots
from fen.arena.influence import audit_pair
from fen.arena.rating.counts import LEFT, RIGHT, TIE
from fen.arena.rigging import Watch, examine_voters, find_outliers
from fen.arena.simulate import World, draw_ballots
from tests.sizes import pick

WORLD = World(np.linspace(-1.5, 1.5, 8), nu=0.6, taste=0.4)
HONEST = 100
NAMES = tuple(f"v{n}" for n in range(HONEST))


def add_voter(board: Ballots, votes: int, seed: int, decide) -> Ballots:
    """The board with one more voter; `decide` gives outcomes from left, right, and chance."""
    random = np.random.default_rng(seed)
    n = len(board.models)
    left = random.integers(0, n, votes)
    right = (left + random.integers(1, n, votes)) % n
    outcome = np.array([decide(a, b, random) for a, b in zip(left, right, strict=True)])
    assert board.voter is not None
    return Ballots(
        board.models,
        np.concatenate([board.left, left]),
        np.concatenate([board.right, right]),
        np.concatenate([board.outcome, outcome]),
        np.concatenate([board.voter, np.full(votes, HONEST)]),
    )


def draw(seed: int = 0, votes: int = 6_000) -> Ballots:
    return draw_ballots(WORLD, votes, seed, HONEST)


RIGGERS = {
    "always_left": lambda a, b, random: LEFT,
    "always_right": lambda a, b, random: RIGHT,
    "contrary": lambda a, b, random: LEFT if a < b else RIGHT,
    "for_model": lambda a, b, random: LEFT if 2 in (a, b) and a == 2 else RIGHT if b == 2 else TIE,
    "against_model": lambda a, b, random: LEFT if 6 in (a, b) and b == 6 else RIGHT if a == 6 else TIE,
}


class TestOutliers:
    @pytest.mark.parametrize("pattern", RIGGERS)
    def test_a_rigger_is_found_and_told_for_what_it_does(self, pattern: str) -> None:
        votes = 300 if "model" in pattern else 150
        board = add_voter(draw(), votes, 1, RIGGERS[pattern])
        [found] = find_outliers(board, [*NAMES, "rigger"])
        assert found.voter == "rigger"
        assert found.pattern == pattern
        assert found.adjusted < 0.01
        expected = {"for_model": "model-2", "against_model": "model-6"}.get(pattern)
        assert found.model == expected

    def test_honest_voters_with_tastes_are_left_alone(self) -> None:
        boards = pick(5, 200)
        flagged = [find_outliers(draw(seed), NAMES) for seed in range(boards)]
        assert sum(map(bool, flagged)) <= 0.01 * boards + 1

    def test_p_values_are_corrected_for_all_who_were_tested(self) -> None:
        tested = examine_voters(draw(), NAMES)
        assert len(tested) == HONEST
        assert all(one.p <= one.adjusted <= 1 for one in tested)
        assert [one.p for one in tested] == sorted(one.p for one in tested)
        assert tested[0].adjusted == min(1.0, tested[0].p * HONEST)

    def test_few_votes_are_not_tested(self) -> None:
        board = add_voter(draw(), 9, 1, RIGGERS["always_left"])
        assert "rigger" not in {one.voter for one in examine_voters(board, [*NAMES, "rigger"])}

    def test_ties_are_no_evidence(self) -> None:
        board = add_voter(draw(), 200, 1, lambda a, b, random: TIE)
        assert "rigger" not in {one.voter for one in examine_voters(board, [*NAMES, "rigger"])}

    def test_a_stricter_taste_finds_more(self) -> None:
        strict = examine_voters(draw(), NAMES, Watch(taste=0.0))
        usual = {one.voter: one.p for one in examine_voters(draw(), NAMES)}
        assert all(one.p <= usual[one.voter] + 1e-12 for one in strict)

    def test_voters_have_to_be_known(self) -> None:
        with pytest.raises(ValueError, match="without voters"):
            examine_voters(draw_ballots(WORLD, 100, 0), ())

    def test_an_empty_board_has_nobody(self) -> None:
        nothing = np.zeros(0, np.int32)
        assert examine_voters(Ballots((), nothing, nothing, nothing, nothing), ()) == ()


class TestInfluence:
    def test_a_voter_who_holds_a_pair_is_named(self) -> None:
        level = World(np.zeros(4), nu=0.3)
        board = draw_ballots(level, 1_000, 3, HONEST)
        rigged = add_voter(board, 300, 1, lambda a, b, random: LEFT if a == 1 else RIGHT if b == 1 else TIE)
        found = audit_pair(rigged, [*NAMES, "rigger"], "model-1", "model-2")
        assert found.lead > 0
        assert found.pushes[0].voter == "rigger"
        assert found.pushes[0].votes == 300
        assert found.voters is not None
        assert 1 <= found.voters < 30
        assert found.votes > 10

    def test_pushes_are_what_dropping_a_voter_changes(self) -> None:
        board = draw()
        found = audit_pair(board, NAMES, "model-7", "model-6")
        assert board.voter is not None
        first = found.pushes[0]
        kept = board.voter != NAMES.index(first.voter)
        fewer = Ballots(
            board.models, board.left[kept], board.right[kept], board.outcome[kept], board.voter[kept]
        )
        without = audit_pair(fewer, NAMES, "model-7", "model-6")
        assert found.lead - without.lead == pytest.approx(first.points, rel=0.1)

    def test_an_unrated_model_is_refused(self) -> None:
        with pytest.raises(ValueError, match="expected a model that is rated"):
            audit_pair(draw(), NAMES, "model-7", "nobody")
