"""The official client of a server over a scripted upstream."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from tests.serving import Serving


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as opened:
        yield opened
