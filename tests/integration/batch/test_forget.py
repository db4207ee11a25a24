"""Forgetting a key: its files and ended batches are deleted, nobody else's, and what goes on goes on."""

from pathlib import Path

import pytest

from fen.batch import EVERYBODY, Forgotten, Page, Viewer
from fen.storage import Storage
from fen.wire.errors import NotFound
from tests.integration.batch.bench import Shop, make_shop


@pytest.fixture
def shop(storage: Storage, tmp_path: Path) -> Shop:
    return make_shop(storage, tmp_path)


async def test_a_forgotten_key_leaves_no_file_and_no_batch(shop: Shop) -> None:
    done = await shop.submit("one", "two", key_id="key_1")
    others = await shop.submit("three", key_id="key_2")
    async with shop.running():
        await shop.until_ended(done)
        await shop.until_ended(others)
    waiting = await shop.submit("four", key_id="key_1")

    assert await shop.batches.forget_key("key_1") == Forgotten(files=2, batches=1, open=1)
    with pytest.raises(NotFound):
        await shop.look(done)
    [kept] = await shop.batches.shelf.list(Viewer("key_1"), Page(10))
    assert kept.id == waiting.input_file_id
    assert await shop.batches.shelf.list(Viewer(), Page(10)) == []  # nothing has become everybody's
    assert len(await shop.batches.shelf.list(EVERYBODY, Page(10))) == 1 + 2

    async with shop.running():
        assert (await shop.until_ended(waiting)).counts.completed == 1
    assert await shop.batches.forget_key("key_1") == Forgotten(files=2, batches=1, open=0)
    assert [batch.id for batch in await shop.batches.list(EVERYBODY, Page(10))] == [others.id]
