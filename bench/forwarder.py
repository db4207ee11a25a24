"""The bare forwarder: what an answer costs on Fen's server and Fen's client when nothing else is done.

Run as `python -m bench.forwarder PORT WHOLE STREAM`, the last two being ports of the mocks. A plain ASGI
application on uvicorn (uvloop, httptools) that sends each request on to the same path of its upstream and
every piece of the answer back as it comes, unparsed. The bar for streams is set by its CPU per chunk.

It is the one place of the bench that imports Fen: the HTTP client has to be the very same.
"""

import gc
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from fen.upstreams.http import HttpClient, parse_address
from fen.wire.ports import Deadlines

Message = MutableMapping[str, Any]
_DEADLINES = Deadlines()


class Forwarder:
    """Sends whole answers' paths (`/v1/...`) to one upstream and all others to the other."""

    def __init__(self, whole_port: int, stream_port: int) -> None:
        self._whole = HttpClient(parse_address(f"http://127.0.0.1:{whole_port}"))
        self._stream = HttpClient(parse_address(f"http://127.0.0.1:{stream_port}"))

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Forward one request."""
        assert scope["type"] == "http"
        body = await _read_body(receive)
        path: bytes = scope["raw_path"]
        client = self._whole if path.startswith(b"/v1/") else self._stream
        head = (
            b"POST %b HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            % (
                path,
                client.address.authority.encode(),
                len(body),
            )
        )
        response = await client.exchange(head, body, _DEADLINES)
        try:
            headers = [pair for pair in response.headers if pair[0] in (b"content-type", b"content-length")]
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            while piece := await response.read():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            response.close()


async def _read_body(receive: Callable[[], Awaitable[Message]]) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body


def serve(port: int, whole_port: int, stream_port: int) -> None:
    """Forward from 127.0.0.1:`port` until the process is ended, with the server set up as Fen sets it up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    uvicorn.run(
        Forwarder(whole_port, stream_port),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:4]))
