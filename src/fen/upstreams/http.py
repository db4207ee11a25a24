"""HTTP/1.1 for upstreams: kept connections over httptools.

Why not a library: pyreqwest left a connection open when its task was cancelled before the headers came, and
aiohttp costs more CPU than the whole gateway may (docs/decisions.md has both measurements). The contract
tests in tests/contract/upstreams hold this client to the same rules.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from urllib.parse import urlsplit

import msgspec

from fen.upstreams._alarm import Alarm
from fen.upstreams.response import Response
from fen.wire.errors import UpstreamFailed, UpstreamTimeout
from fen.wire.ports import Deadlines

IDLE_SECONDS = 4.0
"""How long an idle connection is trusted; common servers close theirs after 5 s and more."""

_JOIN = 64 * 1024
"""Bodies below this go out in one write with their head."""


class Address(msgspec.Struct, frozen=True):
    """Where an upstream listens, taken from a base URL."""

    host: str
    port: int
    secure: bool
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_address(base_url: str) -> Address:
    """Read `http(s)://host[:port][/path]`.

    Raises ValueError, saying what was found.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"found {base_url!r}, expected http(s)://host[:port][/path]")
    secure = parts.scheme == "https"
    return Address(parts.hostname, parts.port or (443 if secure else 80), secure, parts.path.rstrip("/"))


class Connection(asyncio.Protocol):
    """One connection; it carries one response after another."""

    def __init__(self, pool: deque[Connection], open_ones: set[Connection]) -> None:
        self._pool = pool
        self._open_ones = open_ones
        self._transport: asyncio.Transport | None = None
        self._response: Response | None = None
        self._idle_since = 0.0
        self.loop = asyncio.get_running_loop()
        self.alarm = Alarm()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]
        self._open_ones.add(self)

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the response under way; an idle connection that speaks is broken."""
        if self._response is None:
            self.abort()
        else:
            self._response.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the pool, and tell the response under way."""
        self._transport = None
        self.alarm.close()
        self._open_ones.discard(self)
        if self in self._pool:
            self._pool.remove(self)
        if self._response is not None:
            self._response.lose(exc)

    def usable(self, now: float) -> bool:
        """Tell whether another request may go out on this idle connection."""
        return self._transport is not None and now - self._idle_since < IDLE_SECONDS

    def start(self, head: bytes, body: bytes, deadlines: Deadlines) -> Response:
        """Write a request; the response's headers are still to come."""
        transport = self._transport
        if transport is None:
            raise UpstreamFailed(
                "the upstream closed the connection before the request was sent", reached=False
            )
        response = self._response = Response(self, deadlines)
        if len(body) < _JOIN:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        return response

    def release(self, reusable: bool, now: float) -> None:
        """Return to the pool after a complete response, or close."""
        self._response = None
        if reusable and self._transport is not None:
            self._idle_since = now
            self._pool.append(self)
        else:
            self.abort()

    def pause(self, paused: bool) -> None:
        """Stop or go on reading from the socket."""
        if self._transport is not None and paused:
            self._transport.pause_reading()
        elif self._transport is not None:
            self._transport.resume_reading()

    def end(self) -> None:
        """Close, unless somebody still reads the response under way."""
        if self._response is None or self._response.left:
            self.abort()

    def abort(self) -> None:
        """Close at once; the upstream sees it."""
        self._response = None
        if self._transport is not None:
            self._transport.abort()


class HttpClient:
    """Connections to one address, kept alive between calls."""

    def __init__(self, address: Address, *, tls: ssl.SSLContext | None = None) -> None:
        self.address = address
        self._tls = tls
        self._idle: deque[Connection] = deque()
        self._open_ones: set[Connection] = set()

    async def exchange(self, head: bytes, body: bytes, deadlines: Deadlines) -> Response:
        """Send a request whose head is ready and return the response once its headers are there.

        A kept connection that closes without one byte of answer is replaced once: the upstream's close and
        the request crossed on the wire. Raises UpstreamFailed or UpstreamTimeout.
        """
        kept = self._take()
        if kept is not None:
            response = kept.start(head, body, deadlines)
            try:
                await response.headers_received()
            except UpstreamTimeout:
                raise
            except UpstreamFailed:
                if not response.silent:
                    raise
            else:
                return response
        response = (await self._connect(deadlines)).start(head, body, deadlines)
        await response.headers_received()
        return response

    async def close(self) -> None:
        """Close the idle connections; those in use end with their calls."""
        for connection in list(self._open_ones):
            connection.end()
        self._idle.clear()

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable(connection.loop.time()):
                return connection
            connection.abort()
        return None

    async def _connect(self, deadlines: Deadlines) -> Connection:
        address = self.address
        if address.secure and self._tls is None:
            self._tls = ssl.create_default_context()
        try:
            async with asyncio.timeout(deadlines.connect):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._idle, self._open_ones),
                    address.host,
                    address.port,
                    ssl=self._tls if address.secure else None,
                )
        except TimeoutError:
            message = f"no connection to {address.authority} within {deadlines.connect:g} s"
            raise UpstreamTimeout(message, reached=False) from None
        except OSError as error:
            raise UpstreamFailed(f"no connection to {address.authority}: {error}", reached=False) from None
        return connection
