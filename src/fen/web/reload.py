"""Reading the configuration again, while everything runs."""

from __future__ import annotations

import asyncio
import logging

from fen.app import App, CommandLine, load_settings
from fen.web.api import Limits, Service
from fen.wire.errors import FenError

_log = logging.getLogger("fen.web")


class Reloading:
    """Reloads one at a time; whoever asks during one gets another after it, with what is written by then.

    The address, and the command line's part in it, stay as they are: a socket cannot move.
    """

    def __init__(self, app: App, service: Service) -> None:
        self._app = app
        self._service = service
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Read the configuration again soon."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Wait for a reload under way."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._asked:
            self._asked = False
            try:
                await self._reload()
                _log.info("configuration reloaded")
            except FenError as error:
                _log.error("configuration kept as it was: %s", error)
            except Exception:  # noqa: BLE001 (the edge of a task that nobody waits for)
                _log.exception("configuration kept as it was")

    async def _reload(self) -> None:
        now = self._app.settings
        fresh = await asyncio.to_thread(
            load_settings,
            now.config,
            now.environ,
            CommandLine(now.server.host, now.server.port, now.workers, now.pages.enabled, now.pages.port),
        )
        self._service.pipeline = await self._app.reload(fresh)
        self._service.limits = Limits(fresh.server.max_body_bytes, fresh.server.max_in_flight)
