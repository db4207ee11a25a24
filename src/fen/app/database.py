"""Opening the database beside the event loop."""

from __future__ import annotations

import asyncio

from fen.storage import Storage, open_storage


async def open_database(url: str) -> Storage:
    """Open a database, in a thread; who is cancelled meanwhile leaves nothing open. Raises ConfigError."""
    opening = asyncio.ensure_future(asyncio.to_thread(open_storage, url))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        storage = await opening  # a thread cannot be stopped: what it opens is closed
        await storage.close()
        raise
