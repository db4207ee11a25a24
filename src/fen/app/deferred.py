"""Batches at work: the runner over the pipeline, and on whose behalf it asks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator

from fen.accounts import Key
from fen.app.build import App
from fen.batch import Runner, Vendors
from fen.gateway import Caller, Reply
from fen.gateway.deferral import Deferrals
from fen.wire.errors import Unauthenticated
from fen.wire.request import Request

TAG = "batch"
"""What the books have beside a batch's calls."""

_FRESH_SECONDS = 1.0
"""As long as the keyring believes a look-up: a revoked key's lines are refused within it."""


class _Behalf:
    """Answers lines on behalf of keys, with a short memory of those that live."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._keys: dict[str, Key] = {}
        self._until = 0.0

    async def answer(self, request: Request, key_id: str | None) -> Reply:
        """Answer a line; raises FenError, Unauthenticated for a key that was revoked."""
        return await self._app.pipeline.answer(request, await self.call_as(key_id), tag=TAG)

    async def call_as(self, key_id: str | None) -> Caller:
        """Return who asks for a key; raises Unauthenticated for one that was revoked."""
        return Caller(inside=True) if key_id is None else Caller(key=await self._find(key_id))

    async def _find(self, key_id: str) -> Key:
        if time.monotonic() >= self._until:
            keys = await self._app.keyring.list()
            self._keys = {key.id: key for key in keys if key.revoked_at is None}
            self._until = time.monotonic() + _FRESH_SECONDS
        key = self._keys.get(key_id)
        if key is None:
            raise Unauthenticated(f"found the key {key_id} revoked, expected a living one")
        return key


@contextlib.asynccontextmanager
async def run_batches(app: App) -> AsyncGenerator[None, None]:
    """Work on batches while this is open; at its end, lines under way have the server's grace period."""
    behalf = _Behalf(app)
    runner = Runner(
        app.storage,
        app.batches,
        app.pipeline.parts.replica,
        behalf.answer,
        lambda: app.catalogue,
        vendors=Vendors(Deferrals(lambda: app.pipeline.parts), behalf.call_as, TAG),
    )
    work = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(app.settings.server.shutdown_seconds)
        await work
