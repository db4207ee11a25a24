"""A cascade: which answer the client gets, what it costs, and what the books have of both."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fen.accounts.budget import parse_budget
from fen.accounts.tier import Tier
from fen.gateway import Caller, Reply
from fen.gateway.cache import AnswerCache, Rule
from fen.gateway.retry import Policy
from fen.routing import Cascade
from fen.wire.answer import Event, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected
from fen.wire.money import Money
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, finish, read, report, text
from tests.fakes.routes import NAME, KeptLog, Ordered, make_route
from tests.fakes.troupe import Player, make_troupe, other_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROKE = UpstreamFailed("broke")
POOL = ("cheap/model", "strong/model")
SCHEMA = {"type": "object", "required": ["depth"], "properties": {"depth": {"type": "integer"}}}
WANTED = {"response_format": {"type": "json_schema", "json_schema": {"name": "sea", "schema": SCHEMA}}}
CHAT: dict[str, Any] = {
    "model": NAME,
    "messages": [{"role": "user", "content": "How deep is the sea?"}],
    **WANTED,
}
BAD, GOOD = '{"depth": "very"}', '{"depth": 11}'
CHEAP, STRONG = Usage(input=10, output=5), Usage(input=10, output=50)


def whole(said: str, usage: Usage, reason: str = "stop") -> Whole:
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": reason}
    told = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.output}
    return Whole(msgspec.json.encode({"choices": [choice], "usage": told}), usage, (), len(said))


def streamed(said: str, usage: Usage) -> list[Event | BaseException | asyncio.Event]:
    middle = len(said) // 2
    return [text(said[:middle]), text(said[middle:]), finish(), report(usage)]


class World:
    """A cheap and a strong model behind a cascade."""

    def __init__(
        self, books: Books, cheap: Any, strong: Any, cascade: Cascade, *more: str, **parts: Any
    ) -> None:
        verified = parts.pop("verified", None)
        self.players = {"cheap": Player(cheap), "strong": Player(strong)}
        self.players |= {name: Player(parts.pop(name)) for name in more}
        cards = [
            other_card(name, abilities=frozenset({"json_schema", "tools"}), max_output_tokens=200)
            for name in self.players
        ]
        self.decider = Ordered(*POOL, escalates=True, verified=verified)
        self.log = KeptLog()
        pool = (*POOL, *(f"{name}/model" for name in more))
        known: dict[str, Any] = {
            "policy": Policy(retries=0),
            "routes": make_route(self.decider, *pool, cascade=cascade),
            "route_log": self.log,
        }
        self.desk: Desk = make_troupe(books, self.players, cards=cards, **(known | parts))

    def count(self) -> list[int]:
        return [len(player.asked) for player in self.players.values()]

    async def statuses(self) -> list[tuple[str, int | None, Decimal | None]]:
        return [
            (entry.hold.model, s.status, s.cost.amount if s.cost is not None else None)
            for entry in await self.desk.entries()
            if (s := entry.settlement) is not None
        ]


def join(pieces: list[Any]) -> str:
    """The text of a stream's payloads."""
    deltas = [piece["choices"][0]["delta"] for piece in pieces if piece != "[DONE]" and piece["choices"]]
    return "".join(delta.get("content", "") for delta in deltas)


def route_of(reply: Reply) -> str:
    return dict(reply.headers)["x-fen-route"]


COST = {"cheap": Decimal("0.00002"), "strong": Decimal("0.00011")}  # 10 x 1 + 5 (or 50) x 2, per million


async def test_answer_that_passes_is_kept_and_the_strong_model_is_not_asked(books: Books) -> None:
    world = World(books, whole(GOOD, CHEAP), whole(GOOD, STRONG), Cascade(("schema",)))
    reply = await world.desk.ask(CHAT)
    assert world.count() == [1, 0]
    assert "escalated" not in route_of(reply)
    assert dict(reply.headers)["x-fen-cost"] == "0.00002 USD"


