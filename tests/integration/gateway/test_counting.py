"""The official `anthropic` client counts tokens, of a model that counts itself and of one that does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import anthropic
import pytest
from anthropic.types import MessageParam

from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.upstream import FakeUpstream
from tests.serving import serve

CLAUDE = """
[upstreams.claude]
base_url = "{base_url}"
format = "anthropic"

[models."claude/one"]
upstream = "claude"
upstream_model = "one"
context_window = 8000
max_output_tokens = 1000
abilities = ["tools"]
price = {{ input = "1", output = "2", currency = "USD" }}
"""
SAID: list[MessageParam] = [{"role": "user", "content": "How deep is the sea?"}]


@pytest.fixture
async def claude() -> AsyncIterator[FakeAnthropic]:
    async with FakeAnthropic() as server:
        yield server


@pytest.fixture
async def client(
    claude: FakeAnthropic, fake: FakeUpstream, tmp_path: Path
) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with (
        serve(tmp_path, fake.base_url, CLAUDE.format(base_url=claude.base_url)) as serving,
        anthropic.AsyncAnthropic(base_url=serving.url, api_key="unused", max_retries=0) as opened,
    ):
        yield opened


async def test_tokens_are_counted(client: anthropic.AsyncAnthropic, claude: FakeAnthropic) -> None:
    real = await client.messages.count_tokens(model="claude/one", messages=SAID, system="Be short.")
    assert real.to_dict() == {"input_tokens": 7}
    [record] = claude.records
    assert record.path == "/v1/messages/count_tokens"
    estimate = await client.messages.count_tokens(model="fake/gpt-4o-mini", messages=SAID)
    assert estimate.input_tokens > 0
    assert estimate.to_dict()["fen"] == {"estimate": True}
    with pytest.raises(anthropic.NotFoundError):
        await client.messages.count_tokens(model="no/such", messages=SAID)
    with pytest.raises(anthropic.BadRequestError, match="messages"):
        await client.messages.count_tokens(model="claude/one", messages=[])
