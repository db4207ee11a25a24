"""A replica that works never falls silent."""

import asyncio
from typing import Any, cast

import pytest

from fen.app import App


class FakeBook:
    def __init__(self) -> None:
        self.signs = 0
        self.third = asyncio.Event()

    async def keep_alive(self) -> None:
        self.signs += 1
        if self.signs < 3:
            raise RuntimeError
        self.third.set()
        await asyncio.Event().wait()


async def test_a_sign_of_life_that_fails_is_noticed_and_the_next_one_given(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App.__new__(App)
    book = FakeBook()
    app.book = cast(Any, book)
    task = asyncio.create_task(app.keep_alive())
    async with asyncio.timeout(10):
        await book.third.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert caplog.text.count("a sign of life failed") == 2
