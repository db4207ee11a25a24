"""A streaming upstream that is never what is measured: one event per TCP write, at a fixed distance.

Run as `python -m bench.mock_stream PORT`. A POST to `/{chunks}x{interval}ms/v1/chat/completions` is
answered by a stream of that shape (see `bench.mock_answer`), chunked, with TCP_NODELAY. The next event is
timed from the one before it, so that two of them never leave in one burst, however late the machine is.
"""

import asyncio
import socket
import sys
from typing import cast

import httptools
import uvloop

from bench.mock_answer import Shape, parse_shape, stream_events

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class Frames:
    """The bytes of each TCP write of a stream, made once per shape."""

    def __init__(self) -> None:
        self._made: dict[Shape, list[bytes]] = {}

    def of(self, shape: Shape) -> list[bytes]:
        """The writes of one stream, the end of the answer in the last."""
        if shape not in self._made:
            frames = [b"%x\r\n%b\r\n" % (len(event), event) for event in stream_events(shape)]
            frames[-1] += b"0\r\n\r\n"
            self._made[shape] = frames
        return self._made[shape]


class StreamingUpstream(asyncio.Protocol):
    """One client's connection, which may carry several requests one after another."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._url = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and let small writes leave at once."""
        self._transport = cast(asyncio.Transport, transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Parse what the client sends."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the stream under way end at its next event."""
        self._transport = None

    def on_message_begin(self) -> None:
        """Forget the request before (the parser calls this)."""
        self._url = b""

    def on_url(self, url: bytes) -> None:
        """Collect the path, which may come in pieces."""
        self._url += url

    def on_message_complete(self) -> None:
        """Begin the stream that the path names."""
        try:
            shape = parse_shape(self._url.decode())
        except ValueError:
            self._write(NOT_FOUND)
            return
        self._write(HEAD)
        self._later(shape, 0)

    def _later(self, shape: Shape, position: int) -> None:
        self._loop.call_later(shape.interval_ms / 1000, self._send, shape, position)

    def _send(self, shape: Shape, position: int) -> None:
        frames = self._frames.of(shape)
        self._write(frames[position])
        if self._transport is not None and position + 1 < len(frames):
            self._later(shape, position + 1)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


async def serve(port: int) -> None:
    """Answer on 127.0.0.1:`port` until the process is ended."""
    frames = Frames()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StreamingUpstream(frames), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
