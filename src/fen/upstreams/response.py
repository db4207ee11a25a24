"""One HTTP response as it arrives: parsed, buffered, bounded in time."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import httptools

from fen.upstreams._alarm import Alarm
from fen.wire.errors import UpstreamFailed, UpstreamTimeout
from fen.wire.ports import Deadlines

HIGH_WATER = 256 * 1024
"""Bytes buffered for a slow reader before the upstream is paused."""

LINGER_SECONDS = 1.0
"""How long the end of a body may take whose content has been read, for the connection to be kept."""

MAX_HEAD = 64 * 1024
"""Bytes that a response's headers may have."""


class Carrier(Protocol):
    """The connection under a response; its alarm keeps the deadlines of whichever response is under way."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that it lives on."""
        ...

    @property
    def alarm(self) -> Alarm:
        """What rings at a deadline."""
        ...

    def release(self, reusable: bool, now: float) -> None:
        """Take the connection back after a complete response."""
        ...

    def pause(self, paused: bool) -> None:
        """Stop or go on reading."""
        ...

    def abort(self) -> None:
        """Close the connection at once."""
        ...


class Response:
    """Status, headers and body of one response; `read` gives the body as the network cut it.

    left: nobody reads it any more (`leave`).
    """

    def __init__(self, carrier: Carrier, deadlines: Deadlines) -> None:
        self._loop = carrier.loop
        self._carrier = carrier
        self._alarm = carrier.alarm
        self._parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.silent = True
        self._head_bytes = 0
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = self.left = False
        self._error: UpstreamFailed | None = None
        self._waiter: asyncio.Future[None] | None = None
        now = self._loop.time()
        self._between = deadlines.between
        self._end = now + deadlines.total
        self._first = min(now + deadlines.first, self._end)
        self._awaits_content = False
        self._alarm.set(self._first, self._on_deadline)

    async def headers_received(self) -> None:
        """Wait for the headers; cancelling this closes the connection.

        Raises UpstreamFailed or UpstreamTimeout.
        """
        try:
            while not self.status:
                await self._wait()
        except BaseException:
            self.close()
            raise

    async def read(self) -> bytes:
        """Return the next piece of the body, b"" at its end.

        Raises UpstreamFailed or UpstreamTimeout.
        """
        while not self._chunks:
            if self.complete:
                return b""
            await self._wait()
        chunk = self._chunks.popleft()
        self._buffered -= len(chunk)
        if self._paused and self._buffered < HIGH_WATER // 2:
            self._paused = False
            if not self.complete:
                self._carrier.pause(False)
        return chunk

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def await_content(self) -> None:
        """Have the first deadline run on until `content_came`, whatever bytes come before.

        A stream's headers come at once, and a model that thinks for long sends pings, or nothing, until then.
        """
        self._awaits_content = True
        self._look_at(self._first)

    def content_came(self) -> None:
        """Count from now on the time between bytes."""
        if self._awaits_content:
            self._awaits_content = False
            self._wait_for_more()

    def close(self) -> None:
        """Let go of the response; before its end, that closes the connection."""
        if not self.complete and self._error is None:
            self._fail(UpstreamFailed("the call was closed"))

    def leave(self) -> None:
        """Read no more, but let the end of the body pass, so that the connection can be kept.

        A stream's `[DONE]` and the end of its body may come apart.
        """
        if self.complete or self._error is not None:
            return
        self.left = True
        self._chunks.clear()
        if self._paused:
            self._paused = False
            self._carrier.pause(False)
        self._end = self._loop.time() + LINGER_SECONDS
        self._look_at(self._end)

    # What the connection calls

    def feed(self, data: bytes) -> None:
        """Take bytes from the network."""
        self.silent = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(UpstreamFailed(f"found an answer that is not HTTP/1.1 ({error})"))
        if not self.status:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._fail(UpstreamFailed(f"found headers of over {MAX_HEAD} bytes"))
        if not (self._awaits_content or self.complete):
            self._wait_for_more()

    def lose(self, reason: Exception | None) -> None:
        """Take the end of the connection: without a length it ends the body (RFC 9112, 6.3)."""
        names = {name for name, _ in self.headers}
        if self.status and reason is None and not names & {b"content-length", b"transfer-encoding"}:
            self.on_message_complete()
        else:
            why = f": {reason}" if reason else ""
            self._fail(UpstreamFailed(f"the upstream closed the connection before its answer ended{why}"))

    # What the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Wake who waits for the headers; interim answers (1xx) are passed over."""
        status = self._parser.get_status_code()
        if status < 200:
            self.headers = []
            return
        self.status = status
        self._wake()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self.left:
            return
        self._chunks.append(body)
        self._buffered += len(body)
        if self._buffered > HIGH_WATER and not self._paused:
            self._paused = True
            self._carrier.pause(True)
        self._wake()

    def on_message_complete(self) -> None:
        """Give the connection back."""
        if not self.status or self.complete:
            return
        self.complete = True
        self._alarm.stop()
        if self._paused:
            self._carrier.pause(False)
        self._carrier.release(self._parser.should_keep_alive(), self._loop.time())
        self._wake()

    def _wait_for_more(self) -> None:
        self._look_at(min(self._loop.time() + self._between, self._end))

    def _look_at(self, due: float) -> None:
        if not self.complete and self._error is None:  # else the alarm may be another response's by now
            self._alarm.set(due, self._on_deadline)

    async def _wait(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._error is not None and not self._chunks:
            raise self._error

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: UpstreamFailed) -> None:
        if self.complete or self._error is not None:
            return
        self._error = error
        self._alarm.stop()
        self._carrier.abort()
        self._wake()

    def _on_deadline(self) -> None:
        now = self._loop.time()
        if self._paused and now < self._end:  # the reader is slow, not the upstream
            self._wait_for_more()
        else:
            self._fail(UpstreamTimeout(f"the upstream's deadline for {self._lacking(now)} passed"))

    def _lacking(self, now: float) -> str:
        if now >= self._end:
            return "the whole answer"
        if self._awaits_content:
            return "its first content"
        return "its next bytes" if self.status else "its first byte"
