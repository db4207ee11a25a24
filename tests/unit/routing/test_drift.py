"""Which stream revokes what, and when a watch begins anew."""

from itertools import cycle

import pytest

from fen.routing.decision import Decision, Estimate, Guarantee
from fen.routing.drift import Baseline, Losses, Ranks, Watch, Watches

PROVED = Guarantee("strong", ("cheap", "strong"), 0.05, 0.05, 0.3, 800, 20)
OTHER = Guarantee("strong", ("cheap", "strong"), 0.10, 0.05, 0.4, 800, 20)


def middle() -> float:
    return 0.5


def test_bets_are_fair_at_alpha_and_lose_nothing_to_debt() -> None:
    for alpha in (0.05, 0.3, 0.9):
        lost, kept = Losses(alpha), Losses(alpha)
        lost.see(1.0)
        kept.see(0.0)
        assert alpha * lost.wealth + (1 - alpha) * kept.wealth == pytest.approx(1.0)
        assert kept.wealth > 0.0


def test_bets_on_ranks_are_fair() -> None:
    wealths: list[float] = []
    for step in range(1000):
        ranks = Ranks([], lambda step=step: (step + 0.5) / 1000)
        ranks.see(1.0)
        wealths.append(ranks.wealth)
    assert sum(wealths) / 1000 == pytest.approx(1.0)
    assert wealths[-1] > wealths[0]


def test_a_watch_begins_anew_after_its_horizon() -> None:
    watch = Watch(PROVED, Baseline((0.5,) * 20, (0.5,) * 20), middle, horizon=10)
    for _ in range(9):
        watch.see(0.4, 0.4)
    assert watch.wealth > 1.0
    watch.see(0.4, 0.4)
    assert watch.wealth == pytest.approx(1.0)


def test_what_is_revoked_stays_so() -> None:
    watch = Watch(PROVED, Baseline(), middle, horizon=50)
    for _ in range(30):
        watch.check(1.0)
    assert watch.revoked
    for _ in range(200):
        watch.see(0.5, 0.5)
        watch.check(0.0)
    assert watch.revoked


def make_decision(guarantee: Guarantee | None, p: float = 0.9, familiarity: float = 0.9) -> Decision:
    estimates = (Estimate("cheap", 0.8, 0.7, 0.9, None, 10), Estimate("strong", p, 0.8, 1.0, None, 10))
    return Decision(
        "fen/auto", ("cheap", "strong"), "target", estimates, familiarity=familiarity, guarantee=guarantee
    )


def test_each_guarantee_is_watched_on_its_own() -> None:
    watches = Watches({}, middle)
    assert watches.holds("fen/auto", PROVED)
    for _ in range(30):
        watches.check(make_decision(PROVED), lost=True)
    assert not watches.holds("fen/auto", PROVED)
    assert watches.holds("fen/auto", OTHER)
    assert watches.holds("fen/other", PROVED)


def test_requests_and_feedback_reach_the_watch_of_their_guarantee() -> None:
    baseline = Baseline(tuple(step / 100 for step in range(50, 100)), (0.9,) * 50)
    watches = Watches({"strong": baseline}, cycle([0.2, 0.5, 0.8]).__next__)
    for _ in range(100):
        watches.see(make_decision(PROVED, familiarity=0.1))
        watches.see(make_decision(None, familiarity=0.1))
    assert not watches.holds("fen/auto", PROVED)
    for number in range(400):
        watches.feed("fen/auto", OTHER, 0.8, 1.0 if number < 200 else 0.0)
    assert not watches.holds("fen/auto", OTHER)


def test_what_was_revoked_stays_so_until_something_else_is_proved() -> None:
    baseline = Baseline((0.5, 0.6), (0.9, 0.8))
    before = Watches({"strong": baseline}, middle)
    for _ in range(30):
        before.check(make_decision(PROVED), lost=True)
    joined = Watches({"strong": baseline}, middle, before=before)
    assert not joined.holds("fen/auto", PROVED)
    assert joined.holds("fen/auto", OTHER)
    assert Watches({"strong": Baseline((0.5,), (0.9,))}, middle, before=before).holds("fen/auto", PROVED)
