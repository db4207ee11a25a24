"""Artefacts are taken in while Fen runs; one that cannot be read changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from fen.app.live_routes import LiveRouter, LiveRoutes, read_stamp
from fen.app.routes import RoutePlan
from fen.catalogue import Rates
from fen.gateway import Caller
from fen.gateway.call import Call
from fen.gateway.route import Route
from fen.ledger import Exchange, Routed
from fen.routing import Absolute, Asked, Decision, Estimate, Offer, PerThousand, Relative, RoutePolicy
from fen.routing.expectation import Lessons
from fen.routing.guarantee import Calibration, Group
from fen.wire.errors import ConfigError
from fen.wire.money import Money
from fen.wire.request import parse_request
from fen.wire.usage import Usage

NAME = "fen/auto"
BODY = b'{"model":"fen/auto","messages":[{"role":"user","content":"text"}]}'
FX = {("CNY", "USD"): Exchange("CNY", "USD", Decimal("0.14"), "test", date(2026, 11, 1))}


class Known:
    """Expects what its file says of each model."""

    lessons = Lessons()

    def __init__(self, text: str) -> None:
        self.id, _, self._best = text.partition(" ")

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        cost = Money(Decimal("0.001"), "USD")
        found = [
            Estimate(offer.model, 0.9 if offer.model == self._best else 0.1, 0.0, 1.0, cost, 10)
            for offer in offers
        ]
        return tuple(found), 1.0


def put(path: Path, text: str | None) -> None:
    """Write a file anew, or take it away."""
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


def load(path: Path) -> Known:
    text = path.read_text()
    if text == "damaged":
        raise ConfigError(f"{path}: found 'damaged', expected an artefact")
    return Known(text)


def plan(path: Path, *, named: bool = False) -> dict[str, RoutePlan]:
    policy = RoutePolicy(NAME, ("a/b", "c/d"), Absolute(0.8))
    return {NAME: RoutePlan(policy, path, named, guard=False)}


def ask(route: Route) -> tuple[str, str | None]:
    rates = Rates("USD", {"input": Decimal(1), "output": Decimal(2)}, "test")
    offers = [Offer("a/b", rates), Offer("c/d", rates)]
    decision = route.decider.decide(Asked("text"), offers, route.policy)
    return decision.first, decision.artefact


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "artefact"


async def test_changed_artefact_is_taken_in_by_routes_that_are_in_use(path: Path) -> None:
    put(path, "one a/b")
    routes = LiveRoutes(load)
    route = routes.adopt(routes.prepare(plan(path)), {})[NAME]
    assert (ask(route), route.decider.artefact) == (("a/b", "one"), "one")
    put(path, "two c/d")
    await routes.look()
    assert (ask(route), route.decider.artefact) == (("c/d", "two"), "two")


async def test_damaged_artefact_is_logged_and_the_old_one_kept(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(path, "one a/b")
    routes = LiveRoutes(load)
    route = routes.adopt(routes.prepare(plan(path)), {})[NAME]
    put(path, "damaged")
    with caplog.at_level(logging.ERROR):
        await routes.look()
        await routes.look()
    assert ask(route) == ("a/b", "one")
    assert [record.message.count("the one before is kept") for record in caplog.records] == [1]
    assert "found 'damaged'" in routes.tell_lacking()[f"route {NAME}"]
    put(path, "three c/d")
    await routes.look()
    assert (ask(route), routes.tell_lacking()) == (("c/d", "three"), {})


async def test_artefact_that_appears_later_is_taken_in(path: Path) -> None:
    routes = LiveRoutes(load)
    route = routes.adopt(routes.prepare(plan(path)), {})[NAME]
    assert ask(route)[1] is None
    assert routes.tell_lacking() == {}
    put(path, "one c/d")
    await routes.look()
    assert ask(route) == ("c/d", "one")


async def test_artefact_that_the_settings_name_is_missed(path: Path) -> None:
    routes = LiveRoutes(load)
    routes.adopt(routes.prepare(plan(path, named=True)), {})
    assert f"found no artefact {path}" in routes.tell_lacking()[f"route {NAME}"]
    put(path, "one a/b")
    await routes.look()
    assert routes.tell_lacking() == {}
    put(path, None)
    await routes.look()
    assert "found no artefact" in routes.tell_lacking()[f"route {NAME}"]


async def test_reload_keeps_the_router_of_an_artefact_that_stays(path: Path) -> None:
    put(path, "one a/b")
    routes = LiveRoutes(load)
    before = routes.adopt(routes.prepare(plan(path)), {})[NAME]
    again = plan(path)
    changed = {NAME: msgspec.structs.replace(again[NAME], guard=True)}
    after = routes.adopt(routes.prepare(changed), FX)[NAME]
    assert after.decider is before.decider
    assert after.guard
    other = path.with_name("other")
    put(other, "two c/d")
    moved = routes.adopt(routes.prepare(plan(other)), FX)[NAME]
    assert (ask(moved), ask(before)) == (("c/d", "two"), ("a/b", "one"))


def test_without_an_artefact_prices_decide_in_any_currency(path: Path) -> None:
    routes = LiveRoutes(load)
    route = routes.adopt(routes.prepare(plan(path)), FX)[NAME]
    dear, cheap = (
        Rates(currency, {"input": Decimal(1), "output": Decimal(2)}, "test") for currency in ("USD", "CNY")
    )
    decision = route.decider.decide(Asked("text"), [Offer("a/b", dear), Offer("c/d", cheap)], route.policy)
    assert (decision.first, decision.artefact) == ("c/d", None)


def test_stamp_tells_a_folders_files_apart(tmp_path: Path) -> None:
    assert read_stamp(tmp_path / "none") is None
    assert read_stamp(tmp_path) is None
    (tmp_path / "manifest.json").write_text("{}")
    first = read_stamp(tmp_path)
    (tmp_path / "weights").write_text("1")
    assert first != read_stamp(tmp_path)
    assert first is not None


def test_budget_per_thousand_learns_what_the_route_has_spent(path: Path) -> None:
    routes = LiveRoutes(load)
    policy = RoutePolicy(NAME, ("a/b", "c/d"), PerThousand(Money(Decimal(1), "USD")))
    plans = {NAME: msgspec.structs.replace(plan(path)[NAME], policy=policy)}
    route = routes.adopt(routes.prepare(plans), {})[NAME]
    first, _ = ask(route)
    rates = Rates("USD", {"input": Decimal(1), "output": Decimal(2)}, "test")
    decision = route.decider.decide(Asked("text"), [Offer("a/b", rates), Offer("c/d", rates)], policy)
    call = Call("req", parse_request("openai.chat", BODY), Caller(inside=True), 0)
    call.tally.add(Usage(input=1), Money(Decimal("0.5"), "USD"), exact=True)
    routes.note(decision, call)
    assert first == decision.first
    assert isinstance(route.decider, LiveRouter)
    assert route.decider.spent(NAME) == (1, Money(Decimal("0.5"), "USD"))


class Proved(Known):
    """Knows too by what a guarantee beside one of them is proved."""

    lessons = Lessons(
        calibrations=(Calibration("c/d", ("a/b", "c/d"), (1.0,), (Group(None, 900, (9,)),)),),
    )


PROMISED = RoutePolicy(NAME, ("a/b", "c/d"), Relative("c/d", 0.05, 0.001))


def decide(route: Route) -> Decision:
    return route.decider.decide(Asked("text"), [Offer("a/b", None), Offer("c/d", None)], route.policy)


def judge(decision: Decision, **changed: object) -> Routed:
    """What the books have of an answer to a decision."""
    routed = Routed(
        request_id="req_1",
        at=datetime.now(UTC),
        key_id=None,
        tag=None,
        route=NAME,
        chosen=decision.first,
        model=decision.first,
        reason=decision.reason,
        propensity=1.0,
        p=0.9,
        familiar=True,
        artefact=decision.artefact,
        escalated=None,
        cost=None,
        reference="c/d",
        reference_cost=None,
    )
    return msgspec.structs.replace(routed, **changed)


def feed(routes: LiveRoutes, routed: Routed) -> None:
    for number in range(90):
        routes.feed(routed, float(number < 30))


def open_proved(path: Path) -> tuple[LiveRoutes, Route]:
    put(path, "one c/d")
    routes = LiveRoutes(lambda found: Proved(found.read_text()))
    plans = {NAME: RoutePlan(PROMISED, path, named=False, guard=False)}
    return routes, routes.adopt(routes.prepare(plans), {})[NAME]


@pytest.mark.parametrize(
    "changed",
    [
        {"artefact": "another"},
        {"artefact": None},
        {"model": "a/b"},
        {"reason": "unproven"},
        {"p": None},
        {"at": datetime.now(UTC) - timedelta(days=1)},
        {"route": "fen/other"},
    ],
)
def test_feedback_on_what_a_guarantee_did_not_choose_says_nothing(
    path: Path, changed: dict[str, object]
) -> None:
    routes, route = open_proved(path)
    decision = decide(route)
    assert decision.guarantee is not None
    feed(routes, judge(decision, **changed))
    assert decide(route).guarantee == decision.guarantee


async def test_feedback_that_falls_revokes_for_good(path: Path) -> None:
    routes, route = open_proved(path)
    decision = decide(route)
    feed(routes, judge(decision))
    revoked = decide(route)
    assert (revoked.first, revoked.guarantee, revoked.reason) == ("c/d", None, "unproven")
    assert "traffic has drifted away" in str(revoked.note)
    put(path, "two c/d")  # such as after a model has joined: nothing new was proved
    await routes.look()
    assert (decide(route).artefact, decide(route).guarantee) == ("two", None)
