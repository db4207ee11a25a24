"""What a worker and its pool say to each other, over the worker's standard input and output.

A frame is its length in 8 bytes, the most significant first, and its content. The pool sends limits once
(msgpack), the worker that it is ready; then a file's bytes as they are, and a reply to each (msgpack).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.hierarchy.reading import Reading

Isolation = Literal["network namespace", "no sockets"]
"""What keeps a worker from the network: a namespace without any, or that it can open no socket."""

HEAD_BYTES = 8


class Ready(msgspec.Struct, frozen=True):
    """The worker's first words."""

    isolation: Isolation


class Reply(msgspec.Struct, frozen=True):
    """A reading, or why there is none."""

    reading: Reading | None = None
    refused: str = ""
    code: str | None = None


def frame_head(length: int) -> bytes:
    """Return what stands before a frame's content."""
    return length.to_bytes(HEAD_BYTES, "big")
