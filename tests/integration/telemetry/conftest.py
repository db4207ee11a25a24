"""A scripted upstream, a collector of traces, and a real server that knows both."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.telemetry.collector import Collector
from tests.serving import Serving, serve


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    async with serve(tmp_path, fake.base_url, FEN_LOG="debug", FEN_LOG_STYLE="json") as server:
        yield server


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as found:
        yield found


@pytest.fixture
async def tracing(fake: FakeUpstream, collector: Collector, tmp_path: Path) -> AsyncIterator[Serving]:
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    async with serve(tmp_path, fake.base_url, **told) as server:
        yield server
