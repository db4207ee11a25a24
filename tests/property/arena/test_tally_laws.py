"""Laws of the live counts: what the log holds at the end is what they hold, however it was read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.arena.ballots import OUTCOMES
from fen.arena.store import KeptVote
from fen.arena.store.log import Ruling
from fen.arena.tally import News, Place, Tally, compare_counts
from fen.arena.vote import Vote
from tests.fakes.ballot_box import NOON
from tests.sizes import pick

MODELS = "abcdefghijklm"
CATEGORIES = ("en", "coding", "hard")

VOTES = st.lists(
    st.tuples(
        st.integers(0, len(MODELS) - 1),
        st.integers(1, len(MODELS) - 1),
        st.sampled_from(OUTCOMES),
        st.sets(st.sampled_from(CATEGORIES)),
        st.booleans(),
    ),
    max_size=40,
)


class Log:
    """A log as a database of several writers shows it: rows with numbers, some of them not visible yet."""

    def __init__(self) -> None:
        self.votes: dict[int, KeptVote] = {}
        self.rulings: dict[int, Ruling] = {}
        self.unseen: set[int] = set()
        self.unseen_rulings: set[int] = set()

    def read(self, place: Place, page: int) -> News:
        visible = {number: kept for number, kept in self.votes.items() if number not in self.unseen}
        new = sorted(number for number in visible if number > place.vote)[:page]
        votes = [visible[number] for number in new]
        votes += [visible[number] for number in place.votes_skipped if number in visible]
        shown = {number: one for number, one in self.rulings.items() if number not in self.unseen_rulings}
        told = sorted(number for number in shown if number > place.ruling)[:page]
        rulings = [shown[number] for number in told]
        rulings += [shown[number] for number in place.rulings_skipped if number in shown]
        changed = [visible[one.vote] for one in rulings if one.vote in visible]
        return News(votes, rulings, changed, len(new) == page or len(told) == page)


def follow(tally: Tally, log: Log, page: int = 1000) -> None:
    more = True
    while more:
        news = log.read(tally.place(0.0), page)
        tally.take(news, 0.0)
        more = news.more


def list_boards(tally: Tally) -> dict:
    return {category: tally.counts(category) for category in tally.categories}


def make_kept(number: int, drawn: tuple) -> KeptVote:
    left, step, outcome, categories, counts = drawn
    vote = Vote(
        f"b{number}", "v", outcome, NOON, () if counts else ("outlier",), categories=tuple(sorted(categories))
    )
    return KeptVote(number, MODELS[left], MODELS[(left + step) % len(MODELS)], vote)


@settings(max_examples=pick(100, 3_000))
@given(VOTES, st.data())
def test_live_counts_are_those_of_a_rebuild(drawn: list, data: st.DataObject) -> None:
    """Votes, voids, and voids taken back, some of them visible late, read in pieces of any size."""
    log, live = Log(), Tally()
    for number, vote in enumerate(drawn, start=1):
        log.votes[number] = make_kept(number, vote)
        if data.draw(st.booleans(), label="late"):
            log.unseen.add(number)
        if data.draw(st.booleans(), label="ruled"):
            turn(log, data.draw(st.integers(1, number)), data)
        if data.draw(st.booleans(), label="read"):
            follow(live, log, data.draw(st.integers(1, 5), label="page"))
        if data.draw(st.booleans(), label="shown"):
            log.unseen.clear()
            log.unseen_rulings.clear()
    log.unseen.clear()
    log.unseen_rulings.clear()
    follow(live, log)
    fresh = Tally()
    follow(fresh, log)
    assert compare_counts(list_boards(live), list_boards(fresh)) == ()
    assert int(live.counts().table.sum()) == sum(kept.vote.counts for kept in log.votes.values())


def turn(log: Log, number: int, data: st.DataObject) -> None:
    """Add a verdict on a vote that is visible: nobody can have judged another one."""
    if number in log.unseen:
        return
    kept = log.votes[number]
    void = () if data.draw(st.booleans(), label="counts") else ("withdrawn",)
    vote = Vote(kept.vote.battle, "v", kept.vote.outcome, NOON, void, categories=kept.vote.categories)
    log.votes[number] = KeptVote(number, kept.left, kept.right, vote)
    ruling = len(log.rulings) + 1
    log.rulings[ruling] = Ruling(ruling, number)
    if data.draw(st.booleans(), label="late ruling"):
        log.unseen_rulings.add(ruling)