async def test_answer_that_fails_is_not_told_and_both_are_paid_for(books: Books) -> None:
    world = World(books, whole(BAD, CHEAP), whole(GOOD, STRONG), Cascade(("schema",)))
    reply = await world.desk.ask(CHAT)
    told = dict(reply.headers)
    assert msgspec.json.decode(reply.body)["choices"][0]["message"]["content"] == GOOD
    assert "model=strong/model" in told["x-fen-route"]
    assert "first=cheap/model; escalated=schema" in told["x-fen-route"]
    assert (told["x-fen-cost"], told["x-fen-attempts"], told["x-fen-segments"]) == ("0.00013 USD", "2", "1")
    assert await world.statuses() == [
        ("cheap/model", 200, COST["cheap"]),
        ("strong/model", 200, COST["strong"]),
    ]
    [(_, call)] = world.log.noted
    assert call.routed is not None
    assert call.routed.escalated == "schema"


@pytest.mark.parametrize(
    ("said", "reason", "cascade", "fault"),
    [
        (GOOD, "length", Cascade(("schema", "finish")), "finish"),
        ("I cannot help with that.", "stop", Cascade(("refusal",)), "refusal"),
        ("", "stop", Cascade(("empty",)), "empty"),
        ("word " * 20, "stop", Cascade(longest=99), "longest"),
        (GOOD, "stop", Cascade(verifier=0.6), "verifier"),
    ],
)
async def test_each_check_is_told_by_its_name(
    books: Books, said: str, reason: str, cascade: Cascade, fault: str
) -> None:
    world = World(books, whole(said, CHEAP, reason), whole(GOOD, STRONG), cascade, verified=0.5)
    assert f"escalated={fault}" in route_of(await world.desk.ask(CHAT))


async def test_call_of_a_tool_that_does_not_fit_escalates(books: Books) -> None:
    function = {"name": "look", "parameters": {"type": "object", "required": ["city"]}}
    called = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    answer = Whole(msgspec.json.encode({"choices": [choice]}), CHEAP, (), 10)
    world = World(books, answer, whole(GOOD, STRONG), Cascade(("tools",)))
    body = {**CHAT, "tools": [{"type": "function", "function": function}]}
    assert "escalated=tools" in route_of(await world.desk.ask(body))


async def test_low_log_probabilities_escalate_where_the_client_asked_for_them(books: Books) -> None:
    message = {"role": "assistant", "content": GOOD}
    logprobs = {"content": [{"token": "a", "logprob": -3.0}, {"token": "b", "logprob": -1.0}]}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": logprobs}
    answer = Whole(msgspec.json.encode({"choices": [choice]}), CHEAP, (), 10)
    for least, escalates in ((-1.9, True), (-2.1, False)):
        world = World(books, answer, whole(GOOD, STRONG), Cascade(logprob=least))
        assert (
            "escalated=logprob" in route_of(await world.desk.ask({**CHAT, "logprobs": True}))
        ) is escalates


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("least", "escalates"), [(-1.9, True), (-2.1, False)])
async def test_they_are_asked_for_where_the_client_did_not_and_are_not_told(
    books: Books, least: float, escalates: bool, stream: bool
) -> None:
    told = {"content": [{"token": "a", "logprob": -3.0}, {"token": "b", "logprob": -1.0}]}
    answer: Any
    if stream:
        delta = {"index": 0, "delta": {"content": GOOD}, "finish_reason": None, "logprobs": told}
        chunk = Event(msgspec.json.encode({"id": "x", "choices": [delta]}), len(GOOD))
        answer = [chunk, finish(), report(CHEAP)]
    else:
        message = {"role": "assistant", "content": GOOD}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": told}
        answer = Whole(msgspec.json.encode({"id": "x", "choices": [choice]}), CHEAP, (), 10)
    strong = streamed(GOOD, STRONG) if stream else whole(GOOD, STRONG)
    world = World(books, answer, strong, Cascade(logprob=least))
    reply = await world.desk.ask({**CHAT, "stream": stream})
    assert world.players["cheap"].body()["logprobs"] is True
    assert ("escalated=logprob" in route_of(reply)) is escalates
    pieces = await read(reply) if stream else [msgspec.json.decode(reply.body)]
    assert "logprobs" not in str(pieces)
    assert (join(pieces) if stream else pieces[0]["choices"][0]["message"]["content"]) == GOOD
    if escalates:
        assert "logprobs" not in world.players["strong"].body()


