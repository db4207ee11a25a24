"""A client that sees bytes: it knows whether the last one came."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.serving import Serving


class RawStream:
    """One streamed chat request; `finished` once its `[DONE]` has been read."""

    def __init__(self, serving: Serving, text: str, model: str = "fake/gpt-4o-mini", **members: Any) -> None:
        self._port = serving.port
        self._body = json.dumps(
            {
                "model": model,
                "stream": True,
                "stream_options": {"include_usage": True},
                "messages": [{"role": "user", "content": text}],
                **members,
            }
        ).encode()
        self.received = b""
        self.finished = False

    @property
    def request_id(self) -> str | None:
        """The id in the response's headers, where they came."""
        _, found, rest = self.received.partition(b"x-fen-request-id: ")
        return rest.split(b"\r\n", 1)[0].decode() if found else None

    @property
    def tokens(self) -> int:
        """Chunks with content so far."""
        return self.received.count(b'"delta":{"content":')

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage chunk, where it came whole."""
        for line in self.received.split(b"\n"):
            if line.startswith(b"data: {") and b'"fen":' in line:
                return json.loads(line[6:])
        return None

    async def run(self) -> None:
        """Send, and read until the server is done or gone."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(self._body)}\r\n"
            "connection: close\r\n\r\n"
        )
        try:
            writer.write(head.encode() + self._body)
            while data := await reader.read(65536):
                self.received += data
        except OSError:
            pass
        finally:
            writer.close()
            self.finished = b"data: [DONE]\n\n" in self.received
