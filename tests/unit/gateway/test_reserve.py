"""One call and its budgets: held in full, waited for, cut, or refused, with the figures."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from fen.accounts import parse_budget
from fen.accounts.tier import Tier
from fen.catalogue import Rates
from fen.gateway.call import Call, Parts
from fen.gateway.reserve import reserve
from fen.ledger import Book, Exchange, Hold, claim_replica
from fen.storage import METADATA, open_storage
from fen.wire.errors import BudgetBusy, BudgetExceeded, InvalidRequest
from fen.wire.request import EmbeddingsRequest, Request
from fen.wire.usage import Meter
from tests.fakes.books import make_settlement, usd
from tests.fakes.spending import OUTPUT, PRICE, TIER, make_call, make_candidate, make_key, make_parts

pytestmark = pytest.mark.asyncio(loop_scope="session")

FX = Exchange("USD", "CNY", Decimal(7), "the bank", date(2026, 3, 1))
HASTY = Tier("api", hold_wait=0)


class House(msgspec.Struct, frozen=True):
    """Where the books are, and the books: made once, for that takes longer than any of these tests."""

    url: str
    book: Book


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    home = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{home}/fen.db"
    storage = open_storage(url)
    opened = Book(storage, claim_replica(home))
    yield House(url, opened)
    await opened.close()
    await storage.close()


@pytest.fixture
def book(house: House) -> Book:
    """Books with nothing in them."""
    with closing(sqlite3.connect(house.url.removeprefix("sqlite:///"))) as connection:
        for table in METADATA.sorted_tables:
            connection.execute(f"DELETE FROM {table.name}")
        connection.commit()
    return house.book


@pytest.fixture
def parts(book: Book) -> Parts:
    return make_parts(book, fx={("USD", "CNY"): FX})


async def ask(parts: Parts, call: Call, **candidate: Any) -> tuple[Hold, Request]:
    return await reserve(call, parts, make_candidate(**candidate), 1, call.request)


async def settle(parts: Parts, hold: Hold, charge: str) -> None:
    await parts.book.settle(make_settlement(id=hold.id, cost=usd(charge), charge=usd(charge)))


def limit_of(request: Request) -> Any:
    members = msgspec.json.decode(request.to_bytes())
    return members.get("max_completion_tokens", members.get("max_tokens"))


async def test_a_call_without_budgets_is_held_as_it_is(parts: Parts) -> None:
    call = make_call(1, make_key())
    hold, request = await ask(parts, call)
    assert request is call.request
    assert (hold.id, hold.reservations, hold.cost_max, hold.charge_max) == (
        "req_1-1",
        (),
        usd("0.001"),
        usd("0.001"),
    )
    [entry] = await parts.book.find("req_1")
    assert entry.hold == hold


async def test_a_call_counts_in_each_of_its_budgets_with_its_mark_up(parts: Parts) -> None:
    tier = Tier("api", markup=Decimal("1.5"), budgets=(parse_budget("3USD/day", "tier", "api"),))
    key = make_key("1USD/month", team="red", team_limits=["2USD"])
    hold, request = await ask(parts, make_call(1, key, tier))
    assert (hold.cost_max, hold.charge_max) == (usd("0.001"), usd("0.0015"))
    assert [(taken.cap, taken.amount) for taken in hold.reservations] == [
        ("key:key_1/month/USD", Decimal("0.0015")),
        ("team:red/total/USD", Decimal("0.0015")),
        ("tier:api/day/USD", Decimal("0.0015")),
    ]
    assert limit_of(request) == OUTPUT


async def test_a_short_budget_cuts_the_answer_to_what_it_affords(parts: Parts) -> None:
    hold, request = await ask(parts, make_call(1, make_key("0.0005USD")))
    assert (hold.output_bound, limit_of(request)) == (400, 400)  # 100 tokens of input, and 400 of output
    assert hold.charge_max == usd("0.0005")


@pytest.mark.parametrize(
    "members", [{"max_tokens": None}, {"max_tokens": None, "max_completion_tokens": 900}]
)
async def test_the_cut_stands_where_the_client_would_have_put_it(
    parts: Parts, members: dict[str, Any]
) -> None:
    _, request = await ask(parts, make_call(1, make_key("0.0005USD"), **members))
    sent = msgspec.json.decode(request.to_bytes())
    name = "max_completion_tokens" if "max_completion_tokens" in members else "max_tokens"
    assert {each: sent[each] for each in sent if each.startswith("max_")} == {name: 400}


async def test_several_choices_are_cut_alike(parts: Parts) -> None:
    hold, request = await ask(parts, make_call(1, make_key("0.0005USD"), n=3))
    assert (hold.output_bound, limit_of(request)) == (399, 133)


async def test_no_answer_is_cut_below_the_least_output(parts: Parts) -> None:
    key = make_key("0.000115USD/day")
    with pytest.raises(BudgetExceeded) as caught:
        await ask(parts, make_call(1, key))
    assert (caught.value.status, caught.value.code) == (402, "budget_exceeded")
    assert caught.value.message.startswith(
        "budget: found 0.000115 USD left of 0.000115 USD (key:key_1/day/USD), 0 USD of it spent,"
        " expected at least 0.000116 USD"
    )
    hold, _ = await ask(parts, make_call(1, key, max_tokens=15))  # less was asked
    assert hold.output_bound == 15
    hold, _ = await ask(parts, make_call(2, make_key("0.000116USD")))
    assert hold.output_bound == 16


async def test_a_thinking_answer_is_not_cut_to_its_thoughts(parts: Parts) -> None:
    thinking = {"path": "anthropic.messages", "thinking": {"type": "enabled", "budget_tokens": 300}}
    with pytest.raises(BudgetExceeded):
        await ask(parts, make_call(1, make_key("0.0004USD"), **thinking))
    hold, request = await ask(parts, make_call(1, make_key("0.00042USD"), **thinking))
    assert (hold.output_bound, limit_of(request)) == (320, 320)


async def test_a_call_that_fits_waits_for_open_holds_and_is_not_cut(parts: Parts) -> None:
    key = make_key("0.0015USD")
    first, _ = await ask(parts, make_call(1, key))
    waiting = asyncio.create_task(ask(parts, make_call(2, key, Tier("api", hold_wait=60))))
    while parts.book.lines.is_free(["key:key_1/total/USD"]):  # noqa: ASYNC110  the line has no event
        await asyncio.sleep(0)
    await settle(parts, first, "0.0001")
    second, request = await waiting
    assert (second.output_bound, limit_of(request)) == (OUTPUT, OUTPUT)
    assert parts.book.lines.is_free(["key:key_1/total/USD"])


async def test_room_that_another_process_makes_is_found(parts: Parts, house: House) -> None:
    storage = open_storage(house.url)
    elsewhere = make_parts(Book(storage))
    key = make_key("0.0015USD")
    first, _ = await ask(elsewhere, make_call(1, key))
    waiting = asyncio.create_task(ask(parts, make_call(2, key, Tier("api", hold_wait=60))))
    while parts.book.lines.is_free(["key:key_1/total/USD"]):  # noqa: ASYNC110  the line has no event
        await asyncio.sleep(0)
    await settle(elsewhere, first, "0.0001")
    second, _ = await waiting
    assert second.output_bound == OUTPUT
    await storage.close()


async def test_a_call_that_waited_in_vain_is_told_to_come_again(parts: Parts) -> None:
    key = make_key("0.0015USD")
    await ask(parts, make_call(1, key))
    with pytest.raises(BudgetBusy) as caught:
        await ask(parts, make_call(2, key, HASTY))
    assert (caught.value.status, caught.value.code) == (429, "budget_busy")
    assert caught.value.headers == (("retry-after", "1"),)
    assert "found 0.001 USD of 0.0015 USD held by calls under way and 0 USD spent" in caught.value.message
    assert await parts.book.find("req_2") == []


async def test_what_waits_is_cut_or_refused_when_too_little_is_left(parts: Parts) -> None:
    key = make_key("0.001USD")
    first, _ = await ask(parts, make_call(1, key))
    patient = Tier("api", hold_wait=60)
    waiting = [asyncio.create_task(ask(parts, make_call(number, key, patient))) for number in (2, 3)]
    await settle(parts, first, "0.0004")
    second, _ = await waiting[0]
    assert second.output_bound == 500
    await settle(parts, second, "0.0006")
    with pytest.raises(BudgetExceeded, match=r"found 0 USD left of 0\.001 USD"):
        await waiting[1]


async def test_those_who_wait_are_served_in_their_order(parts: Parts) -> None:
    key = make_key("0.001USD")
    hold, _ = await ask(parts, make_call(0, key))
    served: list[int] = []

    async def wait(number: int) -> None:
        mine, _ = await ask(parts, make_call(number, key, Tier("api", hold_wait=60)))
        served.append(number)
        await parts.book.release(mine.id, "upstream_failed", 502)

    waiting = [asyncio.create_task(wait(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    await parts.book.release(hold.id, "upstream_failed", 502)
    await asyncio.gather(*waiting)
    assert served == [1, 2, 3, 4, 5]


async def test_whoever_leaves_while_waiting_holds_nothing_and_lets_others_in(parts: Parts) -> None:
    key = make_key("0.001USD")
    hold, _ = await ask(parts, make_call(0, key))
    patient = Tier("api", hold_wait=60)
    leaving, staying = (asyncio.create_task(ask(parts, make_call(n, key, patient))) for n in (1, 2))
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await parts.book.release(hold.id, "upstream_failed", 502)
    await staying
    [room] = await parts.book.rooms([_cap(key)])
    assert room.held == usd("0.001")


async def test_a_budget_in_another_currency_counts_at_the_dated_rate(parts: Parts) -> None:
    hold, _ = await ask(parts, make_call(1, make_key("1CNY")))
    assert hold.charge_max is not None
    assert (str(hold.cost_max), str(hold.charge_max), hold.fx) == ("0.001 USD", "0.007 CNY", FX)
    assert [(taken.cap, taken.amount, taken.fx) for taken in hold.reservations] == [
        ("key:key_1/total/CNY", Decimal("0.007"), None)
    ]
    mixed, _ = await ask(parts, make_call(2, make_key("1CNY", "1USD/day")))
    assert (str(mixed.charge_max), mixed.fx) == ("0.001 USD", None)
    assert [(taken.amount, taken.fx) for taken in mixed.reservations] == [
        (Decimal("0.007"), FX),
        (Decimal("0.001"), None),
    ]
    short, _ = await ask(parts, make_call(3, make_key("0.0035CNY/day")))
    assert short.output_bound == 400


async def test_what_no_budget_can_bound_is_refused(book: Book, parts: Parts) -> None:
    key = make_key("1CNY")
    unknown = [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]
    for call, candidate, code in (
        (make_call(1, key), {"rates": None}, "unpriced_model"),
        (make_call(1, key), {"rates": Rates("USD", {"input": Decimal(1)}, "test")}, "unpriced_model"),
        (make_call(1, key, max_tokens=None), {"output": None, "window": None}, "unbounded_output"),
        (make_call(1, key, messages=unknown), {}, "unbounded_input"),
    ):
        with pytest.raises(InvalidRequest, match="a budget applies") as caught:
            await ask(parts, call, **candidate)
        assert caught.value.code == code
        free = msgspec.structs.replace(call, key=make_key(), id="req_free" + code + str(candidate))
        await ask(parts, free, **candidate)
    with pytest.raises(InvalidRequest, match=r"the settings need \[fx\] CNY_PER_USD") as caught:
        await ask(make_parts(book), make_call(1, key))
    assert caught.value.code == "no_exchange_rate"


async def test_what_is_free_asks_no_budget(parts: Parts) -> None:
    free = Rates("USD", {"input": Decimal(0), "output": Decimal(0)}, "test")
    hold, _ = await ask(parts, make_call(1, make_key("0USD")), rates=free)
    assert (hold.reservations, hold.charge_max) == ((), usd(0))


async def test_embeddings_are_held_whole_or_not(parts: Parts) -> None:
    def embed(number: int, limit: str) -> Call:
        call = make_call(number, make_key(limit), TIER)
        view = EmbeddingsRequest("puppet/model", "text")
        return msgspec.structs.replace(call, request=Request("openai.embeddings", b"{}", view))

    hold, _ = await ask(parts, embed(1, "0.0001USD"))
    assert (hold.output_bound, hold.charge_max) == (0, usd("0.0001"))
    with pytest.raises(BudgetExceeded):
        await ask(parts, embed(2, "0.00009USD/day"))


async def test_dearer_meters_are_in_the_worst_case(parts: Parts) -> None:
    prices: dict[Meter, Decimal] = {**PRICE.per_million, "reasoning": Decimal(3)}
    hold, _ = await ask(parts, make_call(1, make_key("1USD")), rates=Rates("USD", prices, "test"))
    assert hold.charge_max == usd("0.0028")


def _cap(key: Any) -> Any:
    from datetime import UTC, datetime

    from fen.accounts import make_caps

    return make_caps(key.budgets, datetime.now(UTC))[0]
