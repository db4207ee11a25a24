"""A scripted upstream and a real server over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving, serve

LIMITS = """
[server]
max_body_bytes = 200000
max_in_flight = 3
shutdown_seconds = 20.0
"""


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    async with serve(tmp_path, fake.base_url, LIMITS) as server:
        yield server
