"""A name that is a route: who of its pool is asked, what its router sees, and what the client is told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fen.accounts.tier import Tier
from fen.gateway import Caller
from fen.gateway.breaker import BreakerPolicy, Breakers
from fen.gateway.call import Call
from fen.gateway.deferral import _choose
from fen.gateway.measure import measure
from fen.gateway.prefix import Prefixes
from fen.gateway.quote import quote
from fen.gateway.retry import Policy
from fen.gateway.route import Routed
from fen.gateway.route_header import tell_route
from fen.gateway.visible import read_asked
from fen.wire.answer import Whole
from fen.wire.errors import ContextLengthExceeded, FenError, NotFound, Unsupported, UpstreamFailed
from fen.wire.money import Money
from fen.wire.request import WireFormat, parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk
from tests.fakes.routes import NAME, KeptLog, Ordered, make_route
from tests.fakes.troupe import Player, make_troupe, other_card

ANSWER = Whole(b'{"choices":[]}', Usage(input=10, output=5), (), 20)
BROKE = UpstreamFailed("broke")
POOL = ("cheap/model", "strong/model")
CHAT = {"model": NAME, "messages": [{"role": "user", "content": "How deep is the sea?"}]}

asynchronous = pytest.mark.asyncio(loop_scope="session")


@dataclass
class World:
    """Two models behind a route."""

    desk: Desk
    players: dict[str, Player]
    decider: Ordered
    log: KeptLog


def make_world(
    books: Books, *wanted: str, answers: dict[str, Any] | None = None, facts: Any = None, **parts: Any
) -> World:
    players = {name: Player((answers or {}).get(name, ANSWER)) for name in ("cheap", "strong")}
    cards = [other_card(name, **(facts or {}).get(name, {})) for name in players]
    decider, log = Ordered(*wanted), KeptLog()
    routes = make_route(decider, *POOL)
    known: dict[str, Any] = {"policy": Policy(retries=0), "routes": routes, "route_log": log}
    return World(make_troupe(books, players, cards=cards, **(known | parts)), players, decider, log)


def make_call(body: dict[str, Any], path: WireFormat = "openai.chat", tag: str | None = None) -> Call:
    request = parse_request(path, msgspec.json.encode(body))
    return Call("req", request, Caller(inside=True), time.time_ns(), tag, size=measure(request))


@asynchronous
async def test_whom_the_router_decides_for_answers_and_the_header_says_so(books: Books) -> None:
    world = make_world(books, "strong/model")
    told = dict((await world.desk.ask(CHAT)).headers)
    assert told["x-fen-model"] == "strong/model"
    assert told["x-fen-route"] == (
        'fen/auto; model=strong/model; reason=target; p=0.830; cost="0.00012 USD"; artefact=a1b2'
    )
    assert (len(world.players["cheap"].asked), len(world.players["strong"].asked)) == (0, 1)
    [offers] = world.decider.offers
    assert [(offer.model, offer.output_limit) for offer in offers] == [(name, 100) for name in POOL]


@asynchronous
async def test_another_of_the_pool_stands_in_for_one_that_fails(books: Books) -> None:
    world = make_world(books, "cheap/model", answers={"cheap": BROKE})
    told = dict((await world.desk.ask(CHAT)).headers)
    assert told["x-fen-model"] == "strong/model"
    assert "model=strong/model" in told["x-fen-route"]
    assert "first=cheap/model" in told["x-fen-route"]


@asynchronous
async def test_router_is_opened_once_beside_the_loop(books: Books) -> None:
    world = make_world(books)
    await world.desk.ask(CHAT)
    await world.desk.ask(CHAT)
    assert world.decider.opens == 1


@asynchronous
async def test_decision_is_logged_once_the_call_has_ended(books: Books) -> None:
    world = make_world(books, "cheap/model")
    await world.desk.ask(CHAT)
    [(decision, call)] = world.log.noted
    assert (decision.first, call.tally.spent) == ("cheap/model", Money(Decimal("0.00002"), "USD"))
    failing = make_world(books, answers={"cheap": BROKE, "strong": BROKE})
    with pytest.raises(UpstreamFailed) as caught:
        await failing.desk.ask(CHAT)
    assert dict(caught.value.told)["x-fen-route"].startswith("fen/auto; model=cheap/model; reason=target")
    assert [call.tally.status for _, call in failing.log.noted] == [502]


@asynchronous
async def test_pinned_call_gets_nobody_to_stand_in(books: Books) -> None:
    world = make_world(books, "cheap/model", answers={"cheap": BROKE})
    request = parse_request("openai.chat", msgspec.json.encode(CHAT))
    with pytest.raises(UpstreamFailed):
        await world.desk.pipeline.answer(request, Caller(inside=True, pinned=True))
    assert not world.players["strong"].asked


@asynchronous
async def test_who_cannot_serve_a_request_is_not_offered(books: Books) -> None:
    facts = {"cheap": {"abilities": frozenset(), "max_output_tokens": None}}
    world = make_world(books, facts=facts)
    tools = [{"type": "function", "function": {"name": "look"}}]
    await world.desk.ask(CHAT | {"tools": tools, "max_tokens": 50})
    await world.desk.ask(CHAT)
    assert [[o.model for o in offers] for offers in world.decider.offers] == [["strong/model"], list(POOL)]
    assert world.decider.offers[0][0].output_limit == 50
    assert [asked.tools for asked in world.decider.asked] == [1, 0]


@asynchronous
@pytest.mark.parametrize(
    ("members", "kind", "words"),
    [
        (
            {"messages": [{"role": "user", "content": "word " * 2000}]},
            ContextLengthExceeded,
            "fen/auto: found no model of its pool that can serve the request, expected one: messages: found",
        ),
        ({"max_tokens": 500, "n": 2}, ContextLengthExceeded, "max_tokens: found 500, expected at most 100"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, Unsupported, "a JSON schema"),
    ],
)
async def test_request_that_nobody_can_serve_is_refused_and_costs_nothing(
    books: Books, members: dict[str, Any], kind: type[FenError], words: str
) -> None:
    world = make_world(books)
    with pytest.raises(kind, match=words):
        await world.desk.ask(CHAT | members)
    assert not any(player.asked for player in world.players.values())
    assert not world.log.noted


@asynchronous
async def test_embeddings_and_a_pool_without_upstreams_are_refused(books: Books) -> None:
    world = make_world(books)
    with pytest.raises(Unsupported, match="found embeddings asked of the route fen/auto"):
        await world.desk.ask({"model": NAME, "input": "text"}, path="openai.embeddings")
    away = make_world(books, upstreams={})
    with pytest.raises(NotFound, match="no model of its pool enabled") as caught:
        await away.desk.ask(CHAT)
    assert caught.value.code == "upstream_not_enabled"


@asynchronous
async def test_members_that_the_tier_forbids_are_not_offered(books: Books) -> None:
    tier = Tier("api", models=("cheap/*",))
    world = make_world(books, "strong/model", tiers={"api": tier})
    assert dict((await world.desk.ask(CHAT)).headers)["x-fen-model"] == "cheap/model"


@asynchronous
async def test_whose_upstream_is_left_alone_comes_last(books: Books) -> None:
    breakers = Breakers(BreakerPolicy(failures=1), clock=lambda: 0.0)
    breakers.failed(("cheap", "its-own-name"))
    world = make_world(books, "cheap/model", breakers=breakers)
    assert dict((await world.desk.ask(CHAT)).headers)["x-fen-model"] == "strong/model"
    assert [offer.model for offer in world.decider.offers[0]] == ["strong/model"]
    breakers.failed(("strong", "its-own-name"))
    with pytest.raises(UpstreamFailed, match="failing"):
        await world.desk.ask(CHAT)


@asynchronous
async def test_who_has_read_a_conversation_is_told_to_the_router(books: Books) -> None:
    facts = {name: {"context_window": 100_000} for name in ("cheap", "strong")}
    world = make_world(books, "strong/model", facts=facts, prefixes=Prefixes())
    turns = [{"role": "user", "content": "word " * 2000}]
    await world.desk.ask(CHAT | {"messages": turns})
    turns += [{"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And then?"}]
    await world.desk.ask(CHAT | {"messages": turns})
    before, after = ({offer.model: offer.held for offer in offers} for offers in world.decider.offers)
    assert before == {"cheap/model": 0, "strong/model": 0}
    assert after["cheap/model"] == 0
    assert after["strong/model"] > 2000


@asynchronous
async def test_messages_format_is_routed_too(books: Books) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Deep."}, "finish_reason": "stop"}
    text = msgspec.json.encode({"id": "x", "choices": [choice]})
    world = make_world(books, "strong/model", answers={"strong": Whole(text, Usage(3, output=1), (), 5)})
    body = CHAT | {"max_tokens": 50, "system": "Be short."}
    reply = await world.desk.ask(body, path="anthropic.messages")
    assert msgspec.json.decode(reply.body)["content"] == [{"type": "text", "text": "Deep."}]
    assert "x-fen-route" in dict(reply.headers)
    [asked] = world.decider.asked
    assert (asked.text, asked.before, asked.output_limit) == ("How deep is the sea?", 9, 50)


@asynchronous
async def test_quote_of_a_route_is_that_of_its_dearest_and_a_batch_line_is_a_call_of_its_own(
    books: Books,
) -> None:
    facts = {"strong": {"max_output_tokens": 900}}
    world = make_world(books, "cheap/model", facts=facts)
    request = parse_request("openai.chat", msgspec.json.encode(CHAT))
    dear = quote(request, Caller(inside=True), world.desk.parts)
    assert (dear.model, dear.output_bound) == ("strong/model", 900)
    pinned = quote(request, Caller(inside=True, pinned=True), world.desk.parts)
    assert (pinned.model, pinned.output_bound) == ("cheap/model", 100)
    assert _choose(make_call(CHAT), world.desk.parts) is None


def test_router_sees_the_users_last_words_and_the_requests_shape() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    messages = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "First."},
        {"role": "assistant", "content": None, "tool_calls": []},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Look:"}, image, {"type": "text", "text": "what?"}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "nothing"},
    ]
    call = make_call({"model": NAME, "messages": messages, "max_tokens": 7}, tag="shop")
    asked = read_asked(call)
    assert (asked.text, asked.before) == ("Look:\nwhat?", len("Be short.First.nothing"))
    assert (asked.turns, asked.images, asked.tools, asked.tag) == (2, 1, 0, "shop")
    assert call.size is not None
    assert (asked.output_limit, asked.input_tokens) == (7, call.size.estimate)


def test_in_messages_format_what_tools_returned_is_not_the_users_words() -> None:
    result = {"type": "tool_result", "tool_use_id": "1", "content": "17 degrees"}
    body = {
        "model": NAME,
        "max_tokens": 5,
        "messages": [
            {"role": "user", "content": "How warm is it?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "t", "input": {}}]},
            {"role": "user", "content": [result]},
        ],
    }
    asked = read_asked(make_call(body, "anthropic.messages"))
    assert (asked.text, asked.before, asked.turns) == ("How warm is it?", len("17 degrees"), 1)


def test_header_writes_what_is_no_token_as_a_string() -> None:

    call = make_call(CHAT)
    policy = make_route(Ordered(), "@odd/mödel")[NAME].policy
    decision = Ordered().decide(read_asked(call), [], replace(policy, name="fen/auto"))
    decision = replace(decision, order=("@odd/m\u00f6del",), artefact='0"1')
    [(name, value)] = tell_route(replace(call, routed=Routed(policy, decision, escalated="schema")))
    assert name == "x-fen-route"
    assert value == ('fen/auto; model="@odd/m?del"; reason=target; escalated=schema; artefact="0\\"1"')
    assert value.isascii()


def _usd(amount: str) -> Any:
    from fen.wire.money import Money

    return Money(Decimal(amount), "USD")
