"""A call meets a model's limits, its end and what it is told of itself on the way through the pipeline."""

from datetime import date

import msgspec
import pytest

from fen.accounts.tier import Tier
from fen.catalogue import Retirement, Unlock
from fen.gateway.limits import LimitBook
from fen.wire.answer import Whole
from fen.wire.errors import ErrorBody, ModelRetired, UpstreamRejected
from fen.wire.usage import Usage
from tests.fakes.continuing import Teller
from tests.fakes.pipeline import Books, read
from tests.fakes.troupe import Player, make_troupe, other_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = Whole(b'{"choices":[]}', Usage(input=10, output=5), (), 20)
GONE = Retirement("https://example.org/deprecations", retired=date(2024, 1, 1), successor="spare/model")


def retired() -> list:
    return [msgspec.structs.replace(other_card("puppet"), retirement=GONE), other_card("spare")]


async def test_model_that_is_gone_is_refused_with_its_successor(books: Books) -> None:
    players = {"puppet": Player(ANSWER), "spare": Player(ANSWER)}
    desk = make_troupe(books, players, cards=retired())
    with pytest.raises(ModelRetired, match="spare/model") as caught:
        await desk.ask()
    assert (caught.value.status, caught.value.code) == (410, "model_retired")


async def test_successor_answers_where_the_settings_say_so(books: Books) -> None:
    players = {"puppet": Player(ANSWER), "spare": Player(ANSWER)}
    desk = make_troupe(books, players, cards=retired(), on_retired="successor")
    assert dict((await desk.ask()).headers)["x-fen-model"] == "spare/model"
    assert players["puppet"].asked == []


async def test_header_that_unlocks_a_longer_answer_is_sent_when_it_is_needed(books: Books) -> None:
    unlock = Unlock(
        400, "https://example.org/beta", headers=(("x-beta", "long-output"),), parameters={"long": 1}
    )
    card = msgspec.structs.replace(other_card("puppet"), unlocks=(unlock,))
    player = Player(ANSWER)
    desk = make_troupe(books, {"puppet": player}, cards=[card])
    for limit in (400, 100):
        await desk.ask(max_tokens=limit)
    assert [outbound.headers for outbound in player.asked] == [(("x-beta", "long-output"),), ()]
    assert (player.body(0)["max_tokens"], player.body(0)["long"]) == (400, 1)
    assert "long" not in player.body(1)


async def test_model_is_told_what_it_is_where_the_tier_says_so(books: Books) -> None:
    player = Player(ANSWER)
    tiers = {"api": Tier("api", introduce=True, max_output_tokens=50)}
    desk = make_troupe(books, {"puppet": player}, tiers=tiers)
    await desk.ask()
    told, asked = player.body()["messages"]
    assert told["role"] == "system"
    assert "You are served as puppet/model." in told["content"]
    assert "Maximum output: 50 tokens." in told["content"]
    assert asked["role"] == "user"
    [entry] = await desk.entries()
    assert entry.hold.input_bound is not None
    assert entry.hold.input_bound >= len(player.asked[0].request.to_bytes())


async def test_limit_that_an_upstream_complains_of_is_learnt_and_kept_to(books: Books) -> None:
    complaint = "max_tokens is too large: 90. This model supports at most 40 completion tokens"
    refusal = UpstreamRejected(
        400, ErrorBody(complaint, "invalid_request_error", "max_tokens", "invalid_value")
    )
    full = "".join(f"{number} bottles of water\n" for number in range(20))
    teller = Teller(full)
    player = Player(refusal, lambda outbound: teller.tell(outbound.request))
    limits = LimitBook()
    desk = make_troupe(books, {"puppet": player}, limits=limits)
    got = await read(await desk.ask(stream=True, stream_options={"include_usage": True}, max_tokens=90))
    assert [player.body(number)["max_tokens"] for number in range(2)] == [90, 40]
    assert limits.effective(other_card("puppet"), Tier("api")).output == 40
    assert got[-2]["fen"]["segments"] == len(teller.asked)
    statuses = [entry.settlement.status for entry in await desk.entries() if entry.settlement]
    assert statuses[:2] == [400, 200]
