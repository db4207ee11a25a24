"""The server process: start, reload, finish what is under way, stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop

from fen.app import App, Settings, load_settings, open_app
from fen.web.api import Api, Limits, Service
from fen.web.protocol import Protocol
from fen.wire.errors import ConfigError, FenError

_log = logging.getLogger("fen.web")
_SETTLE_SECONDS = 10


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    SIGHUP reads the configuration again; streams under way keep the old one. Raises ConfigError before
    anything listens.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


class _Server(uvicorn.Server):
    """A server that leaves the signals to us: uvicorn raises them again before the books are closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave every signal alone."""
        yield


async def _serve(settings: Settings) -> None:
    listener = _listen(settings.server.host, settings.server.port)
    async with open_app(settings) as app:
        await app.check_bind(settings.server.host)
        limits = Limits(settings.server.max_body_bytes, settings.server.max_in_flight)
        service = Service(app.pipeline, limits, app.lacking)
        service.render_metrics = app.render_metrics
        server = _Server(_configure(Api(service), settings))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.handle_exit, number, None)
        loop.add_signal_handler(signal.SIGHUP, lambda: _reload(app, service, settings))
        _tune_collector()
        _log.info("serving on http://%s:%d", *listener.getsockname()[:2])
        await server.serve(sockets=[listener])
        await _settle_rest(service)


def _tune_collector() -> None:
    # What is loaded stays; requests make few cycles. The default of 700 spends 6% of the CPU on looking.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _settle_rest(service: Service) -> None:
    # Calls that outlived the grace period were cancelled; they still settle what they used.
    for _ in range(_SETTLE_SECONDS * 20):
        if not service.in_flight:
            return
        await asyncio.sleep(0.05)
    _log.error("%d calls had not settled; the next start settles them by estimate", service.in_flight)


def _configure(api: Api, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        loop="none",
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=round(settings.server.shutdown_seconds),
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}, expected a free address"
        ) from None
    return listener


def _reload(app: App, service: Service, settings: Settings) -> None:
    try:
        fresh = load_settings(settings.config, settings.environ)
        service.pipeline = app.reload(fresh)
        service.limits = Limits(fresh.server.max_body_bytes, fresh.server.max_in_flight)
        _log.info("configuration reloaded")
    except FenError as error:
        _log.error("configuration kept as it was: %s", error)
