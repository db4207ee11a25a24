"""SIGKILL while a vendor has a batch: its results arrive once and are charged once."""

import os
import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.fakes.upstream import FakeUpstream
from tests.integration.batch.deferred import ask, read_lines, submit, wait_for
from tests.serving import Serving

CONFIG = """
[batch]
vendor_poll_seconds = 0.1

[upstreams.half]
base_url = "{base_url}"
batches = true

[models."half/mini"]
upstream = "half"
upstream_model = "mini"
context_window = 100000
max_output_tokens = 100
price = {{ input = "1", output = "2", currency = "USD" }}
batch_price = {{ input = "0.5", output = "1", currency = "USD" }}
"""
TEXTS = [f"question {number}" for number in range(25)]


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    server = Serving(tmp_path, fake.base_url, CONFIG.format(base_url=fake.base_url))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.mark.parametrize("moment", ["the vendor's answer", "the results"])
async def test_sigkill_before(moment: str, client: AsyncOpenAI, serving: Serving, fake: FakeUpstream) -> None:
    kills = moment == "the vendor's answer"

    def kill(path: str) -> None:
        if kills and path == "/v1/batches" and not fake.batches.made and serving.process is not None:
            os.kill(serving.process.pid, signal.SIGKILL)  # and the fake makes the batch all the same

    fake.batches.hook = kill
    batch = await submit(client, [ask(text, text, model="half/mini") for text in TEXTS])
    await serving.until(lambda: fake.batches.made and (kills or _asked_for(fake)))
    await serving.stop(signal.SIGKILL)
    fake.batches.finish(fake.batches.made[0])

    await serving.start()
    done = await wait_for(client, batch.id)
    assert (done.status, len(fake.batches.made), fake.records[0].method) == ("completed", 1, "POST")
    output = await read_lines(client, done.output_file_id)
    assert [line["custom_id"] for line in output] == TEXTS
    entries = serving.fen("requests", "list", "--limit", "1000")
    assert len(entries) == len(TEXTS)
    assert {(entry["state"], entry["certainty"]) for entry in entries} == {("settled", "exact")}
    usage = [line["response"]["body"]["usage"] for line in output]
    read, written = (sum(each[name] for each in usage) for name in ("prompt_tokens", "completion_tokens"))
    charged = sum(Decimal(entry["charge"]["amount"]) for entry in entries)
    assert charged == (read * Decimal("0.5") + written) / 1_000_000
    assert not [record for record in fake.records if record.path.endswith("/chat/completions")]


def _asked_for(fake: FakeUpstream) -> bool:
    return ("GET", "/v1/batches/batch-0") in fake.batches.asked
