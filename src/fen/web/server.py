"""The server process: start, reload, finish what is under way, stop."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, closing, contextmanager, nullcontext
from typing import Any

import msgspec
import uvicorn
import uvloop
from starlette.types import ASGIApp

from fen.app import App, Settings, configure_logging, open_app, run_batches
from fen.app.arena_door import ArenaDoor
from fen.web.api import Api, Limits, Service
from fen.web.dispatch import Dispatcher, Redirecting
from fen.web.orders import Pages
from fen.web.page import MetricsPage
from fen.web.pages.door import PagesDoor
from fen.web.protocol import Protocol
from fen.web.reload import Reloading
from fen.wire.errors import ConfigError

Announce = Callable[[str, bool], None]
"""Told once requests are taken: the URL, and whether there is a key."""

_log = logging.getLogger("fen.web")
_SETTLE_SECONDS = 10
_BACKLOG = 4096


class Worker(msgspec.Struct, frozen=True):
    """What is special about one of several processes.

    metrics: what puts the metrics of all of them together. pages: whether this one serves pages.
    """

    metrics: MetricsPage
    pages: Pages


def serve(settings: Settings, announce: Announce | None = None) -> None:
    """Serve until SIGINT or SIGTERM.

    SIGHUP reads the configuration again; streams under way keep the old one. Raises ConfigError before
    anything listens.
    """
    configure_logging(settings.log_level, settings.log_style or ("text" if sys.stderr.isatty() else "json"))
    with closing(listen(settings.server.host, settings.server.port)) as listener:
        serve_on(listener, settings, announce)


def serve_on(
    listener: socket.socket, settings: Settings, announce: Announce | None, worker: Worker | None = None
) -> None:
    """Serve on an address that is taken already, until SIGINT or SIGTERM.

    worker: which of several this is; None for the only one. Raises ConfigError.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(listener, settings, announce, worker))


class _Server(uvicorn.Server):
    """A server that leaves the signals to us: uvicorn raises them again before the books are closed."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave every signal alone."""
        yield

    def cancel_rest(self) -> None:
        """Cancel what a second SIGINT did not wait for."""
        for task in list(self.server_state.tasks):
            task.cancel()


async def _serve(
    listener: socket.socket, settings: Settings, announce: Announce | None, worker: Worker | None
) -> None:
    page = None if worker is None else worker.metrics
    async with open_app(settings) as app, run_batches(app), _open_page(page, app):
        await app.check_bind(settings.server.host)
        service = await _make_service(app, settings)
        service.gather = page.gather if page is not None else None
        pages = _open_pages(app, service, settings, worker)
        served = Api(service) if pages is None else Dispatcher(Api(service), pages)
        server = _Server(_configure(served, settings))
        reloading = Reloading(app, service)
        _handle_signals(server, reloading)
        _tune_collector()
        listener.listen(_BACKLOG)
        url = tell_url(listener)
        _log.info("serving on %s", url)
        if announce is not None:
            announce(url, await app.keyring.any_key())
        await server.serve(sockets=[listener])
        server.cancel_rest()
        await reloading.stop()
        await _settle_rest(service)
        if isinstance(pages, PagesDoor):
            await pages.close()
        if service.arena is not None:
            await service.arena.close()
    _log.info("stopped")


def _open_page(page: MetricsPage | None, app: App) -> AbstractAsyncContextManager[None]:
    return nullcontext() if page is None else page.open(app.render_metrics)


def _open_pages(
    app: App, service: Service, settings: Settings, worker: Worker | None
) -> PagesDoor | Redirecting | None:
    """Return who answers for pages: this process, another, or nobody."""
    if not settings.pages.enabled or (worker is not None and worker.pages == "none"):
        return None
    if worker is not None and worker.pages == "elsewhere" and settings.pages.port is not None:
        return Redirecting(settings.pages.port)
    assert service.arena is not None
    return PagesDoor(app, service.arena)


async def _make_service(app: App, settings: Settings) -> Service:
    limits = Limits(settings.server.max_body_bytes, settings.server.max_in_flight)
    service = Service(app.pipeline, limits, app.lacking, app.render_metrics, app.batches)
    service.degraded = app.degraded
    service.feedback = app.feedback
    service.arena = ArenaDoor(app)
    await service.arena.check()
    app.telemetry.add_gauge("fen_in_flight", "Requests under way.", lambda: service.in_flight)
    return service


def _handle_signals(server: _Server, reloading: Reloading) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    loop.add_signal_handler(signal.SIGHUP, reloading.ask)


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
    _log.error("%d calls had not settled; they are settled by estimate", service.in_flight)


def _configure(api: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        loop="none",
        http=Protocol,
        ws=_open_socket if settings.pages.enabled else "none",  # pyright: ignore[reportArgumentType]
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=round(settings.server.shutdown_seconds),
    )


def _open_socket(*given: Any, **named: Any) -> asyncio.Protocol:
    """Take a connection over for a WebSocket; what speaks it is loaded when the first one comes."""
    module = importlib.import_module("uvicorn.protocols.websockets.websockets_sansio_impl")
    return module.WebSocketsSansIOProtocol(*given, **named)


def listen(host: str, port: int) -> socket.socket:
    """Take an address, without listening yet; raises ConfigError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}, expected a free address") from None
    return listener


def tell_url(listener: socket.socket) -> str:
    """Return the URL of an address that was taken."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
