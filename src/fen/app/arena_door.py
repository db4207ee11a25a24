"""The door to the arena: its libraries are loaded where the settings have one, or it is first asked for."""

from __future__ import annotations

import asyncio
import importlib
import os
from typing import TYPE_CHECKING

from fen.app.arena_tables import ArenaTable
from fen.app.build import App

if TYPE_CHECKING:
    from fen.app.arena import Arena


class ArenaDoor:
    """Opens the arena of an app, once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._opening = asyncio.Lock()
        self._arena: Arena | None = None
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> Arena:
        """Return the arena; raises ConfigError as fen.app.arena.open_arena does."""
        async with self._opening:
            if self._arena is None:
                # Before numpy is loaded: its matrices here are small, and idle threads of OpenBLAS burn CPU.
                os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
                module = await asyncio.to_thread(importlib.import_module, "fen.app.arena")
                self._arena = await module.open_arena(self._app)
                self._running = asyncio.create_task(module.Arena.run(self._arena))
            arena = self._arena
        assert arena is not None
        return arena

    async def close(self) -> None:
        """End what runs in the background."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._arena is not None:
            await self._arena.close()

    async def check(self) -> None:
        """Open the arena where the settings have one, so that what is wrong with it stops the start."""
        if self._app.settings.arena != ArenaTable():
            await self.open()
