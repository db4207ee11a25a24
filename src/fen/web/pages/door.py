"""The door to the pages: their libraries are loaded when somebody first comes, never for the API."""

from __future__ import annotations

import asyncio
import importlib
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from fen.app import App
from fen.app.arena_door import ArenaDoor

if TYPE_CHECKING:
    from fastapi import FastAPI


class PagesDoor:
    """The ASGI application of the pages; opens itself once."""

    def __init__(self, app: App, arena: ArenaDoor) -> None:
        self._app = app
        self._arena = arena
        self._opening = asyncio.Lock()
        self._site: FastAPI | None = None
        self._stack = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or socket."""
        site = self._site or await self._open()
        await site(scope, receive, send)

    async def close(self) -> None:
        """End what runs in the background, if it ever ran."""
        await self._stack.aclose()

    async def _open(self) -> FastAPI:
        async with self._opening:
            if self._site is None:
                # NiceGUI reads where it keeps things when it is loaded.
                os.environ["NICEGUI_STORAGE_PATH"] = str(self._app.settings.home / "pages")
                module = await asyncio.to_thread(importlib.import_module, "fen.web.pages.site")
                site: FastAPI = module.make_site(self._app, self._arena)
                await self._stack.enter_async_context(site.router.lifespan_context(site))
                self._site = site
        assert self._site is not None
        return self._site
