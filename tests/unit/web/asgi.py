"""Ask an ASGI application without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

Message = dict[str, Any]


class Asked:
    """What came back: `status`, `headers` by lower-case name, `body`."""

    def __init__(self, messages: Sequence[Message]) -> None:
        [start] = [message for message in messages if message["type"] == "http.response.start"]
        self.status: int = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages if message is not start)
        self.complete = not messages[-1].get("more_body", False)

    @property
    def error(self) -> Any:
        """The inside of the error object."""
        return msgspec.json.decode(self.body)["error"]


async def ask(
    app: Any, method: str, path: str, pieces: Sequence[Message] = (), **headers: str
) -> tuple[Asked, int]:
    """Return what came back, and how many pieces of the body were taken.

    pieces: what the server has to give; none is an empty body. After them the client waits.
    """
    sent: list[Message] = []
    left = list(pieces or ({"type": "http.request", "body": b"", "more_body": False},))

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    return Asked(sent), max(1, len(pieces)) - len(left)


async def post(app: Any, path: str, body: bytes, **headers: str) -> Asked:
    """Send a body as a client of this machine that stays until it is answered."""
    pieces = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if not pieces:
            await asyncio.Event().wait()
        return pieces.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1:8000", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "client": ("127.0.0.1", 50000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
    }
    await app(scope, receive, send)
    return Asked(sent)
