"""A conversation stays with the fallback that has read it, while that is cheaper."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from fen.catalogue import Catalogue, Rates
from fen.gateway import Reply
from fen.gateway.call import Handling
from fen.gateway.prefix import Prefixes
from fen.gateway.retry import Policy
from fen.wire.answer import Whole
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk
from tests.fakes.troupe import Models, Player, make_troupe, other_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = Whole(b'{"choices":[]}', Usage(input=10, output=5), (), 20)
BROKE = UpstreamFailed("broke")
LONG = "word " * 2000
NAMES = ("puppet", "cheap", "twin")
NAMED = Handling(("cheap/model", "twin/model"), same_model=frozenset({"twin/model"}))


def rates(fresh: str, cached: str | None = None) -> Rates:
    prices = {"input": Decimal(fresh), "output": Decimal(4)}
    return Rates("USD", prices | ({} if cached is None else {"cached_input": Decimal(cached)}), "test")  # pyright: ignore[reportArgumentType]


class Priced(Models):
    """Models each at its own price."""

    def __init__(self, prices: dict[str, Rates]) -> None:
        cards = [other_card(name, context_window=100_000) for name in NAMES]
        super().__init__(cards)
        self._prices = prices

    def rates(self, model: str, at: datetime) -> Rates | None:
        return self._prices.get(model.partition("/")[0])


class World:
    """The model asked for, `puppet`, breaks at the first call; `cheap` is out of order; `twin` answers."""

    def __init__(self, books: Books, prices: dict[str, Rates], handling: Handling = NAMED) -> None:
        self.players = {
            "puppet": Player(BROKE, ANSWER),
            "cheap": Player(BROKE),
            "twin": Player(ANSWER),
        }
        catalogue = cast(Catalogue, Priced(prices))
        self.desk: Desk = make_troupe(
            books,
            self.players,
            catalogue=catalogue,
            policy=Policy(retries=0),
            handlings={"puppet/model": handling},
        )

    async def turn(self, *texts: str, **members: Any) -> str:
        roles = ("user", "assistant")
        messages = [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]
        reply: Reply = await self.desk.ask(messages=messages, **members)
        return dict(reply.headers)["x-fen-model"].partition("/")[0]


DISCOUNT = {"puppet": rates("2", "0.2"), "cheap": rates("1"), "twin": rates("2", "0.2")}


async def test_the_next_turn_goes_to_the_fallback_that_has_read_the_last(books: Books) -> None:
    world = World(books, DISCOUNT)
    assert await world.turn(LONG) == "twin"
    assert await world.turn(LONG, "so", "and?") == "twin"
    assert await world.turn("another " + LONG) == "puppet"
    assert await world.turn(LONG, "so", "and?", "then", "ok") == "twin"
    assert await world.turn("short") == "puppet"


@pytest.mark.parametrize(
    ("twin", "answers"),
    [
        (rates("2.2", "0.2"), "twin"),
        (rates("2.2"), "puppet"),  # no discount, and dearer
        (rates("40", "4"), "puppet"),  # dearer even with its discount
    ],
)
async def test_the_order_is_kept_unless_the_holder_is_cheaper(
    books: Books, twin: Rates, answers: str
) -> None:
    world = World(books, DISCOUNT | {"twin": twin})
    assert await world.turn(LONG) == "twin"
    assert await world.turn(LONG, "so", "and?") == answers


async def test_a_fallback_that_is_another_model_is_never_put_first(books: Books) -> None:
    world = World(books, DISCOUNT, Handling(("cheap/model", "twin/model")))
    assert await world.turn(LONG) == "twin"
    assert await world.turn(LONG, "so", "and?") == "puppet"
    assert len(world.desk.parts.prefixes) == 0  # nothing was looked at


async def test_what_another_model_has_read_does_not_count(books: Books) -> None:
    world = World(books, DISCOUNT)
    world.players["cheap"] = Player(ANSWER)
    world.desk.parts.upstreams["cheap"] = world.players["cheap"]  # pyright: ignore[reportIndexIssue]
    assert await world.turn(LONG) == "cheap"
    assert await world.turn(LONG, "so", "and?") == "puppet"


async def test_a_holder_that_fails_hands_over_to_the_order(books: Books) -> None:
    world = World(books, DISCOUNT)
    assert await world.turn(LONG) == "twin"
    world.desk.parts.upstreams["twin"] = Player(UpstreamFailed("gone", reached=False))  # pyright: ignore[reportIndexIssue]
    assert await world.turn(LONG, "so", "and?") == "puppet"
    assert await world.turn(LONG, "so", "and?", "then", "ok") == "puppet"


async def test_one_candidate_is_never_looked_up(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the prefixes were read")

    monkeypatch.setattr(Prefixes, "follow", refuse)
    desk = make_troupe(books, {"puppet": Player(ANSWER)})
    assert (await desk.ask()).body
