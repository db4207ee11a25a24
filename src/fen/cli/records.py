"""One door for the commands that need the database and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fen.app import Records, load_settings, open_records

T = TypeVar("T")


def with_records(use: Callable[[Records], Awaitable[T]]) -> T:
    """Open the database of this environment's settings, use it, and close it."""

    async def run() -> T:
        async with open_records(load_settings(None, os.environ)) as records:
            return await use(records)

    return asyncio.run(run())
