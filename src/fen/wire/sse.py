"""Server-sent events: bytes in, data payloads out.

Source: WHATWG HTML, "Server-sent events", section "Parsing an event stream". Only `data` fields matter to
OpenAI's format; comments, ids and event names are read and dropped.
"""

from __future__ import annotations

MAX_EVENT = 16 * 1024 * 1024
"""Bytes that one event may have; more raises ValueError, so that no upstream fills the memory."""


class EventDecoder:
    """Cuts a byte stream into data payloads, wherever the network cut it."""

    def __init__(self) -> None:
        self._rest = b""
        self._strange = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that `data` completes.

        Raises ValueError when one event grows past MAX_EVENT.
        """
        rest = self._rest + data if self._rest else data
        if self._strange or b"\r" in rest:
            rest = self._straighten(rest)
        if len(rest) > MAX_EVENT and b"\n\n" not in rest:
            raise ValueError(f"found an event of over {MAX_EVENT} bytes")
        *blocks, self._rest = rest.split(b"\n\n")
        return [payload for block in blocks if (payload := _payload(block)) is not None]

    def close(self) -> list[bytes]:
        """Return what an upstream left unterminated at the end of its stream."""
        return self.feed(b"\n\n") if self._rest.strip() else []

    def _straighten(self, rest: bytes) -> bytes:
        # A lone CR at the end may be half of a CRLF whose LF is still on its way.
        self._strange = True
        held = b"\r" if rest.endswith(b"\r") else b""
        body = rest[: len(rest) - len(held)]
        return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held


def _payload(block: bytes) -> bytes | None:
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    lines = [_value(line) for line in block.split(b"\n") if line == b"data" or line.startswith(b"data:")]
    return b"\n".join(lines) if lines else None


def _value(line: bytes) -> bytes:
    value = line[5:]
    return value[1:] if value.startswith(b" ") else value


def frame(data: bytes) -> bytes:
    """Return one event that carries `data`, which holds no line break (JSON text never needs one)."""
    if b"\n" in data or b"\r" in data:
        return b"".join(b"data: " + line + b"\n" for line in data.splitlines()) + b"\n"
    return b"data: " + data + b"\n\n"


DONE = b"[DONE]"
"""The payload by which OpenAI's streams end."""
