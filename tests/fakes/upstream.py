"""A scripted upstream that speaks OpenAI's format over HTTP/1.1, and remembers what was asked of it.

In a test: `async with FakeUpstream() as fake: ... fake.base_url ... fake.records`. As a process of its own:
`python -m tests.fakes.upstream --port N` (0 picks a port; the address is printed once it listens), with
`GET /fake/records` for what it remembers and `POST /fake/release` to let stalled answers go on. What it
answers is in tests/fakes/answers.py, how a request steers it in tests/fakes/script.py.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, Self, cast

import httptools
import msgspec

from tests.fakes.batches import FakeBatches
from tests.fakes.chaos import Chaos
from tests.fakes.plan import Step, plan, reply
from tests.fakes.script import Script


class Record:
    """One request: what came, what was sent, and how it ended. Times are `time.monotonic` seconds.

    script: what was done. stalled: set when the answer has reached its stall. closed: set when the connection
    is gone while the answer was not complete, or when the fake itself ended it (`hung_up`). finished: the
    answer is complete.
    """

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes, now: float) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.received_at = now
        self.script: Script | None = None
        self.tokens_sent = 0
        self.stalled = asyncio.Event()
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.closed_at: float | None = None
        self.hung_up = False

    @property
    def json(self) -> Any:
        """The body as a tree."""
        return msgspec.json.decode(self.body)

    def describe(self) -> dict[str, Any]:
        """Return the record as JSON has it."""
        return {
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body.decode("utf-8", "replace"),
            "tokens_sent": self.tokens_sent,
            "received_at": self.received_at,
            "stalled": self.stalled.is_set(),
            "finished": self.finished.is_set(),
            "closed": self.closed.is_set(),
            "closed_at": self.closed_at,
            "hung_up": self.hung_up,
        }


class FakeUpstream:
    """The server; `key`, where given, is the only bearer token that it takes. `chaos` adds faults."""

    root = "/v1"
    """The path of the address that clients are given."""

    def __init__(self, port: int = 0, key: str | None = None, chaos: Chaos | None = None) -> None:
        self.port = port
        self.key = key
        self.chaos = chaos
        self.records: list[Record] = []
        self.batches = FakeBatches()
        self.connections = 0
        self._open: set[Connection] = set()
        self._gate = asyncio.Event()
        self._news = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """The address as a client of the vendor's wants it."""
        return f"http://127.0.0.1:{self.port}{self.root}"

    @property
    def tokens_sent(self) -> int:
        """Tokens that went out, over all requests."""
        return sum(record.tokens_sent for record in self.records)

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return Connection(self)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.connect, "127.0.0.1", self.port, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._open):
            connection.hang_up()
        await asyncio.gather(*(connection.ended.wait() for connection in list(self._open)))
        await self._server.wait_closed()

    def release(self) -> None:
        """Let all answers that stall now go on; later ones stall again."""
        self._gate.set()
        self._gate = asyncio.Event()

    def drop_idle(self) -> None:
        """Close the connections on which no request is open, as servers do after a while."""
        for connection in list(self._open):
            if connection.idle:
                connection.hang_up()

    async def until(
        self, holds: Callable[[Record], bool], count: int = 1, within: float = 10.0
    ) -> list[Record]:
        """Wait until so many requests satisfy a condition, and return them; raises TimeoutError."""
        async with asyncio.timeout(within):
            while len(found := [record for record in self.records if holds(record)]) < count:
                await self._news.wait()
        return found

    def tell(self) -> None:
        """Wake those who wait for a record to change."""
        self._news.set()
        self._news = asyncio.Event()


class Connection(asyncio.Protocol):
    def __init__(self, fake: FakeUpstream) -> None:
        self._fake = fake
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._task: asyncio.Task[None] | None = None
        self._record: Record | None = None
        self._waiting: list[tuple[bytes, dict[str, str], bytes]] = []
        self._url, self._headers, self._body = b"", {}, b""
        self.ended = asyncio.Event()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # what counts as sent has reached the kernel
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fake._open.add(self)
        self._fake.connections += 1

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.hang_up()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fake._open.discard(self)
        if self._task is not None:
            self._task.cancel()
        if self._record is not None:
            self._record.closed_at = self._loop.time()
            self._record.closed.set()
        self.ended.set()
        self._fake.tell()

    # What the parser calls

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._waiting.append((self._url, self._headers, self._body))
        if self._task is None:
            self._task = self._loop.create_task(self._answer_all(self._parser.get_method().decode()))

    # What it does

    @property
    def idle(self) -> bool:
        return self._record is None

    def hang_up(self) -> None:
        """Close the connection from this side."""
        if self._record is not None:
            self._record.hung_up = True
        if self._transport is not None:
            self._transport.abort()

    async def _answer_all(self, method: str) -> None:
        while self._waiting:
            url, headers, body = self._waiting.pop(0)
            path = url.decode()
            if path.startswith("/fake/"):
                self._write(self._control(path))
                continue
            record = self._record = Record(method, path, headers, body, self._loop.time())
            self._fake.records.append(record)
            self._fake.tell()
            await self._answer(record)
        self._task = None

    async def _answer(self, record: Record) -> None:
        for step in self.plan(record):
            await self._take(step, record)
            self._fake.tell()

    def plan(self, record: Record) -> Iterator[Step]:
        """Return what happens for a request."""
        if self._fake.key is not None and record.headers.get("authorization") != f"Bearer {self._fake.key}":
            body = b'{"error":{"message":"wrong key","type":"authentication_error","code":"invalid_api_key"}}'
            return iter([Step("write", reply(401, body)), Step("end")])
        if (told := self._fake.batches.answer(record.method, record.path, record.body)) is not None:
            return iter([Step("write", told), Step("end")])
        planned = plan(record.path, record.body, self._fake.chaos and self._fake.chaos.draw)
        record.script = planned.script
        return planned.steps

    async def _take(self, step: Step, record: Record) -> None:
        if step.kind in ("write", "end"):
            self._write(step.data)
            record.tokens_sent += step.tokens
            if step.kind == "end":
                self._record = None
                record.finished.set()
            await self._writable.wait()
            await asyncio.sleep(0)  # a client that has gone is noticed here
        elif step.kind == "wait":
            await asyncio.sleep(step.seconds)
        elif step.kind == "stall":
            record.stalled.set()
            self._fake.tell()
            await self._fake._gate.wait()
        elif step.kind == "hang":
            await asyncio.Event().wait()
        else:
            await self._end(step.kind, record)

    async def _end(self, kind: str, record: Record) -> None:
        assert self._transport is not None
        if kind == "half":
            self._transport.write_eof()
            await asyncio.Event().wait()  # what comes is never read to an end; connection_lost ends this
        record.hung_up = True
        if kind == "reset":
            await self._writable.wait()
            no_linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, no_linger
            )
            self._transport.abort()
        else:
            self._transport.close()
        await asyncio.Event().wait()  # connection_lost ends this

    def _control(self, path: str) -> bytes:
        if path == "/fake/release":
            self._fake.release()
            return reply(200, b"{}")
        if path == "/fake/records":
            return reply(200, msgspec.json.encode([record.describe() for record in self._fake.records]))
        return reply(404, b'{"error":{"message":"no such path"}}')

    def _write(self, data: bytes) -> None:
        if self._transport is not None and data:
            self._transport.write(data)


async def _run(port: int, key: str | None) -> None:
    async with FakeUpstream(port, key) as fake:
        print(f"listening on {fake.base_url}", flush=True)  # noqa: T201 (who started it waits for this line)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", help="the only bearer token that is taken")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.port, arguments.key))


if __name__ == "__main__":
    main()
