"""Lines that a vendor runs in a batch of its own: what is sent, what is held, what is charged."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fen.batch import EVERYBODY, Batch
from fen.batch.consignment import read_deferral
from fen.batch.gathering import Gathering
from fen.batch.line import Line
from fen.ledger import KEEPER
from fen.ledger.store import read_beats
from fen.storage import Storage
from tests.fakes.books import make_hold
from tests.integration.batch.bench import POLL, line
from tests.integration.batch.vendors import Trade, open_trade, price

TEXTS = [f"line {number}" for number in range(20)]


@pytest.fixture
async def trade(storage: Storage, tmp_path: Path) -> AsyncIterator[Trade]:
    async with open_trade(storage, tmp_path) as opened:
        yield opened


def words(batch: dict[str, Any], trade: Trade) -> list[str]:
    return [each["body"]["messages"][0]["content"] for each in trade.vendor.lines(batch)]


async def submit(trade: Trade, *texts: str, key_id: str | None = None) -> Batch:
    return await trade.shop.submit(*texts, key_id=key_id, max_tokens=10)


async def test_lines_go_as_one_batch_and_are_charged_at_its_price(trade: Trade) -> None:
    trade.vendor.quick = True
    batch = await submit(trade, *TEXTS, key_id="key_1")
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert (done.state, done.counts.completed, done.counts.failed) == ("completed", len(TEXTS), 0)
    [made] = trade.vendor.made
    assert (made["endpoint"], made["completion_window"]) == ("/v1/chat/completions", "24h")
    assert words(made, trade) == TEXTS
    assert {each["body"]["model"] for each in trade.vendor.lines(made)} == {"model"}
    assert trade.shop.answers.asked == []
    output = await trade.shop.read(done.output_file_id)
    assert list(output) == TEXTS
    assert output["line 3"]["response"]["body"]["usage"]["completion_tokens"] == 8
    entries = await trade.entries(batch)
    assert len(entries) == len(TEXTS)
    for entry in entries:
        assert entry.settlement is not None
        assert (entry.hold.key_id, entry.hold.tag, entry.settlement.certainty) == ("key_1", "batch", "exact")
        assert entry.settlement.cost is not None
        assert entry.settlement.cost.amount == price(entry)
    assert {each["response"]["request_id"] for each in output.values()} == {
        e.hold.request_id for e in entries
    }
    assert len(trade.watcher.records) == len(TEXTS)


async def test_a_line_that_fails_costs_nothing_and_one_that_broke_is_asked_by_itself(trade: Trade) -> None:
    trade.vendor.quick = True
    batch = await submit(trade, "good", "bad [[status-400]]", "broken [[status-500]]")
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert (done.counts.completed, done.counts.failed) == (2, 1)
    assert trade.shop.answers.asked == ["broken [[status-500]]"]
    errors = await trade.shop.read(done.error_file_id)
    assert errors["bad [[status-400]]"]["response"]["status_code"] == 400
    settled = [entry.settlement for entry in await trade.entries(batch)]
    assert [(s.cost.amount == 0, s.status) for s in settled if s and s.cost] == [
        (False, 200),
        (True, 400),
        (True, 503),
    ]


async def test_what_the_vendor_did_not_come_to_is_released_and_asked_by_itself(trade: Trade) -> None:
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        [made] = await trade.until_made()
        trade.vendor.finish(made, "expired", answered=5)
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == len(TEXTS)
    assert sorted(trade.shop.answers.asked) == sorted(TEXTS[5:])
    assert len(trade.vendor.made) == 1
    entries = await trade.entries(batch)
    costs = [entry.settlement.cost.amount for entry in entries if entry.settlement and entry.settlement.cost]
    assert [cost > 0 for cost in costs] == [True] * 5 + [False] * 15


async def test_a_vendor_that_refuses_the_batch_gets_its_lines_one_by_one(trade: Trade) -> None:
    trade.vendor.refuses = 400
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == len(TEXTS)
    assert sorted(trade.shop.answers.asked) == sorted(TEXTS)
    assert sum(entry.settlement.cost.amount for entry in await trade.entries(batch)) == 0  # type: ignore[union-attr]


async def test_a_batch_whose_making_was_not_heard_of_is_found_and_not_made_again(trade: Trade) -> None:
    trade.vendor.silent_after = trade.vendor.quick = True
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == len(TEXTS)
    assert len(trade.vendor.made) == 1
    assert trade.shop.answers.asked == []


async def test_a_vendor_that_is_down_for_making_batches_gets_lines_one_by_one(trade: Trade) -> None:
    trade.vendor.refuses = 500
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == len(TEXTS)
    assert trade.vendor.asked.count(("POST", "/v1/batches")) == 2  # `tries`
    assert sorted(trade.shop.answers.asked) == sorted(TEXTS)


async def test_cancelling_keeps_what_was_answered_and_releases_the_rest(trade: Trade) -> None:
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        await trade.until_deferred(len(TEXTS))
        trade.vendor.made[0]["answered"] = 7
        await trade.shop.batches.cancel(batch.id, EVERYBODY)
        done = await trade.shop.until_ended(batch)
    assert (done.state, done.counts.completed, done.counts.failed) == ("cancelled", 7, 13)
    assert trade.vendor.made[0]["status"] == "cancelled"
    entries = await trade.entries(batch)
    assert all(entry.settlement is not None for entry in entries)
    costs = [entry.settlement.cost.amount for entry in entries if entry.settlement and entry.settlement.cost]
    assert [cost > 0 for cost in costs] == [True] * 7 + [False] * 13
    assert trade.shop.answers.asked == []


async def test_a_vendor_that_takes_too_long_has_to_give_back_before_the_window_ends(trade: Trade) -> None:
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        await trade.until_deferred(len(TEXTS))
        trade.shop.clock.turn(hours=23.1)
        done = await trade.shop.until_ended(batch)
    assert (done.state, done.counts.completed) == ("completed", len(TEXTS))
    assert trade.vendor.made[0]["status"] == "cancelled"
    assert sorted(trade.shop.answers.asked) == sorted(TEXTS)


async def test_a_line_that_no_budget_affords_fails_with_402_and_stops_no_other(trade: Trade) -> None:
    trade.vendor.quick = True
    trade.budgets = ("0.001USD",)
    long = [{"role": "user", "content": "x" * 4000}]
    lines = [line("short", max_tokens=10), line("long", max_tokens=10, messages=long)]
    batch = await trade.shop.submit_lines([*lines, line("also short", max_tokens=10)], key_id="key_1")
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert (done.counts.completed, done.counts.failed) == (2, 1)
    [error] = (await trade.shop.read(done.error_file_id)).values()
    assert error["response"]["status_code"] == 402
    assert error["response"]["body"]["error"]["code"] == "budget_exceeded"
    room = await trade.room("key_1")
    assert room.held.amount == 0
    assert room.spent.amount == price(*await trade.entries(batch))


async def test_lines_beyond_the_budgets_room_go_in_a_later_batch(
    trade: Trade,
) -> None:
    [tier] = trade.parts.tiers.values()
    trade.parts = replace(trade.parts, tiers={tier.name: replace(tier, hold_wait=0.0)})
    trade.budgets = ("0.0002USD",)  # holds of 2 lines, and many more real costs
    batch = await submit(trade, *TEXTS[:6], key_id="key_1")
    async with trade.shop.running():
        made = await trade.until_made()
        assert 0 < len(trade.vendor.lines(made[0])) < 6
        trade.vendor.quick = True
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == 6
    assert len(trade.vendor.made) > 1
    assert trade.shop.answers.asked == []
    assert (await trade.room("key_1")).held.amount == 0
    assert await trade.book.check() == []


async def test_lines_that_are_being_gathered_are_not_given_up(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Gathering._fetch

    async def fetch_slowly(self: Gathering, model: str) -> list[Line]:
        found = await fetch(self, model)
        if not found:  # all wait no longer, and no batch is open yet: as with a slow database
            await asyncio.sleep(10 * POLL)
        return found

    monkeypatch.setattr(Gathering, "_fetch", fetch_slowly)
    trade.vendor.quick = True
    batch = await submit(trade, *TEXTS)
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert (done.counts.completed, done.counts.failed) == (len(TEXTS), 0)
    assert trade.shop.answers.asked == []


async def test_more_output_than_one_call_gives_is_not_for_vendors(trade: Trade) -> None:
    trade.vendor.quick = True
    batch = await trade.shop.submit_lines([line("plain", max_tokens=10), line("odd", messages=[])])
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert (done.counts.completed, done.counts.failed) == (1, 1)
    assert [words(made, trade) for made in trade.vendor.made] == [["plain"]]


async def test_a_hold_that_no_line_knows_was_never_sent_and_is_released(trade: Trade) -> None:
    trade.vendor.quick = True
    batch = await submit(trade, "one")
    await trade.book.hold(make_hold("req_lost-1", replica=KEEPER + batch.id))
    async with trade.shop.running():
        await trade.shop.until_ended(batch)
    lost, sent = sorted(await trade.entries(batch), key=lambda entry: entry.hold.id != "req_lost-1")
    assert lost.settlement is not None
    assert (lost.settlement.reason, lost.settlement.status) == ("not_sent", 503)
    assert sent.settlement is not None
    assert sent.settlement.certainty == "exact"


async def test_a_vendor_that_is_gone_at_the_end_is_charged_by_estimate(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fen.batch.worker.PATIENCE_SECONDS", 0.2)
    batch = await submit(trade, *TEXTS[:3])
    async with trade.shop.running():
        await trade.until_deferred(3)
        trade.vendor.made.clear()
        trade.shop.clock.turn(hours=24)
        done = await trade.shop.until_ended(batch)
    assert (done.state, done.counts.failed) == ("completed", 3)
    errors = await trade.shop.read(done.error_file_id)
    assert {each["response"]["body"]["error"]["code"] for each in errors.values()} == {"vendor_unreachable"}
    for entry in await trade.entries(batch):
        assert entry.settlement is not None
        assert (entry.settlement.certainty, entry.settlement.reason) == ("estimated", "vendor_unreachable")
        assert entry.settlement.usage.input == entry.hold.input_estimate


async def test_results_that_come_twice_are_charged_once(trade: Trade) -> None:
    batch = await submit(trade, *TEXTS[:4])
    async with trade.shop.running():
        await trade.until_deferred(4)
    [made] = trade.vendor.made
    trade.vendor.finish(made)
    assert trade.shop.vendors is not None
    # As a crash leaves it between the books and the line: the first result is settled already.
    entries = await trade.entries(batch)
    first = json.loads(trade.vendor.files[made["output_file_id"]].splitlines()[0])
    query = "SELECT deferral FROM batch_lines WHERE number = " + first["custom_id"]
    text = await trade.shop.storage.read(lambda c: c.exec_driver_sql(query).scalar_one())
    await trade.shop.vendors.deferrals.estimate(read_deferral(text), "crash")
    async with trade.shop.running():
        done = await trade.shop.until_ended(batch)
    assert done.counts.completed == 4
    assert len(entries) == len(await trade.entries(batch)) == 4
    settled = [entry.settlement for entry in await trade.entries(batch)]
    assert [s.reason for s in settled if s] == ["crash", None, None, None]  # the first word stands


async def test_no_recovery_settles_what_a_batch_holds(trade: Trade) -> None:
    batch = await submit(trade, "one")
    async with trade.shop.running():
        await trade.until_deferred(1)
    beats = await trade.shop.storage.read(read_beats)
    assert not [name for name in beats if name.startswith(KEEPER)]
    [entry] = await trade.entries(batch)
    assert entry.settlement is None
