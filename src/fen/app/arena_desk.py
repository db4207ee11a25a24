"""The arena's desk: what is kept of it, for commands that run beside a server and ask no model."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from fen.app.settings import Settings, make_home
from fen.arena.register import Register
from fen.arena.store.variants import VariantStore
from fen.storage import Storage, open_storage


class Desk:
    """An arena's database, and the register in it."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self.settings = settings
        self.storage = storage
        self.register = Register(storage, VariantStore(storage))


@contextlib.asynccontextmanager
async def open_desk(settings: Settings) -> AsyncGenerator[Desk, None]:
    """Open the database; raises ConfigError."""
    make_home(settings)
    storage = await asyncio.to_thread(open_storage, settings.database_url)
    try:
        yield Desk(settings, storage)
    finally:
        await storage.close()
