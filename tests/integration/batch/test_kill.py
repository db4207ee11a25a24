"""SIGKILL in the middle of a batch, and of its upload: what had ended is kept and not asked again."""

import json
import signal
from collections import Counter

from openai import AsyncOpenAI

from tests.fakes.upstream import FakeUpstream
from tests.integration.batch.deferred import ask, read_lines, submit, wait_for
from tests.serving import Serving

QUICK = [f"quick {number}" for number in range(30)]
STUCK = [f"[[tokens-4-stall-2]] {number}" for number in range(8)]
REST = [f"rest {number}" for number in range(20)]


async def test_sigkill_asks_no_line_twice_that_had_ended(
    client: AsyncOpenAI, serving: Serving, fake: FakeUpstream
) -> None:
    texts = [*QUICK, *STUCK, *REST]
    batch = await submit(client, [ask(text, text) for text in texts])
    await fake.until(lambda record: record.stalled.is_set(), count=len(STUCK))
    ended = await serving.until(lambda: _count_completed(serving, batch.id) == len(QUICK))
    assert ended
    await serving.stop(signal.SIGKILL)
    assert _counts(fake) == Counter([*QUICK, *STUCK])

    await serving.start()
    await fake.until(lambda record: record.stalled.is_set(), count=2 * len(STUCK))
    fake.release()
    done = await wait_for(client, batch.id)
    assert done.status == "completed"
    assert _counts(fake) == Counter([*QUICK, *STUCK, *STUCK, *REST])
    output = await read_lines(client, done.output_file_id)
    assert [line["custom_id"] for line in output] == texts
    assert all(line["response"]["status_code"] == 200 for line in output)
    entries = serving.fen("requests", "list", "--limit", "1000")
    assert all(entry["state"] == "settled" and entry["tag"] == "batch" for entry in entries)
    assert len(entries) == len(texts) + len(STUCK)
    assert sum(entry["reason"] == "crash" for entry in entries) == len(STUCK)


async def test_a_server_that_ends_in_order_lets_lines_finish(
    client: AsyncOpenAI, serving: Serving, fake: FakeUpstream
) -> None:
    texts = [*QUICK, *REST]
    batch = await submit(client, [ask(text, text + " [[delay-200ms]]") for text in texts])
    await fake.until(lambda record: record.finished.is_set(), count=5)
    await serving.stop()
    await serving.start()
    done = await wait_for(client, batch.id)
    assert done.status == "completed"
    assert len(fake.records) == len(texts)
    assert len(await read_lines(client, done.output_file_id)) == len(texts)


def _count_completed(serving: Serving, batch_id: str) -> int:
    status, told = serving.get(f"/v1/batches/{batch_id}")
    assert status == 200
    return told["request_counts"]["completed"]


def _counts(fake: FakeUpstream) -> Counter[str]:
    return Counter(json.loads(record.body)["messages"][0]["content"] for record in fake.records)
