"""A scripted upstream and a real server over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving

LIMITS = """
[server]
max_body_bytes = 200000
max_in_flight = 3
shutdown_seconds = 20.0
"""


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    server = Serving(tmp_path, fake.base_url, LIMITS)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
