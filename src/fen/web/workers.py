"""Several workers on one port, and the supervisor that keeps them running.

All of them accept from one listening socket, which the supervisor holds: a worker that is killed takes the
calls that run in it, but no connection that still waits to be accepted. The first worker starts alone: it
brings the database up to date, and what keeps it from serving keeps the whole server from starting.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

import msgspec

from fen.app import Settings, configure_logging
from fen.web.orders import Orders, Pages, Served
from fen.web.server import Announce, listen, tell_url
from fen.wire.errors import ConfigError

_log = logging.getLogger("fen.web")

_COMMAND = (sys.executable, "-m", "fen.web.worker")
_STEADY_SECONDS = 30.0
"""A worker that lived so long did not fail to start."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


def supervise(settings: Settings, announce: Announce | None = None) -> None:
    """Serve with `settings.workers` processes until SIGINT or SIGTERM.

    Signals go on to the workers; one that ends by itself is started again, at once the first time, then after
    pauses that double up to 30 s. Raises ConfigError when the first worker cannot serve.
    """
    configure_logging(settings.log_level, settings.log_style or ("text" if sys.stderr.isatty() else "json"))
    listeners = _listen_all(settings)
    # A short path: that of a Unix socket has 107 bytes at most, and FEN_HOME may be longer.
    with contextlib.ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fen-"))
        asyncio.run(_Supervisor(settings, listeners, folder).run(announce))


def _listen_all(settings: Settings) -> tuple[socket.socket, ...]:
    """Take the API's address, then that of the pages, which are one process of their own."""
    host = settings.server.host
    first = listen(host, settings.server.port)
    if not settings.pages.enabled:
        return (first,)
    port = settings.pages.port
    try:
        return first, listen(host, first.getsockname()[1] + 1 if port is None else port)
    except ConfigError:
        first.close()
        raise


class _Worker:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.ready = False
        self.reload = False
        self.started_at = asyncio.get_running_loop().time()

    def send(self, number: int) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)


class _Supervisor:
    def __init__(self, settings: Settings, listeners: Sequence[socket.socket], folder: str) -> None:
        self._settings = settings
        self._listener, self._pages = listeners[0], listeners[1] if len(listeners) > 1 else None
        self._number = settings.workers + (self._pages is not None)
        self._folder = folder
        self._workers: dict[int, _Worker] = {}
        self._stopping = asyncio.Event()
        self._signal = signal.SIGTERM

    async def run(self, announce: Announce | None) -> None:
        """Keep all workers running until told to stop, then wait for their ends."""
        self._handle_signals()
        try:
            first = await self._start(0)
        except ConfigError:
            if self._stopping.is_set():
                return
            raise
        url = tell_url(self._listener)
        _log.info("%d workers serve on %s", self._settings.workers, url)
        if announce is not None:
            announce(url, first.has_key)
        await asyncio.gather(*(self._keep(number) for number in range(self._number)))
        _log.info("all workers have ended")

    async def _keep(self, number: int) -> None:
        """Keep one place taken."""
        failures = 0
        while not self._stopping.is_set():
            if number not in self._workers:
                try:
                    await self._start(number)
                except ConfigError as error:
                    if not self._stopping.is_set():
                        _log.error("worker %d could not serve: %s", number, error.message)
            worker = self._workers.get(number)
            if worker is not None:
                failures = await self._outlive(number, worker, failures)
            elif not self._stopping.is_set():
                failures += 1
            await self._pause(failures)

    async def _outlive(self, number: int, worker: _Worker, failures: int) -> int:
        """Wait for a worker's end; returns how often in a row this place has failed."""
        status = await worker.process.wait()
        del self._workers[number]
        if self._stopping.is_set():
            if status:
                _log.warning("worker %d ended with status %d", number, status)
            return 0
        _log.error("worker %d ended with status %d and is started again", number, status)
        lived = asyncio.get_running_loop().time() - worker.started_at
        return 1 if lived > _STEADY_SECONDS else failures + 1

    async def _pause(self, failures: int) -> None:
        """The first failure costs no pause, each further one twice the pause before it."""
        if failures > 1:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (failures - 2))):
                    await self._stopping.wait()

    async def _start(self, number: int) -> Served:
        """Start a worker and wait until it serves; raises ConfigError, and then it has ended."""
        listener = self._listener if number < self._settings.workers else self._pages
        assert listener is not None
        descriptor = listener.fileno()
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(descriptor,),
            start_new_session=True,  # Ctrl-C reaches it through us, once
        )
        worker = self._workers[number] = _Worker(process)
        if self._stopping.is_set():
            worker.send(self._signal)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(self._give_orders(number, descriptor)) + b"\n")
        try:
            served = msgspec.json.decode(await process.stdout.readline(), type=Served)
        except msgspec.DecodeError:
            served = Served(error="it ended before it served")
        if served.error is not None:
            await process.wait()
            del self._workers[number]
            raise ConfigError(served.error)
        worker.ready = True
        if worker.reload:
            worker.send(signal.SIGHUP)
        return served

    def _give_orders(self, number: int, descriptor: int) -> Orders:
        settings = self._settings
        config = None if settings.config is None else str(settings.config)
        server = settings.server
        pages: Pages = "none"
        if self._pages is not None:
            pages = "elsewhere" if number < settings.workers else "here"
        port = None if self._pages is None else self._pages.getsockname()[1]
        # The pages' process calls models as well, so rates are divided among one more.
        return Orders(
            number, self._number, config, server.host, server.port, descriptor, self._folder, pages, port
        )

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _stop(self, number: signal.Signals) -> None:
        self._signal = number
        self._stopping.set()
        if self._pages is not None:
            self._pages.close()
        self._listener.close()  # new clients are refused as soon as the workers have closed theirs
        for worker in self._workers.values():
            worker.send(number)

    def _reload(self) -> None:
        for worker in self._workers.values():
            if worker.ready:
                worker.send(signal.SIGHUP)
            else:
                worker.reload = True  # it may have read the file before it was changed
