"""The load: a process of its own that sends requests, checks every answer, and says what it saw.

Run as `python -m bench.load`; each line of JSON on its input is a job (`WholeJob` or `StreamJob`), each line
on its output a `Notice` or a `Seen`. It is a raw protocol on uvloop, so that it keeps ahead of what is
measured; its own CPU is not part of any figure.
"""

import asyncio
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import cast

import httptools
import msgspec
import uvloop

from bench.fault import stream_fault, whole_fault
from bench.mock_answer import Shape

STALLED_SECONDS = 30.0
KEPT_ERRORS = 5


class WholeJob(msgspec.Struct, frozen=True, tag="whole"):
    """Send `requests` times the same bytes over `connections` kept ones, the next after each answer."""

    port: int
    request: str
    connections: int
    requests: int


class StreamJob(msgspec.Struct, frozen=True, tag="stream"):
    """Open `streams` within one interval of their shape, each on a connection of its own.

    A notice is given once every stream has shown `notice_at` events; 0 asks for none.
    """

    port: int
    request: str
    streams: int
    chunks: int
    interval_ms: int
    notice_at: int = 0

    @property
    def shape(self) -> Shape:
        """What the streams look like."""
        return Shape(self.chunks, self.interval_ms)


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """All streams of a job are open and have shown the events asked for."""

    streams: int


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """What one job saw: right answers, their latencies, events and socket reads of streams, and faults."""

    right: int
    latencies_ns: list[int]
    events: int
    reads: int
    wrong: int
    errors: list[str]


class _Tally:
    """What the connections of one job have seen together."""

    def __init__(self, parts: int, notify: Callable[[], None] | None = None) -> None:
        self.latencies: list[int] = []
        self.errors: list[str] = []
        self.wrong = self.events = self.reads = 0
        self.done = asyncio.get_running_loop().create_future()
        self._open = self._unseen = parts
        self._notify = notify

    def fail(self, message: str) -> None:
        self.wrong += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(message[:400])

    def show(self) -> None:
        self._unseen -= 1
        if self._unseen == 0 and self._notify is not None:
            self._notify()

    def leave(self) -> None:
        self._open -= 1
        if self._open == 0 and not self.done.done():
            self.done.set_result(None)

    def seen(self) -> Seen:
        latencies = self.latencies
        return Seen(len(latencies), latencies, self.events, self.reads, self.wrong, self.errors)


class _Exchange(asyncio.Protocol):
    """One connection that sends a request and collects its answer."""

    def __init__(self, request: bytes, tally: _Tally) -> None:
        self._request = request
        self._tally = tally
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._left = False
        self._began = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        assert self._transport is not None
        self._body.clear()
        self._began = perf_counter_ns()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._tally.reads += 1
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._tally.fail(f"not HTTP: {error}: {data[:200]!r}")
            self.leave()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        took = perf_counter_ns() - self._began
        status = self._parser.get_status_code()
        body = bytes(self._body)
        fault = self.fault(body) if status == 200 else f"status {status}: {body[:300]!r}"
        if fault is None:
            self._tally.latencies.append(took)
        else:
            self._tally.fail(fault)
        self.follow()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._left:
            self._tally.fail(f"the connection was closed within an answer: {exc}")
            self.leave()

    def leave(self) -> None:
        if not self._left:
            self._left = True
            self._tally.leave()
        if self._transport is not None:
            self._transport.close()

    def fault(self, body: bytes) -> str | None:
        raise NotImplementedError

    def follow(self) -> None:
        raise NotImplementedError


class _WholeExchange(_Exchange):
    def __init__(self, request: bytes, tally: _Tally, budget: list[int]) -> None:
        super().__init__(request, tally)
        self._budget = budget

    def send(self) -> None:
        if self._budget[0] == 0:
            self.leave()
            return
        self._budget[0] -= 1
        super().send()

    def fault(self, body: bytes) -> str | None:
        return whole_fault(body)

    def follow(self) -> None:
        self.send()


class _StreamExchange(_Exchange):
    def __init__(self, job: StreamJob, tally: _Tally) -> None:
        super().__init__(job.request.encode(), tally)
        self._job = job
        self._shown = 0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._shown < self._job.notice_at:
            self._shown += body.count(b"data: ")
            if self._shown >= self._job.notice_at:
                self._tally.show()

    def fault(self, body: bytes) -> str | None:
        self._tally.events += body.count(b"data: ")
        return stream_fault(body, self._job.shape)

    def follow(self) -> None:
        self.leave()


async def run_whole(job: WholeJob) -> Seen:
    tally = _Tally(job.connections)
    budget = [job.requests]
    loop = asyncio.get_running_loop()
    request = job.request.encode()
    for _ in range(job.connections):
        await loop.create_connection(lambda: _WholeExchange(request, tally, budget), "127.0.0.1", job.port)
    await _finish(tally)
    return tally.seen()


async def run_stream(job: StreamJob, notify: Callable[[Notice], None]) -> Seen:
    tally = _Tally(job.streams, lambda: notify(Notice(job.streams)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for index in range(job.streams):
        start = began + job.interval_ms / 1000 * index / job.streams
        await asyncio.sleep(start - loop.time())
        await loop.create_connection(lambda: _StreamExchange(job, tally), "127.0.0.1", job.port)
    await _finish(tally)
    return tally.seen()


async def _finish(tally: _Tally) -> None:
    """Wait for every connection to be done, as long as something is still coming in."""
    reads = -1
    while not tally.done.done() and tally.reads > reads:
        reads = tally.reads
        await asyncio.wait((tally.done,), timeout=STALLED_SECONDS)
    if not tally.done.done():
        tally.fail(f"nothing came in for {STALLED_SECONDS:.0f} s; answers are missing")


async def work() -> None:
    """Do each job of standard input, and write what came of it."""
    loop = asyncio.get_running_loop()
    decoder = msgspec.json.Decoder(WholeJob | StreamJob)

    def write(value: Notice | Seen) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
        sys.stdout.buffer.flush()

    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        job = decoder.decode(line)
        write(await run_whole(job) if isinstance(job, WholeJob) else await run_stream(job, write))


if __name__ == "__main__":
    uvloop.run(work())
