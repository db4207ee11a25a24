"""The official `openai` client against a real server: files and batches as it expects them."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.fakes.upstream import FakeUpstream
from tests.integration.batch.deferred import (
    CHAT,
    EMBEDDINGS,
    MODEL,
    ask,
    embed,
    jsonl,
    read_lines,
    submit,
    wait_for,
)
from tests.serving import Serving


async def test_a_batch_from_upload_to_answers(
    client: AsyncOpenAI, serving: Serving, fake: FakeUpstream
) -> None:
    lines = [ask(f"line {n}", f"Hello {n} [[tokens-10-prompt-1000]]") for n in range(20)]
    batch = await submit(client, [*lines, ask("bad", "[[status-400]]")], metadata={"for": "a test"})
    assert (batch.status, batch.completion_window, batch.endpoint) == ("validating", "24h", CHAT)
    assert batch.expires_at == batch.created_at + 86400
    done = await wait_for(client, batch.id)
    assert done.status == "completed"
    assert done.metadata == {"for": "a test"}
    counts = done.request_counts
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (21, 20, 1)
    assert (
        done.created_at <= (done.in_progress_at or 0) <= (done.finalizing_at or 0) <= (done.completed_at or 0)
    )
    output = await read_lines(client, done.output_file_id)
    assert [line["custom_id"] for line in output] == [line["custom_id"] for line in lines]
    assert all(line["response"]["status_code"] == 200 for line in output)
    assert output[0]["response"]["body"]["usage"]["completion_tokens"] == 10
    [bad] = await read_lines(client, done.error_file_id)
    assert (bad["custom_id"], bad["response"]["status_code"]) == ("bad", 400)
    assert bad["response"]["body"]["error"]["message"]
    assert len(fake.records) == 21
    _check_books(serving, output)
    assert "Traceback" not in serving.log


def _check_books(serving: Serving, output: list[dict[str, Any]]) -> None:
    """Every line is a call like any other: priced, recorded under its id, and tagged."""
    [row] = serving.fen("usage", "--by", "model")
    each = (1000 * Decimal("0.15") + 10 * Decimal("0.60")) / 1_000_000
    assert Decimal(row["cost"]) == 20 * each
    status, told = serving.get("/v1/requests/" + output[3]["response"]["request_id"])
    assert status == 200
    assert told["attempts"][0]["tag"] == "batch"
    assert told["attempts"][0]["certainty"] == "exact"


async def test_embeddings_in_a_batch(client: AsyncOpenAI) -> None:
    batch = await submit(client, [embed("a", "one"), embed("b", "two")], EMBEDDINGS)
    done = await wait_for(client, batch.id)
    output = await read_lines(client, done.output_file_id)
    assert [line["response"]["body"]["data"][0]["object"] for line in output] == ["embedding"] * 2


async def test_a_file_that_is_no_batch_fails_with_its_faults(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    batch = await submit(client, [ask("a", "Hi"), ask("a", "Hi")])
    done = await wait_for(client, batch.id)
    assert done.status == "failed"
    assert done.errors is not None
    assert [(error.code, error.line) for error in done.errors.data or []] == [("duplicate_custom_id", 2)]
    assert fake.records == []


async def test_a_batch_is_cancelled(client: AsyncOpenAI, serving: Serving, fake: FakeUpstream) -> None:
    batch = await submit(client, [ask(str(n), f"[[stall-1]] {n}") for n in range(40)])
    stalled = await fake.until(lambda record: record.stalled.is_set(), count=8)
    assert (await client.batches.cancel(batch.id)).status == "cancelling"
    fake.release()
    done = await wait_for(client, batch.id)
    assert (done.status, len(fake.records)) == ("cancelled", len(stalled))
    counts = done.request_counts
    assert counts is not None
    assert (counts.completed, counts.failed) == (len(stalled), 40 - len(stalled))
    errors = await read_lines(client, done.error_file_id)
    assert {error["error"]["code"] for error in errors} == {"batch_cancelled"}
    finished = await submit(client, [ask("a", "Hi")])
    await wait_for(client, finished.id)
    with pytest.raises(openai.BadRequestError, match="found a batch that is completed"):
        await client.batches.cancel(finished.id)


async def test_batches_are_listed_newest_first_a_page_at_a_time(client: AsyncOpenAI) -> None:
    made = [(await submit(client, [ask("a", "Hi")])).id for _ in range(5)]
    page = await client.batches.list(limit=2)
    assert [batch.id for batch in page.data] == made[:2:-1]
    assert page.has_next_page()
    assert [batch.id async for batch in client.batches.list(limit=2)] == made[::-1]


async def test_files_come_back_as_they_went(client: AsyncOpenAI, tmp_path: Path) -> None:
    content = jsonl([ask("a", "x" * 700_000), ask("b", "中文 ✓")])
    path = tmp_path / "资料.jsonl"
    path.write_bytes(content)
    file = await client.files.create(
        file=path, purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert (file.bytes, file.filename, file.purpose) == (len(content), "资料.jsonl", "batch")
    assert file.expires_at == file.created_at + 3600
    assert (await client.files.content(file.id)).content == content
    assert await client.files.retrieve(file.id) == file
    other = await client.files.create(file=("b.jsonl", b""), purpose="batch")
    assert [found.id async for found in client.files.list(limit=1)] == [other.id, file.id]
    assert [found.id async for found in client.files.list(order="asc", purpose="batch")] == [
        file.id,
        other.id,
    ]
    assert [found.id async for found in client.files.list(purpose="batch_output")] == []
    assert (await client.files.delete(file.id)).deleted
    for look in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match="found no file"):
            await look(file.id)


async def test_what_cannot_be_is_told_in_the_clients_own_errors(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="purpose: found 'assistants', expected batch"):
        await client.files.create(file=("a", b"x"), purpose="assistants")
    with pytest.raises(openai.BadRequestError, match="seconds: found 5, expected 3600"):
        await client.files.create(
            file=("a", b"x"), purpose="batch", expires_after={"anchor": "created_at", "seconds": 5}
        )
    with pytest.raises(openai.BadRequestError, match="expected 1 to 100"):
        await client.batches.list(limit=101)
    with pytest.raises(openai.BadRequestError, match="order: found 'up'"):
        await client.files.list(extra_query={"order": "up"})
    wanted: dict[str, Any] = {"input_file_id": "file-none", "endpoint": CHAT, "completion_window": "24h"}
    with pytest.raises(openai.NotFoundError, match="file-none"):
        await client.batches.create(**wanted)
    with pytest.raises(openai.BadRequestError, match="endpoint: found '/v1/responses'"):
        await client.batches.create(**{**wanted, "endpoint": "/v1/responses"})
    for look in (client.batches.retrieve, client.batches.cancel):
        with pytest.raises(openai.NotFoundError, match="found no batch"):
            await look("batch_none")


async def test_a_file_above_the_limit_is_refused_and_the_client_gets_to_read_it(
    client: AsyncOpenAI, serving: Serving
) -> None:
    with pytest.raises(openai.APIStatusError, match="expected at most") as caught:
        await client.files.create(file=("a", b"x" * (101 * 1024 * 1024)), purpose="batch")
    assert caught.value.status_code == 413
    assert (await client.files.list()).data == []
    assert "Traceback" not in serving.log


async def test_a_key_sees_its_own_and_its_lines_are_charged_to_it(
    serving: Serving, fake: FakeUpstream
) -> None:
    keys = {name: serving.fen("keys", "create", name) for name in ("ann", "ben")}
    clients = {
        name: AsyncOpenAI(base_url=serving.url + "/v1", api_key=key["secret"], max_retries=0)
        for name, key in keys.items()
    }
    ann, ben = clients["ann"], clients["ben"]
    async with ann, ben:
        batch = await submit(ann, [ask("a", "Hi"), ask("b", "[[stall-1]]")])
        await fake.until(lambda record: record.stalled.is_set())
        fake.release()
        done = await wait_for(ann, batch.id)
        assert done.status == "completed"
        for file_id in (batch.input_file_id, done.output_file_id):
            with pytest.raises(openai.NotFoundError):
                await ben.files.content(file_id or "")
        with pytest.raises(openai.NotFoundError):
            await ben.batches.retrieve(batch.id)
        with pytest.raises(openai.NotFoundError):
            await ben.batches.cancel(batch.id)
        assert (await ben.files.list()).data == []
        assert (await ben.batches.list()).data == []
        assert len((await ann.files.list()).data) == 2
        rows = serving.fen("usage", "--by", "key")
        assert [(row["key"], row["requests"]) for row in rows] == [(keys["ann"]["id"], 2)]
        assert serving.fen("batches", "list", "--key", "ben") == []
        [listed] = serving.fen("batches", "list", "--key", "ann")
        assert (listed["id"], listed["key_id"]) == (batch.id, keys["ann"]["id"])


async def test_a_revoked_keys_lines_are_refused(serving: Serving, fake: FakeUpstream) -> None:
    key = serving.fen("keys", "create", "ann")
    async with AsyncOpenAI(base_url=serving.url + "/v1", api_key=key["secret"], max_retries=0) as client:
        batch = await submit(client, [ask(str(n), f"[[stall-1]] {n}") for n in range(30)])
        await fake.until(lambda record: record.stalled.is_set(), count=8)
    serving.fen("keys", "revoke", "ann")
    await asyncio.sleep(1.1)  # as long as a look-up of a key is believed
    fake.release()
    done = await serving.until(lambda: _ended(serving.fen("batches", "show", batch.id)))
    assert (done["status"], done["request_counts"]["failed"]) == ("completed", 22)
    assert len(fake.records) == 8


def _ended(batch: Any) -> Any:
    return batch if batch["status"] == "completed" else None


async def test_the_operator_lists_shows_and_cancels(
    client: AsyncOpenAI, serving: Serving, fake: FakeUpstream
) -> None:
    batch = await submit(client, [ask(str(n), f"[[stall-1]] {n}") for n in range(20)], metadata={"a": "b"})
    await fake.until(lambda record: record.stalled.is_set(), count=8)
    shown = serving.fen("batches", "show", batch.id)
    assert (shown["status"], shown["request_counts"]["total"], shown["metadata"]) == (
        "in_progress",
        20,
        {"a": "b"},
    )
    assert [row["id"] for row in serving.fen("batches", "list")] == [batch.id]
    assert serving.fen("batches", "cancel", batch.id)["status"] == "cancelling"
    fake.release()
    assert (await wait_for(client, batch.id)).status == "cancelled"
    assert len(fake.records) == 8
    with pytest.raises(RuntimeError, match="found no batch 'batch_none'"):
        serving.fen("batches", "cancel", "batch_none")


async def test_the_synchronous_client(serving: Serving) -> None:
    def run() -> str:
        with OpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as client:
            file = client.files.create(file=("a.jsonl", jsonl([ask("a", "Hi")])), purpose="batch")
            batch = client.batches.create(
                input_file_id=file.id, endpoint=CHAT, completion_window="24h", metadata={"m": MODEL}
            )
            return client.batches.retrieve(batch.id).id

    batch_id = await asyncio.to_thread(run)
    assert serving.fen("batches", "show", batch_id)["metadata"] == {"m": MODEL}
