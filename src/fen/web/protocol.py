"""uvicorn's HTTP protocol, made cheaper at what a gateway pays on every call.

It tells the running task that its client is gone, which costs nothing until it happens (ASGI's own way is a
second task per request that waits for `http.disconnect`: measured at 25 us of CPU). A request's scope is made
at once, without what Fen never uses; fen.web.cycle has the rest; and an idle connection keeps one timer
instead of a new one after every response.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fen.web.cycle import Cycle

EXTENSION = "fen.connection"
"""The ASGI extension under which an application finds its Protocol."""

_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Protocol(HttpToolsProtocol):
    """One client connection."""

    gone: Callable[[], object] | None = None
    """Called once if the client leaves before its response is complete; set by the running request."""

    _last: Cycle | None = None
    _idle_since: float | None = None
    _idle_timer: asyncio.TimerHandle | None = None

    @property
    def has_whole_body(self) -> bool:
        """Whether all of the running request's body has come."""
        # The last request's; those before it on this connection came before.
        return self._last is not None and not self._last.more_body

    def hang_up(self) -> None:
        """Close the connection in the middle of a response; it then counts as the client's doing."""
        if self._last is not None:
            self._last.disconnected = True
        self.transport.close()

    # The parser's callbacks

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Make the request's scope and cycle, and start it unless one before it is still answered."""
        parser: Any = self.parser
        version: str = parser.get_http_version()
        path, query = _split(self.url)
        scope: Any = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
            "method": parser.get_method().decode("ascii"),
            "path": _unquote(path),
            "raw_path": path,
            "query_string": query,
            "headers": self.headers,
            "state": {},
            "extensions": {EXTENSION: self},
        }
        if parser.should_upgrade() and self._should_upgrade():
            self.scope = scope  # whoever speaks WebSocket answers it
            return
        app = cast("ASGI3Application", self.app)  # pyright: ignore[reportUnknownMemberType]
        cycle = Cycle(scope, self.transport, self.flow, self.on_response_complete)
        cycle.keep_alive = version != "1.0" and parser.should_keep_alive()
        cycle.waiting_for_100_continue = self.expect_100_continue
        cycle.logger = self.logger
        before, self._last, self.cycle = self._last, cycle, cycle
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, app))

    def handle_websocket_upgrade(self) -> None:
        """Give the connection away; it is none of ours to close when it is idle."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        super().handle_websocket_upgrade()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        cycle = self._last
        if cycle is None or cycle.response_complete:
            return
        cycle.body = cycle.body + body if cycle.body else body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.wake()

    def on_message_complete(self) -> None:
        """Note that the body is whole."""
        cycle = self._last
        if cycle is not None and not cycle.response_complete:
            cycle.more_body = False
            cycle.wake()

    # The connection's life

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the running request."""
        self.connections.discard(self)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        cycle = self._last
        if cycle is not None:
            if not cycle.response_complete:
                cycle.disconnected = True
            cycle.wake()
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = cast("Any", None)  # it refers back to this connection
        gone, self.gone = self.gone, None
        if gone is not None and cycle is not None and not cycle.response_complete:
            gone()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _look_if_idle(self) -> None:
        since, self._idle_timer = self._idle_since, None
        if since is None:
            return  # a request is under way; its end sets the next timer
        left = since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._look_if_idle)
        elif not self.transport.is_closing():
            self.transport.close()


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a request's target."""
    if url.startswith(b"/"):
        path, _, query = url.partition(b"#")[0].partition(b"?")
        return path, query
    parts = urlsplit(url)  # an absolute one, as a proxy's; a malformed one is the parser's error, and 400
    return parts.path or b"/", parts.query


def _unquote(path: bytes) -> str:
    text = path.decode("ascii")
    return unquote(text) if "%" in text else text
