"""What the books get of a route's decisions, and of which calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest
from msgspec.structs import replace

from fen.app.live_routes import LiveRoutes
from fen.app.route_log import RouteBooks, write_routed
from fen.gateway import Caller
from fen.gateway.call import Call, Candidate
from fen.gateway.route import Routed as RoutedCall
from fen.ledger import Expected, RouteBook, Routed
from fen.routing import Asked, Decision, Offer
from fen.wire.money import Money
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import RATES
from tests.fakes.routes import NAME, Ordered, make_route
from tests.fakes.troupe import other_card

BODY = b'{"model":"fen/auto","messages":[{"role":"user","content":"How deep is the sea?"}]}'
SPENT = Money(Decimal("0.00002"), "USD")
CARDS = (other_card("cheap"), other_card("strong"))


class KeptBook:
    def __init__(self) -> None:
        self.kept: list[Routed] = []

    def note(self, routed: Routed) -> None:
        self.kept.append(routed)


def decide() -> Decision:
    offers = [Offer(card.id, RATES) for card in CARDS]
    policy = make_route(Ordered(), *(card.id for card in CARDS))[NAME].policy
    decision = Ordered("cheap/model").decide(Asked("text"), offers, policy)
    before = Money(Decimal("0.0009"), "USD")
    return replace(decision, reference="strong/model", reference_cost=before, familiar=True)


def answered(decision: Decision, **changes: Any) -> Call:
    call = Call("req_1", parse_request("openai.chat", BODY), Caller(inside=True), 10**18, "shop")
    call = replace(
        call,
        card=CARDS[0],
        candidates=tuple(Candidate(card, RATES) for card in CARDS),
        routed=RoutedCall(make_route(Ordered())[NAME].policy, decision),
        **changes,
    )
    call.tally.attempts = 1
    call.tally.add(Usage(input=10, output=5), SPENT, exact=True)
    call.tally.end(200)
    return call


def test_answer_is_set_off_against_what_the_reference_would_have_cost() -> None:
    decision = decide()
    routed = write_routed(decision, answered(decision))
    assert (routed.chosen, routed.model, routed.cost) == ("cheap/model", "cheap/model", SPENT)
    # 10 real tokens of input and 100 expected ones of output, at 1 and 2 per million
    assert routed.reference_cost == Money(Decimal("0.00021"), "USD")
    assert (routed.tag, routed.p, routed.familiar, routed.artefact) == ("shop", 0.83, True, "a1b2")
    assert routed.expected == (
        Expected("cheap/model", 0.83, Decimal("0.00012")),
        Expected("strong/model", 0.83, Decimal("0.00012")),
    )


def test_where_several_attempts_read_the_input_the_expectation_stands() -> None:
    decision = decide()
    call = answered(decision)
    call.tally.attempts = 2
    assert call.routed is not None
    call = replace(call, card=CARDS[1], routed=replace(call.routed, escalated="schema"))
    routed = write_routed(decision, call)
    assert routed.reference_cost == decision.reference_cost
    assert (routed.model, routed.escalated) == ("strong/model", "schema")


def fail(call: Call) -> Call:
    call.tally.end(502)
    return call


def count(call: Call) -> Call:
    call.tally.attempts = 0
    return call


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda call: call, 1),
        (fail, 0),
        (count, 0),
        (lambda call: replace(call, recalled=True), 0),
        (lambda call: replace(call, recalled=False), 1),
    ],
)
def test_only_what_an_upstream_answered_is_kept(change: Any, kept: int) -> None:
    book, decision = KeptBook(), decide()
    RouteBooks(cast(RouteBook, book), LiveRoutes()).note(decision, change(answered(decision)))
    assert len(book.kept) == kept
