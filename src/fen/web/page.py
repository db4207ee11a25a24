"""The metrics of all workers, whichever of them is asked: each shows its own on a Unix socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fen.app import merge_metrics

_log = logging.getLogger("fen.web")
_PATIENCE = 2.0


class MetricsPage:
    """One worker's place among the others.

    folder: where the sockets are; only their owner can enter it. number: this worker's.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._path = folder / str(number)

    @asynccontextmanager
    async def open(self, render: Callable[[], tuple[bytes, str]]) -> AsyncGenerator[None, None]:
        """Show this worker's metrics to the others while this is open."""

        async def show(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(render()[0])
                await writer.drain()
            except OSError:
                pass  # whoever asked has gone
            finally:
                writer.close()

        self._path.unlink(missing_ok=True)  # one that was killed left it
        server = await asyncio.start_unix_server(show, self._path)
        try:
            yield
        finally:
            server.close()
            self._path.unlink(missing_ok=True)

    async def gather(self) -> tuple[bytes, str]:
        """Return the metrics of all workers that answer, and their content type."""
        paths = sorted(self._folder.iterdir(), key=lambda path: int(path.name))
        pages = await asyncio.gather(*map(_fetch, paths))
        return merge_metrics({path.name: page for path, page in zip(paths, pages, strict=True) if page})


async def _fetch(path: Path) -> bytes:
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        _log.warning("worker %s shows no metrics: %s", path.name, error or "no answer in time")
        return b""