async def test_who_refuses_to_tell_log_probabilities_is_asked_without(books: Books) -> None:
    refusal = UpstreamRejected(400, ErrorBody("logprobs: found it, expected none", "invalid_request_error"))
    world = World(books, None, whole(GOOD, STRONG), Cascade(logprob=-1.0))
    world.players["cheap"]._answers = [refusal, whole(GOOD, CHEAP)]
    reply = await world.desk.ask(CHAT)
    assert world.count() == [2, 0]
    assert "escalated" not in route_of(reply)
    assert dict(reply.headers)["x-fen-cost"] == "0.00002 USD"
    broken = World(books, BROKE, whole(GOOD, STRONG), Cascade(logprob=-1.0))
    assert "first=cheap/model" in route_of(await broken.desk.ask(CHAT))


async def test_a_second_cheap_model_that_disagrees_escalates(books: Books) -> None:
    cascade = Cascade(second="other/model")
    for said, escalates in (("The answer is 12", True), ("It is 11", False)):
        world = World(
            books,
            whole("So it is 11", CHEAP),
            whole(GOOD, STRONG),
            cascade,
            "other",
            other=whole(said, CHEAP),
        )
        reply = await world.desk.ask(CHAT)
        assert ("escalated=second" in route_of(reply)) is escalates
        assert world.count() == [1, int(escalates), 1]
        assert dict(reply.headers)["x-fen-segments"] == "1"
        assert len(await world.statuses()) == 2 + escalates


async def test_a_second_model_that_fails_says_nothing(books: Books) -> None:
    cascade = Cascade(second="other/model")
    world = World(books, whole("11", CHEAP), whole(GOOD, STRONG), cascade, "other", other=BROKE)
    reply = await world.desk.ask(CHAT)
    assert "escalated" not in route_of(reply)
    assert (dict(reply.headers)["x-fen-model"], world.count()) == ("cheap/model", [1, 0, 1])
    assert world.desk.watcher.records[0].status == 200


async def test_where_the_first_fails_the_next_stands_in_and_is_not_looked_at(books: Books) -> None:
    world = World(books, BROKE, whole(BAD, STRONG), Cascade(("schema",)))
    reply = await world.desk.ask(CHAT)
    assert world.count() == [1, 1]
    assert "escalated" not in route_of(reply)
    assert "first=cheap/model" in route_of(reply)


@pytest.mark.parametrize("stream", [False, True])
async def test_where_the_next_fails_too_the_first_answer_goes_out(books: Books, stream: bool) -> None:
    cheap = streamed(BAD, CHEAP) if stream else whole(BAD, CHEAP)
    world = World(books, cheap, BROKE, Cascade(("schema",)))
    reply = await world.desk.ask({**CHAT, "stream": stream})
    if stream:
        assert (
            "".join(piece["choices"][0]["delta"].get("content", "") for piece in (await read(reply))[:-1])
            == BAD
        )
    else:
        assert msgspec.json.decode(reply.body)["choices"][0]["message"]["content"] == BAD
    assert "kept=schema" in route_of(reply)
    assert "model=cheap/model" in route_of(reply)
    assert world.desk.watcher.records[0].status == 200


@pytest.mark.parametrize("said", [BAD, GOOD])
async def test_stream_is_told_whole_from_the_model_that_is_kept(books: Books, said: str) -> None:
    world = World(books, streamed(said, CHEAP), streamed(GOOD, STRONG), Cascade(("schema",)))
    reply = await world.desk.ask({**CHAT, "stream": True, "stream_options": {"include_usage": True}})
    *pieces, usage, done = await read(reply)
    assert join(pieces) == GOOD
    escalates = said == BAD
    assert done == "[DONE]"
    assert usage["fen"]["attempts"] == 1 + escalates
    assert usage["fen"]["cost"] == ("0.00013" if escalates else "0.00002")
    assert usage["usage"]["completion_tokens"] == (50 if escalates else 5)
    assert ("escalated=schema" in route_of(reply)) is escalates


async def test_nothing_of_a_stream_goes_out_before_it_is_decided(books: Books) -> None:
    gate = asyncio.Event()
    cheap = [text(GOOD[:5]), gate, text(GOOD[5:]), finish(), report(CHEAP)]
    world = World(books, cheap, streamed(GOOD, STRONG), Cascade(("schema",)))
    asking = asyncio.create_task(world.desk.ask({**CHAT, "stream": True}))
    await world.players["cheap"].called.wait()
    await asyncio.wait_for(world.players["cheap"].streams[0].waiting.wait(), 5)
    assert not asking.done()
    gate.set()
    assert "model=cheap/model" in route_of(await asking)


