"""Editions: one board followed for all who look at it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from fen.arena.board import Board
from fen.arena.boards import Boards
from fen.arena.editions import Edition, Editions
from fen.wire.errors import BooksUnavailable
from tests.integration.arena.test_boards import Arena, arena

__all__ = ["arena"]


class Watched(Boards):
    """Boards that count how often somebody begins to watch, and that may fail at first."""

    begun = 0
    failures = 0

    async def watch(
        self, category: str = "all", *, style: bool = False, pause: float = 0.0
    ) -> AsyncGenerator[Board, None]:
        self.begun += 1
        if self.failures:
            self.failures -= 1
            raise BooksUnavailable("found no database, expected one")
        async with aclosing(super().watch(category, style=style, pause=pause)) as boards:
            async for board in boards:
                yield board


@pytest.fixture
async def boards(arena: Arena) -> AsyncGenerator[Watched, None]:
    found = Watched(arena.storage, arena.live, arena.get_setup)
    yield found
    await found.close()


async def read_until(editions: AsyncGenerator[Edition, None], votes: int) -> Edition:
    async with asyncio.timeout(10):
        async for edition in editions:
            if edition.board.votes == votes:
                return edition
    raise AssertionError(votes)


async def test_all_who_look_get_one_edition_and_what_is_made_of_it_once(
    arena: Arena, boards: Watched
) -> None:
    editions, made = Editions(boards), list[Board]()
    async with aclosing(editions.follow()) as first, aclosing(editions.follow()) as second:
        await asyncio.gather(anext(first), anext(second))
        await arena.vote()
        found = await asyncio.gather(read_until(first, 5), read_until(second, 5))
        assert found[0] is found[1]
        told = [one.render("words", lambda board: made.append(board) or len(made)) for one in found]
        assert told == [1, 1]
        assert boards.begun == 1


async def test_who_comes_later_gets_the_edition_of_now(arena: Arena, boards: Watched) -> None:
    editions = Editions(boards)
    async with aclosing(editions.follow()) as first:
        await read_until(first, 4)
        await arena.vote()
        seen = await read_until(first, 5)
        async with aclosing(editions.follow()) as late:
            assert await asyncio.wait_for(anext(late), 10) is seen


async def test_a_board_that_nobody_looks_at_is_not_followed(arena: Arena, boards: Watched) -> None:
    editions = Editions(boards)
    for begun in (1, 2):
        async with aclosing(editions.follow()) as reading:
            await anext(reading)
        assert boards.begun == begun


async def test_boards_are_followed_apart(arena: Arena, boards: Watched) -> None:
    editions = Editions(boards)
    async with aclosing(editions.follow()) as plain, aclosing(editions.follow(style=True)) as styled:
        assert not (await anext(plain)).board.style
        assert (await anext(styled)).board.style


async def test_a_failure_that_passes_is_waited_out(boards: Watched, caplog: pytest.LogCaptureFixture) -> None:
    boards.failures = 2
    async with aclosing(Editions(boards, again=0.01).follow()) as reading:
        assert (await asyncio.wait_for(anext(reading), 10)).board.votes == 4
    assert "found no database" in caplog.text
