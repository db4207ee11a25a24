"""Remembers what was seen of texts, by their hash: a conversation brings the same ones again and again."""

from __future__ import annotations

from threading import Lock

from fen.hierarchy.look import Look

MOST_CHARACTERS = 32_000_000
"""Characters of texts that are remembered; the oldest are forgotten first."""


class Memory:
    """Looks by hash, as many as have room; for an event loop and its threads."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._size = 0
        self._looks: dict[bytes, Look] = {}
        self._lock = Lock()

    def get(self, key: bytes) -> Look | None:
        """Return what was seen; None where it was not, or is forgotten."""
        return self._looks.get(key)

    def put(self, key: bytes, look: Look) -> None:
        """Remember what was seen."""
        size = _measure(look)
        if size > self._most // 8:
            return
        with self._lock:
            if key in self._looks:
                return
            self._looks[key] = look
            self._size += size
            while self._size > self._most:
                oldest = next(iter(self._looks))
                self._size -= _measure(self._looks.pop(oldest))


def _measure(look: Look) -> int:
    return 256 + len(look.visible) + len(look.clean) + sum(len(one.text) for one in look.suspects)
