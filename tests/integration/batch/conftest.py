"""A scripted upstream, and servers over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    server = Serving(tmp_path, fake.base_url)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as opened:
        yield opened
