"""Another policy on logged decisions, and the standing of routes."""

from decimal import Decimal

import numpy as np
import pytest

from fen.routing.asked import Asked
from fen.routing.decision import Decision, Guarantee
from fen.routing.explore import Plan
from fen.routing.pace import Spent
from fen.routing.replay import Rated, evaluate
from fen.routing.router import Router
from fen.routing.standing import Running
from fen.routing.target import Absolute, Cascade
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from tests.fakes.expecting import Told, offer, route, usd

POOL = ("a/small", "b/large")


def log(n: int, explore: float = 0.05, cascade: Cascade | None = None) -> list[Rated]:
    """Decisions of a route that asks for .5, where the small model is right by 60% and the large by 90%."""
    random = np.random.default_rng(0)
    told = Told({"a/small": (0.7, 0.001), "b/large": (0.8, 0.01)})
    router = Router(told, random.random)
    policy = route(Absolute(0.5), POOL, explore=explore, cascade=cascade)
    rows: list[Rated] = []
    for _ in range(n):
        decision = router.decide(Asked("x"), offer(*POOL), policy)
        truth = 0.9 if decision.first == "b/large" else 0.6
        rows.append(Rated(decision, float(random.random() < truth)))
    return rows


def test_a_stricter_policy_is_worth_what_its_model_is() -> None:
    worth = evaluate(log(6000), route(Absolute(0.75), POOL))
    assert worth.logged == pytest.approx(0.6, abs=0.03)
    for value in (worth.ips, worth.snips, worth.dr):
        low, high = value.interval()
        assert low <= 0.9 <= high
        assert value.reliable
    # The small one's answers count for nothing: one in forty was the large one's.
    assert worth.snips.effective == pytest.approx(6000 / 40, rel=0.2)


def test_the_logged_policy_is_worth_what_it_scored() -> None:
    rows = log(2000)
    worth = evaluate(rows, route(Absolute(0.5), POOL, explore=0.05))
    assert worth.snips.mean == pytest.approx(worth.logged)
    assert worth.ips.mean == pytest.approx(worth.logged)


def test_what_nobody_drew_is_not_guessed() -> None:
    with pytest.raises(InvalidRequest, match=r"asks b/large, .* only exploration can tell"):
        evaluate(log(50, explore=0.0), route(Absolute(0.75), POOL))
    with pytest.raises(InvalidRequest, match="a/small > b/large"):
        evaluate(log(500), route(Absolute(0.75), POOL, cascade=Cascade(verifier=0.5)))


def test_bad_feedback_is_refused() -> None:
    rows = log(3)
    with pytest.raises(InvalidRequest, match="found no decision"):
        evaluate([], route())
    with pytest.raises(InvalidRequest, match=r"score of 1\.5"):
        evaluate([Rated(rows[0].decision, 1.5)], route(Absolute(0.5), POOL))


def test_the_chances_are_those_of_the_draws() -> None:
    router = Router(Told({"a/small": (0.7, 0.001), "b/large": (0.8, 0.01)}), lambda: 0.0)
    explored = router.chances(Asked("x"), offer(*POOL), route(Absolute(0.5), POOL, explore=0.04))
    assert explored == {Plan("a/small"): pytest.approx(0.98), Plan("b/large"): pytest.approx(0.02)}
    cascade = Cascade(verifier=0.5)
    led = router.chances(Asked("x"), offer(*POOL), route(Absolute(0.75), POOL, cascade=cascade))
    assert led == {Plan("a/small", "b/large"): 1.0}


def test_spending_is_kept_in_one_currency() -> None:
    rates = {("CNY", "USD"): Decimal("0.125")}
    running = Running({}, lambda: 0.5, lambda *pair: rates.get(pair))
    assert running.spent("fen/auto") is None
    running.settle("fen/auto", usd(2))
    running.settle("fen/auto", Money(Decimal(8), "CNY"))
    running.settle("fen/auto", Money(Decimal(8), "EUR"))
    assert running.spent("fen/auto") == Spent(2, usd(3.0))
    assert running.spent("fen/other") is None


def test_decisions_reach_the_watches() -> None:
    proved = Guarantee("b/large", POOL, 0.05, 0.05, 0.5, 600, 3)
    running = Running({}, lambda: 0.99, lambda *pair: None)
    guarded = Decision("fen/auto", POOL, "target", log(1)[0].decision.estimates, guarantee=proved)
    for _ in range(40):
        running.see(guarded)
        running.watches.check(guarded, lost=True)
    assert not running.holds("fen/auto", proved)
