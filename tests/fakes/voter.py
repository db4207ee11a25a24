"""A voter of the arena's API: begins battles, reads both sides as they come, votes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from fen.web.api import Api

Sent = tuple[str, Any]
"""An event's name and data."""


class Seen:
    """What came back: status, headers, the pieces of the body with their moments, and the events in it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.pieces: list[tuple[float, bytes]] = []

    @property
    def body(self) -> bytes:
        """All of the body."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def json(self) -> Any:
        """The body as a tree."""
        return msgspec.json.decode(self.body)

    @property
    def events(self) -> list[Sent]:
        """The events of a stream, without signs of life."""
        found: list[Sent] = []
        for block in self.body.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if lines:
                found.append((lines["event"], msgspec.json.decode(lines["data"])))
        return found

    @property
    def kinds(self) -> list[str]:
        """The events' names, each run of texts as one."""
        kinds = [name for name, _ in self.events]
        return [name for at, name in enumerate(kinds) if at == 0 or name != "text" or kinds[at - 1] != "text"]

    @property
    def texts(self) -> tuple[str, str]:
        """What was shown of both sides."""
        shown = [data for name, data in self.events if name == "text"]
        return "".join(one["left"] for one in shown), "".join(one["right"] for one in shown)

    @property
    def told(self) -> bytes:
        """All bytes that the voter has got: headers and body."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode() + self.body


class Voter:
    """One voter, who keeps the token that the first battle gave."""

    def __init__(self, api: Api, address: str = "127.0.0.1") -> None:
        self.api = api
        self.address = address
        self.token: str | None = None

    async def begin(self, prompt: Any = "Hello") -> Seen:
        """Begin a battle and read it to its end."""
        return await self.post("/api/arena/battles", {"prompt": prompt})

    async def go_on(self, battle: str, prompt: Any) -> Seen:
        """Go on with a battle."""
        return await self.post(f"/api/arena/battles/{battle}/turns", {"prompt": prompt})

    async def vote(self, battle: str, outcome: str = "left") -> Seen:
        """Vote."""
        return await self.post(f"/api/arena/battles/{battle}/vote", {"outcome": outcome})

    async def post(self, path: str, body: object, leave_after: int | None = None) -> Seen:
        """Send a body; `leave_after` so many pieces of the answer the voter goes away."""
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self._ask("POST", path, data, leave_after)

    async def get(self, path: str) -> Seen:
        """Read a path."""
        return await self._ask("GET", path, b"", None)

    async def _ask(self, method: str, path: str, data: bytes, leave_after: int | None) -> Seen:
        seen, gone = Seen(), asyncio.Event()
        pieces = [{"type": "http.request", "body": data, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if pieces:
                return pieces.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                seen.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            elif message.get("body"):
                seen.pieces.append((asyncio.get_running_loop().time(), message["body"]))
                if leave_after is not None and len(seen.pieces) >= leave_after:
                    gone.set()
                    await asyncio.sleep(0.05)

        await self.api(self._scope(method, path), receive, send)
        self.token = seen.headers.get("x-fen-voter", self.token)
        return seen

    def _scope(self, method: str, path: str) -> dict[str, Any]:
        headers: Sequence[tuple[bytes, bytes]] = [(b"host", b"127.0.0.1:8000")]
        if self.token is not None:
            headers = [*headers, (b"x-fen-voter", self.token.encode())]
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": (self.address, 50000),
            "headers": headers,
        }
