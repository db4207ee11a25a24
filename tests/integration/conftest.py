from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fen.storage import Storage, open_storage
from tests.fakes.postgres import PostgresServer, find_obstacle, run_postgres
from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving, serve


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real server, started once for all tests that ask for it."""
    obstacle = find_obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    with run_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of this test alone."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/fen.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn, empty."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    opened = open_storage(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    """A scripted upstream."""
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    """A real server over it."""
    async with serve(tmp_path, fake.base_url) as server:
        yield server
