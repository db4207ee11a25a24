"""Laws that ratings keep, whatever the votes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.arena.ballots import Ballots
from fen.arena.rating.counts import Counts, count_codes, count_votes
from fen.arena.rating.covariance import vote_covariance
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.style import fit_style
from fen.arena.simulate import World, draw_ballots
from fen.arena.standing import stand
from tests.sizes import pick

N = 6
MODELS = tuple("abcdef")
VOTES = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(1, N - 1), st.integers(0, 3)), min_size=1, max_size=300
)
EXAMPLES = pick(60, 2_000)


def count(votes: list[tuple[int, int, int]]) -> Counts:
    left, step, outcome = (np.array(column) for column in zip(*votes, strict=True))
    return Counts(MODELS, count_codes(left, (left + step) % N, outcome, N))


@settings(max_examples=EXAMPLES)
@given(VOTES, st.randoms(use_true_random=False))
def test_the_order_of_votes_does_not_matter(votes: list[tuple[int, int, int]], random) -> None:
    shuffled = votes[:]
    random.shuffle(shuffled)
    assert (count(votes).table == count(shuffled).table).all()
    assert stand(count(votes)) == stand(count(shuffled))


@settings(max_examples=EXAMPLES)
@given(VOTES, VOTES)
def test_a_void_is_as_if_it_had_never_been_cast(kept: list, voided: list) -> None:
    """Counts are whole numbers: what is taken back leaves nothing behind."""
    both = count(kept + voided).table - count(voided).table
    assert (both == count(kept).table).all()


@settings(max_examples=EXAMPLES)
@given(VOTES)
def test_relabelling_sides_changes_nothing(votes: list[tuple[int, int, int]]) -> None:
    counts = count(votes)
    table = counts.table.transpose(0, 2, 1).copy()
    table[[0, 1]] = table[[1, 0]]
    turned = Counts(MODELS, table)
    assert (turned.wins() == counts.wins()).all()
    assert [one.rating for one in stand(turned)] == pytest.approx([one.rating for one in stand(counts)])


@settings(max_examples=EXAMPLES)
@given(VOTES, st.integers(2, 1000))
def test_k_times_the_votes_leave_the_ratings_and_divide_the_covariance(votes: list, k: int) -> None:
    counts = count(votes)
    fit, more = fit_counts(counts), fit_counts(Counts(MODELS, counts.table * k))
    assert (fit.rated == more.rated).all()
    assert more.strength == pytest.approx(fit.strength, abs=1e-5)
    assert more.information == pytest.approx(fit.information * k, rel=1e-4, abs=1e-6)


def test_k_times_the_votes_divide_the_sandwich_where_leverage_is_small() -> None:
    counts = count_votes(draw_ballots(World(np.linspace(-1, 1, N)), 50_000, 0))
    once = vote_covariance(fit_counts(counts), counts)
    many = Counts(counts.models, counts.table * 10)
    assert vote_covariance(fit_counts(many), many) * 10 == pytest.approx(once, rel=2e-3)


@settings(max_examples=pick(10, 100))
@given(st.integers(0, 2**31))
def test_swapping_sides_negates_the_coefficient_of_the_side_only(seed: int) -> None:
    world = World(np.linspace(-1, 1, N), side=0.3, style={"length": 0.2})
    drawn = draw_ballots(world, 5_000, seed)
    swapped = Ballots(
        drawn.models,
        drawn.right,
        drawn.left,
        np.array([1, 0, 2, 3])[drawn.outcome],
        style={name: -column for name, column in drawn.style.items()},
    )
    one, other = fit_style(drawn), fit_style(swapped)
    assert other.strength == pytest.approx(one.strength, abs=1e-6)
    assert other.coefficient == pytest.approx([one.coefficient[0], -one.coefficient[1]], abs=1e-6)


@settings(max_examples=EXAMPLES)
@given(VOTES)
def test_a_model_is_rated_where_wins_tie_it_to_the_others_and_else_has_no_number(votes: list) -> None:
    counts = count(votes)
    standings = stand(counts)
    assert sorted(one.model for one in standings) == list(MODELS)
    for one in standings:
        if one.rating is None:
            assert one.why
            assert one.low is one.high is one.rank_low is one.rank_high is one.group is None
        else:
            assert one.low is not None
            assert one.high is not None
            assert one.low <= one.rating <= one.high
            assert np.isfinite(one.rating)
