"""One database and one event loop for all: making them takes longer than any of these tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.pipeline import Books, open_books


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def books(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Books]:
    async with open_books(tmp_path_factory.mktemp("books")) as opened:
        yield opened
