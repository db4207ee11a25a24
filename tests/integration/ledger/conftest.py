from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fen.ledger import Book, Replica, claim_replica
from fen.storage import Storage


@pytest.fixture
def replica(fen_home: Path) -> Replica:
    return claim_replica(fen_home)


@pytest.fixture
async def book(storage: Storage, replica: Replica) -> AsyncIterator[Book]:
    """The books of a database, with nothing in them."""
    opened = Book(storage, replica)
    await opened.recover()
    yield opened
    await opened.close()
