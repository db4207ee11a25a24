"""A reply that first says again what was said already, followed to the point where it says something new."""

from __future__ import annotations

_SPACE = " \t\r\n"


class DivergedError(Exception):
    """The reply says something else than the text did."""


class Replay:
    """Follows a reply through `text` from `start` on.

    loose: white space outside of JSON strings may differ.
    """

    def __init__(self, text: str, start: int, *, loose: bool = False) -> None:
        self._text = text
        self._at = start
        self._loose = loose
        self._quoted = self._escaped = False

    def feed(self, piece: str) -> str | None:
        """Return what is new of the piece once the text's end is reached, None before.

        Raises DivergedError.
        """
        if self._loose:
            return self._feed_loosely(piece)
        left = len(self._text) - self._at
        if left > len(piece):
            if not self._text.startswith(piece, self._at):
                raise DivergedError
            self._at += len(piece)
            return None
        if not piece.startswith(self._text[self._at :]):
            raise DivergedError
        self._at = len(self._text)
        return piece[left:]

    def _feed_loosely(self, piece: str) -> str | None:
        for index, char in enumerate(piece):
            self._skip_space()
            if self._at == len(self._text):
                return piece[index:]
            if char in _SPACE and not self._quoted:
                continue
            if char != self._text[self._at]:
                raise DivergedError
            self._at += 1
            self._note(char)
        self._skip_space()
        return "" if self._at == len(self._text) else None

    def _skip_space(self) -> None:
        while not self._quoted and self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1

    def _note(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = self._quoted
        elif char == '"':
            self._quoted = not self._quoted
