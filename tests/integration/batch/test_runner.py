"""Batches from file to file: what is asked, when, how often, and what comes of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fen.batch import EVERYBODY, Viewer
from fen.storage import Storage
from fen.wire.errors import InvalidRequest, NotFound, RateLimited, UpstreamFailed
from tests.integration.batch.bench import QUICK, Shop, line, make_shop, pieces
from tests.unit.batch.prices import at, catalogue, tariff

CHEAP_EVENINGS = catalogue(tariff("1"), tariff("0.5", (17, 1)))


@pytest.fixture
def shop(storage: Storage, tmp_path: Path) -> Shop:
    return make_shop(storage, tmp_path)


async def test_every_line_is_asked_once_and_answered_in_order(shop: Shop) -> None:
    texts = [f"line {number}" for number in range(120)]
    batch = await shop.submit(*texts, key_id="key_1")
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.total, done.counts.completed, done.counts.failed) == (
        "completed",
        120,
        120,
        0,
    )
    assert done.error_file_id is None
    assert sorted(shop.answers.asked) == sorted(texts)
    assert set(shop.answers.keys) == {"key_1"}
    assert shop.answers.most_under_way <= QUICK.concurrency
    output = await shop.read(done.output_file_id)
    assert list(output) == texts
    assert output["line 7"]["response"]["body"] == {"said": "line 7"}
    assert output["line 7"]["response"]["request_id"] == "req_line 7"
    assert await shop.storage.read(lambda connection: _count(connection, "batch_lines")) == 0


async def test_a_refused_line_stands_in_the_error_file_and_stops_no_other(shop: Shop) -> None:
    shop.answers.errors["bad"] = [NotFound("found no such model, expected one")]
    batch = await shop.submit_lines(
        [line("bad"), line("good"), line("broken", messages=[]), line("s", stream=True)]
    )
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.counts.completed, done.counts.failed) == (1, 3)
    assert set(await shop.read(done.output_file_id)) == {"good"}
    errors = await shop.read(done.error_file_id)
    assert {name: error["response"]["status_code"] for name, error in errors.items()} == {
        "bad": 404,
        "broken": 400,
        "s": 400,
    }
    assert "bad" in shop.answers.asked
    assert "broken" not in shop.answers.asked


async def test_a_line_refused_for_now_is_asked_again_later_and_not_before(shop: Shop) -> None:
    shop.answers.errors["busy"] = [RateLimited("much", retry_after=60), RateLimited("much", retry_after=60)]
    batch = await shop.submit("busy", "free")
    async with shop.running():
        for times in (1, 2):
            await shop.until_postponed(times)
            shop.clock.turn(seconds=59)
            await asyncio.sleep(0.1)  # nothing to wait for: it must not be asked
            assert shop.answers.counts["busy"] == times
            shop.clock.turn(seconds=2)
            await shop.answers.until(lambda times=times: shop.answers.counts["busy"] > times)
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.completed, shop.answers.counts["busy"]) == ("completed", 2, 3)


async def test_an_upstream_that_stays_broken_fails_its_line(shop: Shop) -> None:
    shop.answers.errors["x"] = [UpstreamFailed("broken") for _ in range(9)]
    batch = await shop.submit("x")
    async with shop.running():
        for times in range(1, QUICK.tries):
            await shop.until_postponed(times)
            shop.clock.turn(minutes=5)
        done = await shop.until_ended(batch)
    assert (done.counts.failed, shop.answers.counts["x"]) == (1, QUICK.tries)


async def test_it_waits_for_the_cheap_hours_and_says_until_when(storage: Storage, tmp_path: Path) -> None:
    shop = make_shop(storage, tmp_path, CHEAP_EVENINGS)
    batch = await shop.submit("a", "b")
    async with shop.running():
        waiting = await shop.until(batch, lambda found: found.next_at is not None)
        assert (waiting.state, waiting.next_at) == ("in_progress", at(17))
        shop.clock.turn(hours=7, minutes=59)
        await asyncio.sleep(0.2)  # nothing to wait for: it must not be asked
        assert shop.answers.asked == []
        shop.clock.turn(minutes=1)
        done = await shop.until_ended(batch)
    assert (done.state, done.next_at) == ("completed", None)


async def test_lines_of_a_model_without_a_cheap_hour_do_not_wait_for_the_others(
    storage: Storage, tmp_path: Path
) -> None:
    shop = make_shop(storage, tmp_path, CHEAP_EVENINGS)
    batch = await shop.submit_lines([line("later"), line("now", model="other/model")])
    async with shop.running():
        await shop.until(batch, lambda found: found.counts.completed == 1)
        waiting = await shop.until(batch, lambda found: found.next_at is not None)
        assert (waiting.next_at, shop.answers.asked) == (at(17), ["now"])
        shop.clock.turn(hours=8)
        await shop.until_ended(batch)
    assert shop.answers.asked == ["now", "later"]


async def test_what_the_cheap_hours_leave_runs_before_the_window_ends(
    storage: Storage, tmp_path: Path
) -> None:
    shop = make_shop(storage, tmp_path, CHEAP_EVENINGS)
    shop.answers.errors["a"] = [RateLimited("much", retry_after=12 * 3600)]
    batch = await shop.submit("a")
    async with shop.running():
        await shop.until(batch, lambda found: found.next_at is not None)
        shop.clock.turn(hours=8)
        await shop.until_postponed(1)
        shop.clock.turn(hours=13)  # six in the morning: no cheap hour is left before nine
        done = await shop.until_ended(batch)
    assert (done.state, shop.answers.counts["a"]) == ("completed", 2)


async def test_a_window_that_ends_expires_what_is_left(shop: Shop) -> None:
    shop.answers.gates["hangs"] = asyncio.Event()
    shop.answers.errors["busy"] = [RateLimited("much", retry_after=100_000)]
    batch = await shop.submit("done", "hangs", "busy")
    async with shop.running():
        await shop.answers.until(lambda: len(shop.answers.asked) == 3)
        await shop.until(batch, lambda found: found.counts.completed == 1)
        shop.clock.turn(hours=24)
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.completed, done.counts.failed) == ("expired", 1, 2)
    errors = await shop.read(done.error_file_id)
    assert {name: error["error"]["code"] for name, error in errors.items()} == {
        "hangs": "batch_expired",
        "busy": "batch_expired",
    }
    assert set(await shop.read(done.output_file_id)) == {"done"}
    assert shop.answers.under_way == 0


async def test_a_cancelled_batch_asks_nothing_more_and_keeps_what_was_under_way(shop: Shop) -> None:
    gates = {f"gate {number}": asyncio.Event() for number in range(QUICK.concurrency)}
    shop.answers.gates |= gates
    batch = await shop.submit("first", *gates, *(f"rest {number}" for number in range(50)))
    async with shop.running():
        await shop.answers.until(lambda: shop.answers.under_way == QUICK.concurrency)
        cancelling = await shop.batches.cancel(batch.id, EVERYBODY)
        assert cancelling.state == "cancelling"
        assert (await shop.batches.cancel(batch.id, EVERYBODY)).state == "cancelling"
        for gate in gates.values():
            gate.set()
        done = await shop.until_ended(batch)
    assert done.state == "cancelled"
    assert shop.answers.asked == ["first", *gates]
    assert set(await shop.read(done.output_file_id)) == {"first", *gates}
    errors = await shop.read(done.error_file_id)
    assert {error["error"]["code"] for error in errors.values()} == {"batch_cancelled"}
    assert len(errors) == 50
    assert (done.counts.total, done.counts.completed, done.counts.failed) == (55, 5, 50)
    assert (await shop.batches.cancel(batch.id, EVERYBODY)).state == "cancelled"


async def test_a_batch_that_nobody_began_is_cancelled_too(shop: Shop) -> None:
    batch = await shop.submit("a")
    await shop.batches.cancel(batch.id, EVERYBODY)
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.state, done.output_file_id, shop.answers.asked) == ("cancelled", None, [])


async def test_what_has_ended_cannot_be_cancelled(shop: Shop) -> None:
    batch = await shop.submit("a")
    async with shop.running():
        await shop.until_ended(batch)
    with pytest.raises(InvalidRequest, match="found a batch that is completed"):
        await shop.batches.cancel(batch.id, EVERYBODY)


async def test_a_file_that_is_no_batch_fails_whole_and_nothing_is_asked(shop: Shop) -> None:
    batch = await shop.submit_lines([line("a"), line("a"), line("b") | {"url": "/v1/embeddings"}])
    async with shop.running():
        done = await shop.until_ended(batch)
    assert done.state == "failed"
    assert [(fault.code, fault.line) for fault in done.errors] == [
        ("duplicate_custom_id", 2),
        ("invalid_url", 3),
    ]
    assert shop.answers.asked == []
    assert (done.output_file_id, done.error_file_id) == (None, None)


async def test_a_file_that_is_gone_fails_its_batch(shop: Shop) -> None:
    batch = await shop.submit("a")
    await shop.batches.shelf.delete(batch.input_file_id, EVERYBODY)
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.state, [fault.code for fault in done.errors]) == ("failed", ["file_not_found"])


async def test_an_input_file_may_go_once_its_lines_are_taken_in(shop: Shop) -> None:
    shop.answers.gates["a"] = asyncio.Event()
    batch = await shop.submit("a", "b")
    async with shop.running():
        await shop.answers.until(lambda: "a" in shop.answers.asked)
        await shop.batches.shelf.delete(batch.input_file_id, EVERYBODY)
        shop.answers.gates["a"].set()
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.completed) == ("completed", 2)


async def test_two_batches_share_the_places(shop: Shop) -> None:
    one = await shop.submit(*(f"one {number}" for number in range(40)))
    two = await shop.submit(*(f"two {number}" for number in range(40)))
    async with shop.running():
        await shop.until_ended(one)
        await shop.until_ended(two)
    assert shop.answers.most_under_way <= QUICK.concurrency
    first_of_two = shop.answers.asked.index("two 0")
    assert first_of_two < shop.answers.asked.index("one 39")


async def test_a_batch_needs_a_file_of_its_own_key_made_for_batches(shop: Shop) -> None:
    batch = await shop.submit("a", key_id="key_1")
    async with shop.running():
        done = await shop.until_ended(batch)
    shelf = shop.batches.shelf
    for viewer in (Viewer("key_2"), Viewer(None)):
        for wanted in (batch.input_file_id, done.output_file_id or ""):
            with pytest.raises(NotFound, match="found no file"):
                await shelf.find(wanted, viewer)
        with pytest.raises(NotFound, match="found no batch"):
            await shop.batches.find(batch.id, viewer)
    assert (await shelf.find(done.output_file_id or "", Viewer("key_1"))).purpose == "batch_output"
    wanted: Any = replace(await _request(shop), input_file_id=done.output_file_id)
    with pytest.raises(InvalidRequest, match="found a file for batch_output"):
        await shop.batches.create(wanted, "key_1")
    with pytest.raises(NotFound):
        await shop.batches.create(replace(wanted, input_file_id=batch.input_file_id), "key_2")


async def _request(shop: Shop) -> Any:
    from fen.batch import BatchRequest

    file = await shop.batches.shelf.put(pieces(b"x"), "x", None)
    return BatchRequest(file.id, "/v1/chat/completions", "24h")


def _count(connection: Any, table: str) -> int:
    return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
