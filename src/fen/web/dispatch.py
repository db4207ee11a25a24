"""One port, two applications: the API, and the pages, which are loaded when somebody first looks at one."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PAGES = ("/", "/arena", "/board", "/evals", "/prices", "/usage", "/admin", "/signin", "/signout", "/prefer")
"""Paths of pages, with all that lies below them; of `/`, itself alone."""

_ASSETS = "/_nicegui"


def is_page(path: str) -> bool:
    """Whether a path is the pages'."""
    if path == "/" or path.startswith(_ASSETS):
        return True
    return path in PAGES or path.startswith(tuple(f"{page}/" for page in PAGES[1:]))


class Dispatcher:
    """Hands each connection to one of two applications; a call of the API pays one comparison for it."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch by path."""
        path: str = scope["path"]
        if scope["type"] == "http" and (path.startswith("/v1/") or not is_page(path)):
            await self._api(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


class Redirecting:
    """Sends whoever asks for a page to the port where the pages are; the host is the one that was asked."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, keeping path and query."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1001})
            return
        asked = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        host = urlsplit(f"//{asked}").hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        there = f"{scope['scheme']}://{host}:{self._port}{scope['path']}{query}"
        response: Response = RedirectResponse(there, status_code=307)
        await response(scope, receive, send)
