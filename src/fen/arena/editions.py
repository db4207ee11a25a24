"""Editions: each board followed once, however many look at it, and what is made of it made once too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from typing import Any, TypeVar

from fen.arena.board import Board
from fen.arena.boards import Boards
from fen.arena.tally import ALL
from fen.wire.errors import FenError

T = TypeVar("T")

AGAIN_SECONDS = 5.0
"""How long after a failure a board is tried again; whoever looks keeps what was there."""

_log = logging.getLogger("fen.arena")


class Edition:
    """A board as it goes to all who look."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._made: dict[Hashable, Any] = {}

    def render(self, kind: Hashable, make: Callable[[Board], T]) -> T:
        """Return what `make` makes of the board; who asks for the same kind later gets the same thing."""
        if kind not in self._made:
            self._made[kind] = make(self.board)
        return self._made[kind]


class Editions:
    """What Boards.watch yields, once for each board that somebody looks at, handed to all of them.

    Without a reader a board is not followed. A reader that is slow gets the newest edition, not each of them.
    """

    def __init__(self, boards: Boards, again: float = AGAIN_SECONDS) -> None:
        self._boards = boards
        self._again = again
        self._presses: dict[tuple[str, bool], _Press] = {}

    async def follow(self, category: str = ALL, *, style: bool = False) -> AsyncGenerator[Edition, None]:
        """Yield the edition of now, as soon as there is one, and then each new one.

        To be closed by whoever stops reading. A failure that may pass is logged and waited out.
        """
        key = (category, style)
        press = self._presses.get(key)
        if press is None:
            press = self._presses[key] = _Press(self._boards, key, self._again)
        press.readers += 1
        seen = 0
        try:
            while True:
                seen, edition = await press.wait(seen)
                yield edition
        finally:
            press.readers -= 1
            if not press.readers:
                self._presses.pop(key, None)
                await press.close()

    async def close(self) -> None:
        """Stop following; who reads then waits for nothing more."""
        presses = list(self._presses.values())
        self._presses.clear()
        for press in presses:
            await press.close()


class _Press:
    """One board's editions, numbered from 1."""

    def __init__(self, boards: Boards, key: tuple[str, bool], again: float) -> None:
        self.readers = 0
        self._boards = boards
        self._key = key
        self._again = again
        self._number = 0
        self._last: Edition | None = None
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._run())

    async def wait(self, seen: int) -> tuple[int, Edition]:
        """Return the newest edition, as soon as it has a number above the one that was seen."""
        async with self._news:
            while self._last is None or self._number <= seen:
                await self._news.wait()
            return self._number, self._last

    async def close(self) -> None:
        """Stop following."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        category, style = self._key
        while True:
            try:
                async with aclosing(self._boards.watch(category, style=style)) as boards:
                    async for board in boards:
                        await self._issue(Edition(board))
            except FenError as error:
                _log.warning("the board %s cannot be made now: %s", category, error)
            except Exception:  # noqa: BLE001 (or readers would wait for a board that nobody follows)
                _log.exception("the board %s could not be made", category)
            await asyncio.sleep(self._again)

    async def _issue(self, edition: Edition) -> None:
        async with self._news:
            self._number += 1
            self._last = edition
            self._news.notify_all()
