"""A process dies, or is thought to have: what had ended is not asked again, what was under way once more."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from fen.batch import EVERYBODY
from fen.batch.store import BatchStore
from fen.ledger import Book
from fen.storage import Storage
from tests.integration.batch.bench import QUICK, Shop, make_shop


@pytest.fixture
def shop(storage: Storage, tmp_path: Path) -> Shop:
    return make_shop(storage, tmp_path)


TEXTS = [f"line {number}" for number in range(30)]
STUCK = TEXTS[10 : 10 + QUICK.concurrency]


async def die(book: Book, work: asyncio.Task[None]) -> None:
    """End a process as SIGKILL does: nothing of it runs on, and its claim is free."""
    rest = [task for task in asyncio.all_tasks() if _is_batch_work(task)]
    for task in [*rest, work]:
        task.cancel()
    await asyncio.gather(*rest, work, return_exceptions=True)
    book._replica.abandon()  # type: ignore[union-attr]


def _is_batch_work(task: asyncio.Task[object]) -> bool:
    return getattr(task.get_coro(), "__qualname__", "").startswith(("Worker.", "Runner."))


async def bury(shop: Shop, dead: Book) -> None:
    """Let the ledger of another process find out."""
    assert dead._replica is not None
    await shop.storage.writer.run(dead._replicas.remove, dead._replica.id)


async def start_and_get_stuck(shop: Shop) -> tuple[Book, asyncio.Task[None]]:
    shop.answers.gates = {text: asyncio.Event() for text in STUCK}
    book, runner = await shop.make_runner()
    work = asyncio.create_task(runner.run())
    await shop.answers.until(lambda: shop.answers.under_way == QUICK.concurrency)
    return book, work


async def test_after_a_crash_only_what_was_under_way_is_asked_again(shop: Shop, monkeypatch) -> None:
    batch = await shop.submit(*TEXTS)
    monkeypatch.setattr(BatchStore, "release", lambda *_: None)  # the dead release nothing
    book, work = await start_and_get_stuck(shop)
    before = Counter(shop.answers.asked)
    await shop.until(batch, lambda found: found.counts.completed == len(before) - len(STUCK))
    await die(book, work)
    for gate in shop.answers.gates.values():
        gate.set()
    await bury(shop, book)
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.completed) == ("completed", len(TEXTS))
    assert list(await shop.read(done.output_file_id)) == TEXTS
    assert {text for text, times in shop.answers.counts.items() if times > 1} == set(STUCK)
    assert max(shop.answers.counts.values()) == 2


async def test_what_is_interrupted_twice_is_not_asked_a_third_time(shop: Shop, monkeypatch) -> None:
    batch = await shop.submit(*TEXTS)
    with monkeypatch.context() as patch:
        patch.setattr(BatchStore, "release", lambda *_: None)
        for times in (1, 2):
            book, work = await start_and_get_stuck(shop)
            assert {text for text in STUCK if shop.answers.counts[text] == times} == set(STUCK)
            await die(book, work)
            await bury(shop, book)
    async with shop.running():
        done = await shop.until_ended(batch)
    assert (done.state, done.counts.failed) == ("completed", len(STUCK))
    errors = await shop.read(done.error_file_id)
    assert {error["error"]["code"] for error in errors.values()} == {"interrupted"}
    assert set(errors) == set(STUCK)
    assert max(shop.answers.counts.values()) == 2


async def test_two_processes_at_once_ask_each_line_once(shop: Shop) -> None:
    batches = [await shop.submit(*(f"{name} {number}" for number in range(40))) for name in "abc"]
    async with shop.running(), shop.running(), shop.running():
        for batch in batches:
            done = await shop.until_ended(batch)
            assert (done.state, done.counts.completed) == ("completed", 40)
    assert set(shop.answers.counts.values()) == {1}
    assert len(shop.answers.counts) == 120


async def test_who_was_wrongly_taken_for_dead_stops_and_spoils_nothing(shop: Shop) -> None:
    batch = await shop.submit(*TEXTS)
    shop.answers.gates = {text: asyncio.Event() for text in STUCK}
    async with shop.running():
        await shop.answers.until(lambda: shop.answers.under_way == QUICK.concurrency)
        first = await shop.look(batch)
        claimed = await shop.storage.writer.run(
            BatchStore(shop.storage).claim, batch.id, "rep_nobody", "another"
        )
        assert not claimed  # the first one lives
        stolen = BatchStore(shop.storage)
        await shop.storage.writer.run(
            lambda cursor: cursor.execute(f"UPDATE batches SET owner = NULL WHERE id = '{batch.id}'")
        )
        assert await shop.storage.writer.run(stolen.claim, batch.id, "rep_other", "another")
        for gate in shop.answers.gates.values():
            gate.set()
        async with (
            shop.running()
        ):  # rep_other gives no sign of life: this one may have it, or the first again
            done = await shop.until_ended(batch)
    assert first.claim not in (None, done.claim)
    assert (done.state, done.counts.completed + done.counts.failed) == ("completed", len(TEXTS))
    assert max(shop.answers.counts.values()) <= 2
    assert set(shop.answers.counts) == set(TEXTS)
    assert {text for text, times in shop.answers.counts.items() if times == 2} <= set(STUCK)


async def test_an_orderly_end_lets_lines_finish_and_hands_the_rest_over(shop: Shop) -> None:
    batch = await shop.submit(*TEXTS)
    shop.answers.gates = {text: asyncio.Event() for text in STUCK}
    async with shop.running(grace=20) as runner:
        await shop.answers.until(lambda: shop.answers.under_way == QUICK.concurrency)
        stopping = asyncio.create_task(runner.stop(20))
        await asyncio.sleep(0)
        for gate in shop.answers.gates.values():
            gate.set()
        await stopping
    left = await shop.look(batch)
    assert (left.state, left.owner) == ("in_progress", None)
    assert left.counts.completed == len(shop.answers.asked) == TEXTS.index(STUCK[-1]) + 1
    async with shop.running():
        done = await shop.until_ended(batch)
    assert done.counts.completed == len(TEXTS)
    assert set(shop.answers.counts.values()) == {1}


@pytest.mark.parametrize("state", ["validating", "finalizing", "cancelling"])
async def test_a_batch_is_taken_up_in_whatever_state_it_was_left(shop: Shop, state: str) -> None:
    batch = await shop.submit(*TEXTS)
    book, runner = await shop.make_runner()
    # As a crash leaves it: some lines are stored already, or all are done and half a file is written.
    from fen.batch.intake import Intake
    from fen.batch.line import Outcome, measure_line
    from fen.batch.store import LineStore
    from tests.integration.batch.bench import line
    from tests.integration.batch.deferred import jsonl

    tools = runner._tools
    claimed = await shop.storage.writer.run(runner._store.claim, batch.id, runner._owner, "dead")
    assert claimed
    batch = await shop.look(batch)
    if state == "validating":
        stored = [measure_line(1, jsonl([line(TEXTS[0])]).strip(), "openai.chat")]
        await shop.storage.writer.run(LineStore(shop.storage).insert, batch.id, stored)
    else:
        await Intake(tools).take(batch)
        lines = LineStore(shop.storage)
        ended = range(1, len(TEXTS) + 1) if state == "finalizing" else range(1, 11)
        for number in ended:
            assert await shop.storage.writer.run(lines.start, batch, number)
            assert await shop.storage.writer.run(lines.end, batch, number, Outcome("done", 200, b"{}"))
        if state == "finalizing":
            assert await shop.storage.writer.run(runner._store.move, batch, "finalizing", 1)
            half = await shop.batches.shelf.begin("half", "batch_output", None, None)
            await half.write(b"half a li")
            await half.complete()
        else:
            await shop.batches.cancel(batch.id, EVERYBODY)
    await book.close()
    async with shop.running():
        done = await shop.until_ended(batch)
    assert done.state == ("cancelled" if state == "cancelling" else "completed")
    assert done.counts.total == len(TEXTS)
    assert done.counts.completed == (10 if state == "cancelling" else len(TEXTS))
    assert len(shop.answers.asked) == (len(TEXTS) if state == "validating" else 0)
    output = await shop.read(done.output_file_id)
    assert len(output) == done.counts.completed