async def test_stream_goes_out_early_where_its_beginning_tells_all(books: Books) -> None:
    gate = asyncio.Event()
    cheap = [text("The sea is deep. " * 20), gate, text("Very."), finish(), report(CHEAP)]
    world = World(books, cheap, streamed(GOOD, STRONG), Cascade(("refusal", "empty")))
    reply = await asyncio.wait_for(world.desk.ask({**CHAT, "stream": True}), 5)
    gate.set()
    assert "Very." in str(await read(reply))
    assert world.count() == [1, 0]


async def test_stream_that_grows_too_long_is_left_at_once(books: Books) -> None:
    never = asyncio.Event()
    cheap = [text("word " * 10), text("word " * 10), never]
    world = World(books, cheap, streamed(GOOD, STRONG), Cascade(longest=99))
    reply = await asyncio.wait_for(world.desk.ask({**CHAT, "stream": True}), 5)
    assert "escalated=longest" in route_of(reply)
    await read(reply)
    assert world.players["cheap"].streams[0].closed
    assert [status for _, status, _ in await world.statuses()] == [499, 200]


async def test_stream_that_breaks_unseen_is_not_told_and_the_key_pays_nothing_for_it(books: Books) -> None:
    world = World(books, [text(GOOD[:5]), BROKE], streamed(GOOD, STRONG), Cascade(("schema",)))
    reply = await world.desk.ask({**CHAT, "stream": True})
    assert "escalated=broken" in route_of(reply)
    await read(reply)
    first, second = await world.desk.entries()
    assert first.settlement is not None
    assert second.settlement is not None
    assert (first.settlement.status, second.settlement.status) == (502, 200)
    assert first.settlement.charge == Money(Decimal(0), "USD")


async def test_client_that_leaves_while_a_stream_is_held_closes_it(books: Books) -> None:
    cheap = [text(GOOD[:5]), asyncio.Event()]
    world = World(books, cheap, streamed(GOOD, STRONG), Cascade(("schema",)))
    asking = asyncio.create_task(world.desk.ask({**CHAT, "stream": True}))
    await world.players["cheap"].called.wait()
    await asyncio.wait_for(world.players["cheap"].streams[0].waiting.wait(), 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert world.players["cheap"].streams[0].closed
    assert [status for _, status, _ in await world.statuses()] == [499]
    assert world.desk.watcher.records[0].status == 499


async def test_messages_client_gets_the_usage_of_the_answer_alone(books: Books) -> None:
    world = World(books, whole(BAD, CHEAP), whole(GOOD, STRONG), Cascade(("schema",)))
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    body = {"model": NAME, "messages": CHAT["messages"], "max_tokens": 60, "output_config": config}
    reply = await world.desk.ask(body, path="anthropic.messages")
    assert "escalated=schema" in route_of(reply)
    assert msgspec.json.decode(reply.body)["usage"]["output_tokens"] == 50


async def test_where_the_budget_has_no_room_for_the_strong_one_the_cheap_ones_goes_out(
    books: Books,
) -> None:
    # The cheap one may cost 200 x 2 at most; once it is paid for, the strong one's worst case has no room.
    budget = parse_budget("0.00075 USD/total", "tier", "tight-cascade")
    tier = Tier("api", budgets=(budget,), min_output=200)
    cheap = Usage(input=10, output=180)
    world = World(books, whole(BAD, cheap), whole(GOOD, STRONG), Cascade(("schema",)), tiers={"api": tier})
    reply = await world.desk.ask({**CHAT, "max_tokens": 200})
    assert "kept=schema" in route_of(reply)
    assert world.count() == [1, 0]


async def test_single_calls_are_of_no_cascade_and_cascades_keep_out_of_the_cache(books: Books) -> None:
    cache = AnswerCache(Rule(keyless=True))
    world = World(books, whole(BAD, CHEAP), whole(GOOD, STRONG), Cascade(("schema",)), cache=cache)
    request = parse_request("openai.chat", msgspec.json.encode({**CHAT, "temperature": 0}))
    reply = await world.desk.pipeline.answer(request, Caller(inside=True, single=True))
    assert world.count() == [1, 0]
    assert "escalated" not in route_of(reply)
    await world.desk.ask({**CHAT, "temperature": 0})
    assert len(cache) == 0
