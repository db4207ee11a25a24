"""An answer longer than one call gives is one answer to the client, and as many entries as it took calls."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fen.gateway.call import Handling
from fen.gateway.segment import STYLES
from fen.ledger import Entry
from fen.wire.answer import Stream, Whole
from fen.wire.errors import BudgetExceeded, ContextLengthExceeded, UpstreamFailed
from fen.wire.ports import Outbound
from tests.fakes.continuing import Teller
from tests.fakes.pipeline import Books, Desk, read
from tests.fakes.troupe import Player, make_troupe

pytestmark = pytest.mark.asyncio(loop_scope="session")

FULL = "".join(f"{number} bottles of water on the wall\n" for number in range(60))
ASKED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": 2000}


def make_teller(**how: Any) -> tuple[Teller, Player]:
    teller = Teller(FULL, **how)
    return teller, Player(lambda outbound: teller.tell(outbound.request))


async def tell_whole(outbound: Outbound, teller: Teller) -> Whole:
    """What the teller says, as a whole answer."""
    said, finish = "", None
    stream = teller.tell(outbound.request)
    async for event in stream.events:
        choices = msgspec.json.decode(event.data)["choices"]
        said += choices[0]["delta"].get("content", "") if choices else ""
        finish = event.finish or finish
    usage = teller.usages[-1]
    tree = {
        "id": "whole",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": finish}],
        "usage": {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
    }
    return Whole(msgspec.json.encode(tree), usage, (), len(said))


class WholePlayer(Player):
    """A Player that tells whole answers."""

    def __init__(self, teller: Teller) -> None:
        super().__init__(UpstreamFailed("never"))
        self._teller = teller

    async def send(self, outbound: Outbound) -> Whole | Stream:
        self.asked.append(outbound)
        return await tell_whole(outbound, self._teller)


async def check_books(desk: Desk, teller: Teller) -> list[Entry]:
    """Each segment is in the books with what it used, and telemetry has the sum."""
    entries = await desk.entries()
    assert [entry.settlement.usage for entry in entries if entry.settlement] == teller.usages
    assert len(entries) == len(teller.asked) > 1
    [record] = desk.watcher.records
    assert record.usage is not None
    assert record.cost is not None
    assert record.usage.total_tokens == sum(usage.total_tokens for usage in teller.usages)
    costs = [entry.settlement.cost.amount for entry in entries if entry.settlement and entry.settlement.cost]
    assert record.cost.amount == sum(costs)
    return entries


@pytest.mark.parametrize("style", ["turn", "trailing"])
async def test_stream_goes_on_past_the_models_limit(books: Books, style: str) -> None:
    teller, player = make_teller()
    handlings = {"puppet/model": Handling(style=STYLES[style])}
    desk = make_troupe(books, {"puppet": player}, handlings=handlings)
    reply = await desk.ask(**ASKED)
    got = await read(reply)
    choices = [chunk["choices"][0] for chunk in got[:-2]]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == FULL
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["stop"]
    entries = await check_books(desk, teller)
    figures = got[-2]["fen"]
    assert figures["segments"] == figures["attempts"] == got[-2]["usage"]["segments"] == len(entries)
    assert Decimal(figures["cost"]) == sum(
        entry.settlement.cost.amount for entry in entries if entry.settlement and entry.settlement.cost
    )
    assert dict(reply.headers)["x-fen-cost-max"] == "unknown"
    assert all(body["max_tokens"] <= 100 for body in teller.asked)


async def test_whole_answer_goes_on_past_the_models_limit(books: Books) -> None:
    teller = Teller(FULL)
    desk = make_troupe(books, {"puppet": WholePlayer(teller)})
    reply = await desk.ask(max_tokens=2000)
    assert msgspec.json.decode(reply.body)["choices"][0]["message"]["content"] == FULL
    entries = await check_books(desk, teller)
    assert dict(reply.headers)["x-fen-segments"] == str(len(entries))


async def test_what_the_client_asked_for_bounds_all_segments_together(books: Books) -> None:
    teller, player = make_teller()
    desk = make_troupe(books, {"puppet": player})
    asked: dict[str, Any] = ASKED | {"max_tokens": 250}
    got = await read(await desk.ask(**asked))
    assert got[-3]["choices"][0]["finish_reason"] == "length"
    assert sum(usage.completion_tokens for usage in teller.usages) <= 250
    await check_books(desk, teller)


async def test_segment_that_fails_is_tried_again(books: Books) -> None:
    teller = Teller(FULL)
    player = Player(
        lambda outbound: teller.tell(outbound.request),
        UpstreamFailed("broke"),
        lambda outbound: teller.tell(outbound.request),
    )
    desk = make_troupe(books, {"puppet": player})
    got = await read(await desk.ask(**ASKED))
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in got[:-2]) == FULL
    figures = got[-2]["fen"]
    assert figures["attempts"] == figures["segments"] + 1


async def test_answer_ends_where_the_budget_does(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    teller, player = make_teller()
    desk = make_troupe(books, {"puppet": player})
    reply = await desk.ask(**ASKED)

    async def refuse(_: object) -> None:
        raise BudgetExceeded("nothing left")

    monkeypatch.setattr(desk.book, "hold", refuse)
    got = await read(reply)
    assert got[-3]["choices"][0]["finish_reason"] == "length"
    assert got[-2]["fen"]["attempts"] == 1
    assert len(teller.asked) == 1


async def test_client_that_leaves_in_a_later_segment_pays_for_what_came(books: Books) -> None:
    teller, player = make_teller()
    desk = make_troupe(books, {"puppet": player})
    reply = await desk.ask(**ASKED)
    assert reply.rest is not None
    while len(teller.asked) < 2:
        await anext(reply.rest)
    await anext(reply.rest)
    await reply.rest.aclose()
    first, second = [entry.settlement for entry in await desk.entries()]
    assert first is not None
    assert second is not None
    assert (first.status, first.usage) == (200, teller.usages[0])
    assert (second.status, second.reason) == (499, "disconnected")
    assert teller.streams[-1].closed


async def test_model_that_is_not_to_go_on_refuses_what_is_too_long(books: Books) -> None:
    _, player = make_teller()
    desk = make_troupe(books, {"puppet": player}, handlings={"puppet/model": Handling(continuation=False)})
    with pytest.raises(ContextLengthExceeded, match="found 2000, expected at most 100"):
        await desk.ask(**ASKED)
    assert player.asked == []


async def test_answer_that_fits_into_one_call_is_passed_on_as_it_is(books: Books) -> None:
    teller, player = make_teller(token=1000)
    desk = make_troupe(books, {"puppet": player})
    got = await read(await desk.ask(**ASKED))
    assert got[-2]["fen"]["segments"] == 1
    assert "segments" not in got[-2]["usage"]
    assert len(teller.asked) == 1
