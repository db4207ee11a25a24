"""A client that sends and reads bytes, so that it can stop in the middle."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Connection:
    """One connection to a server on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Connection:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, method: str, path: str, **headers: str) -> None:
        """Send a request's head."""
        lines = {"host": f"127.0.0.1:{self._port}", **headers}
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
        await self.send(f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode())

    async def read(self, has_body: bool = True) -> tuple[int, dict[str, str], Any]:
        """Read a response that has a content-length; returns status, headers, body (JSON where it is)."""
        async with asyncio.timeout(10):
            raw = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = raw.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            length = int(headers.get("content-length", "0")) if has_body else 0
            body = await self.reader.readexactly(length)
        kind = headers.get("content-type")
        return (
            int(first.split()[1]),
            headers,
            json.loads(body) if kind == "application/json" and body else body,
        )

    async def at_end(self) -> bool:
        """Wait for the server to close; returns whether nothing came before."""
        async with asyncio.timeout(10):
            return not await self.reader.read()
