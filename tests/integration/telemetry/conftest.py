"""A scripted upstream, a collector of traces, and a real server that knows both."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.telemetry.collector import Collector
from tests.serving import Serving


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    server = Serving(tmp_path, fake.base_url, FEN_LOG="debug", FEN_LOG_STYLE="json")
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as found:
        yield found


@pytest.fixture
async def tracing(fake: FakeUpstream, collector: Collector, tmp_path: Path) -> AsyncIterator[Serving]:
    server = Serving(
        tmp_path,
        fake.base_url,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="50",
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
