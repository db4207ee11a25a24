# pyright: reportUnknownMemberType=false
"""The site: an application with one handler per page, and the few paths that are forms."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from copy import copy
from pathlib import Path

from fastapi import FastAPI
from nicegui import core, ui
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fen.app import App
from fen.app.arena_door import ArenaDoor
from fen.web.pages import admin, arena, board, chat, evals, prices, signin, usage
from fen.web.pages.shell import NAMES, framed, show_error
from fen.web.pages.visit import COOKIES, Visit
from fen.wire.errors import FenError

Show = Callable[[Visit], Awaitable[None]]
"""Puts a page's content where it is called."""

PAGES: dict[str, Show] = {
    "/": chat.show,
    "/arena": arena.show,
    "/board": board.show,
    "/evals": evals.show,
    "/prices": prices.show,
    "/usage": usage.show,
    "/admin": admin.show,
}
_SOCKET = "/_nicegui_ws"
_SESSION_SECONDS = 12 * 3600
_PATIENCE = 30.0  # seconds that a page may take to be made; the first one of a kind loads its libraries

# Scripts: Vue compiles its templates in the browser, and NiceGUI begins with an inline one. Images and
# connections: the site's own alone, so that no text that a model wrote can send anything away.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


def make_site(app: App, door: ArenaDoor) -> FastAPI:
    """Return the pages' application; its lifespan must be entered before it is asked.

    Raises OSError where FEN_HOME takes no file.
    """
    site = FastAPI(openapi_url=None)
    secret = read_secret(app.settings.home / "pages.secret")
    site.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie="fen_session",
        max_age=_SESSION_SECONDS,
        same_site="lax",
        https_only=app.settings.pages.https,
    )
    site.add_middleware(_Guarded)
    site.add_middleware(SameOrigin)
    site.include_router(signin.make_router(app))
    site.include_router(board.make_router(app, door))
    for path, show in PAGES.items():
        ui.page(path, dark=None, response_timeout=_PATIENCE)(_make_handler(app, door, NAMES[path], show))
    ui.page("/signin", dark=None)(_make_signin(app, door))
    ui.run_with(
        site, title="Fen", language=None, storage_secret=secret, tailwind=False, show_welcome_message=False
    )
    core.app.config.reconnect_timeout = 30.0
    return site


def read_secret(path: Path) -> str:
    """Return what sessions are signed with, made where it is not there yet, for its owner alone."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        made = secrets.token_hex(32)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(made)
        return made


def _make_handler(app: App, door: ArenaDoor, name: str, show: Show) -> Callable[[Request], Awaitable[None]]:
    async def handle(request: Request) -> None:
        visit = Visit(app, door, request)
        _set_up(visit)
        error: FenError | None = None
        try:
            await visit.admit()
        except FenError as refused:
            error = refused
        with framed(visit, visit.say(name)):
            if error is None:
                try:
                    await show(visit)
                except FenError as failed:
                    error = failed
            if error is not None:
                show_error(visit, error)

    return handle


def _make_signin(app: App, door: ArenaDoor) -> Callable[[Request], Awaitable[None]]:
    async def handle(request: Request) -> None:
        visit = Visit(app, door, request)
        _set_up(visit)
        with framed(visit, visit.say("Sign in")):
            signin.show(visit)

    return handle


def _set_up(visit: Visit) -> None:
    client = ui.context.client
    client.page = copy(client.page)  # it is the path's, and others look at it in other languages
    client.page.language = "zh-CN" if visit.say.language == "zh" else "en-US"
    client.page.dark = {"auto": None, "light": False, "dark": True}[visit.theme]


class SameOrigin:
    """Refuses, with 403, what a page of another site sends: sockets, and whatever is no plain look.

    NiceGUI's socket takes every origin, and what is clicked comes by it. A client's id cannot be guessed, but
    nobody else's page should even get to try. Source: RFC 6455, 10.2.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what comes from here."""
        kind = scope["type"]
        looks = (
            kind == "http" and scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(_SOCKET)
        )
        if kind not in ("http", "websocket") or looks or signin.comes_from_here(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await Response("found a request of another site, expected Fen's own", 403)(scope, receive, send)


class _Guarded:
    """Adds the headers that keep what a page shows from doing anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(b"set-cookie", cookie.encode()) for cookie in scope.get(COOKIES, ())]
                message["headers"] = [*message["headers"], *_HEADERS, *kept]
            await send(message)

        await self._app(scope, receive, send_guarded if scope["type"] == "http" else send)
