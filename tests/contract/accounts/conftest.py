"""A Valkey server for a module's tests, emptied before each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from fen.storage.valkey import Valkey
from tests.fakes.valkey import ValkeyServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def valkey(server: ValkeyServer) -> AsyncIterator[Valkey]:
    valkey = Valkey(server.url)
    await valkey.run(valkey.script("redis.call('FLUSHALL') return {}"), [], [])
    yield valkey
    await valkey.close()
