"""One request and its response on a connection: uvicorn's cycle by a shorter way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_BODY = frozenset({204, 304})


class Cycle(RequestResponseCycle):
    """Speaks ASGI with the application, and HTTP/1.1 with the client.

    It writes a response's head together with its first body bytes, one system call instead of two; takes a
    body that is there without an event; and checks names and values of headers as uvicorn does.
    """

    def __init__(
        self, scope: Any, transport: asyncio.Transport, flow: FlowControl, on_response: Callable[[], None]
    ) -> None:
        # Not the base's, which wants ten parts that are the same for every request.
        self.scope = scope
        self.transport = transport
        self.flow = flow
        self.on_response = on_response
        self.disconnected = False
        self.keep_alive = True
        self.waiting_for_100_continue = False
        self.body: bytes = b""
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.chunked_encoding: bool | None = None
        self.expected_content_length = 0
        self._head = b""
        self._told_end = False
        self._waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Tell who waits in `receive` that something came, or that the client is gone."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def receive(self) -> Any:
        """Return the next piece of the body, or that the client is gone."""
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(_CONTINUE)
            self.waiting_for_100_continue = False
        if not (self.disconnected or self.response_complete):
            self.flow.resume_reading()
            while not self._has_news():
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        body, self.body = self.body, b""
        self._told_end = not self.more_body
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    def _has_news(self) -> bool:
        came = bool(self.body) or not (self.more_body or self._told_end)
        return came or self.disconnected or self.response_complete

    async def send(self, message: Any) -> None:
        """Write a part of the response; raises RuntimeError for one that is out of order or malformed."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        expected = "http.response.body" if self.response_started else "http.response.start"
        if message["type"] != expected or self.response_complete:
            raise RuntimeError(f"found the message {message['type']!r}, expected {self._next(expected)}")
        if self.response_started:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        else:
            self.response_started = True
            self.waiting_for_100_continue = False
            self._head = self._make_head(message["status"], message.get("headers", ()))

    def _next(self, expected: str) -> str:
        return "none after the response's end" if self.response_complete else repr(expected)

    def _make_head(self, status: int, headers: Any) -> bytes:
        told: dict[bytes, bytes] = dict(headers)
        # All at once: what may not stand in one of them may not stand in them together either.
        values = b"".join([value for _, value in headers])
        if HEADER_RE.search(b"".join(told)) or HEADER_VALUE_RE.search(values):
            names = b", ".join(told)
            raise RuntimeError(f"found the headers {names!r}, expected ones without control characters")
        lines = [STATUS_LINE[status], *[b"%b: %b\r\n" % (name, value) for name, value in headers]]
        length = told.get(b"content-length")
        if length is not None:
            self.expected_content_length = int(length)
            self.chunked_encoding = False
        if told.get(b"connection", b"").lower() == b"close":
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in _NO_BODY:
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            data = b""
        elif self.chunked_encoding:
            data = (b"%x\r\n%b\r\n" % (len(body), body)) if body else b""
            if not more:
                data += b"0\r\n\r\n"
        else:
            self._count(len(body), more=more)
            data = body
        head, self._head = self._head, b""
        if head or data:
            self.transport.write(head + data if head else data)
        if not more:
            self._complete()

    def _count(self, size: int, *, more: bool) -> None:
        self.expected_content_length -= size
        left = self.expected_content_length
        if left < 0 or (left and not more):
            word: Literal["longer", "shorter"] = "longer" if left < 0 else "shorter"
            raise RuntimeError(f"found a body {word} than its content-length, expected {size + left} bytes")

    def _complete(self) -> None:
        self.response_complete = True
        self.wake()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
