"""Following a log whose numbers come out of order, and counting it."""

import itertools

from fen.arena.store import KeptVote
from fen.arena.store.log import Ruling
from fen.arena.tally import PATIENCE, Following, News, Tally, compare_counts, list_cells
from tests.fakes.ballot_box import make_battle, vote_for


def kept(number: int, **members) -> KeptVote:
    return KeptVote(number, "x", "y", vote_for(make_battle(f"b{number}"), **members))


def news(votes: list[KeptVote], *ruled: KeptVote) -> News:
    rulings = [Ruling(10 + place, one.id) for place, one in enumerate(ruled)]
    return News(votes, rulings, list(ruled), more=False)


class TestFollowing:
    def test_numbers_are_fresh_once(self) -> None:
        following = Following()
        assert following.take([1, 2], 0) == {1, 2}
        assert following.take([2, 3], 0) == {3}
        assert following.mark == 3

    def test_a_skipped_number_is_asked_for_until_it_comes(self) -> None:
        following = Following()
        following.take([1, 4], 0)
        assert following.list_skipped(1) == (2, 3)
        assert not following.has(3)
        assert following.take([3], 1) == {3}
        assert following.list_skipped(1) == (2,)
        assert following.has(3)

    def test_one_that_never_comes_is_given_up(self) -> None:
        following = Following()
        following.take([1, 3], 0)
        assert following.list_skipped(PATIENCE + 1) == ()

    def test_a_large_hole_is_not_asked_for_in_full(self) -> None:
        following = Following()
        following.take([1, 10_000_000], 0)
        assert len(following.list_skipped(1)) <= 2_000


class TestTally:
    def test_a_vote_adds_one_on_each_of_its_boards(self) -> None:
        tally = Tally()
        assert tally.take(news([kept(1, categories=("en",))]), 0)
        assert tally.categories == ("all", "en")
        for category in tally.categories:
            assert list_cells(tally.counts(category)) == {("left", "x", "y"): 1}

    def test_reading_it_again_adds_nothing(self) -> None:
        tally = Tally()
        tally.take(news([kept(1)]), 0)
        assert not tally.take(news([kept(1)]), 0)
        assert int(tally.counts().table.sum()) == 1

    def test_a_verdict_takes_it_back_and_another_puts_it_there_again(self) -> None:
        tally = Tally()
        tally.take(news([kept(1)]), 0)
        assert tally.take(news([], kept(1, void=("withdrawn",))), 0)
        assert list_cells(tally.counts()) == {}
        assert tally.take(news([], kept(1)), 0)
        assert int(tally.counts().table.sum()) == 1

    def test_a_verdict_that_changes_nothing_changes_nothing(self) -> None:
        tally = Tally()
        tally.take(news([kept(1)]), 0)
        assert not tally.take(news([], kept(1, flags=("mention:x",))), 0)

    def test_a_verdict_on_a_vote_that_was_not_read_yet_waits_for_it(self) -> None:
        tally = Tally()
        assert not tally.take(news([], kept(1)), 0)
        tally.take(news([kept(1)]), 0)
        assert int(tally.counts().table.sum()) == 1

    def test_a_board_without_votes_is_empty(self) -> None:
        assert Tally().counts("en").models == ()

    def test_it_grows_with_its_models(self) -> None:
        tally = Tally()
        names = [f"m{n}" for n in range(40)]
        votes = [
            KeptVote(n, left, right, vote_for(make_battle(f"b{n}")))
            for n, (left, right) in enumerate(itertools.pairwise(names), start=1)
        ]
        tally.take(news(votes), 0)
        assert list(tally.counts().models) == sorted(names)
        assert int(tally.counts().table.sum()) == 39

    def test_differences_are_told_in_words(self) -> None:
        one, other = Tally(), Tally()
        one.take(news([kept(1)]), 0)
        boards = [{"all": tally.counts()} for tally in (one, other)]
        assert compare_counts(*boards) == ("all: x / y left: found 1, expected 0",)
        assert compare_counts(boards[0], boards[0]) == ()
