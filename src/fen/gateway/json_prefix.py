"""Reading a JSON document that is still being written: how far it is valid, and what could come next."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_State = Literal[
    "value", "first_value", "key", "first_key", "colon", "next", "string", "escape", "hex", "token", "done"
]
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMBER_BEGUN = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*|(?:\.\d+)?[eE][+-]?\d*)?)?")
_LITERALS = ("true", "false", "null")
_SPACE = " \t\r\n"


class _Level(msgspec.Struct):
    """An open object or array: its closing bracket, where it begins, and where its last key begins."""

    closing: str
    start: int
    key: int | None = None


class JsonScanner:
    """Follows one document, piece by piece; source: RFC 8259.

    failed: a character came that no document may have there. offset: characters that were accepted.
    """

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._state: _State = "value"
        self._token = ""
        self._is_key = False
        self._digits = 0
        self._start: int | None = None
        self.offset = 0
        self.failed = False

    @property
    def done(self) -> bool:
        """Whether the document is complete; what comes after it is not accepted."""
        return self._state == "done"

    @property
    def begun(self) -> bool:
        """Whether the document's first character has come."""
        return self._start is not None

    def copy(self) -> JsonScanner:
        """Return a scanner that goes on from here by itself."""
        other = JsonScanner()
        other._levels = [_Level(level.closing, level.start, level.key) for level in self._levels]
        other._state, other._token, other._is_key = self._state, self._token, self._is_key
        other._digits, other._start = self._digits, self._start
        other.offset, other.failed = self.offset, self.failed
        return other

    def keys(self) -> list[int]:
        """Return where the last key of each open object begins, the innermost first."""
        return [level.key for level in reversed(self._levels) if level.key is not None]

    def beginnings(self) -> list[int]:
        """Return where the document begins, then each open object and array in it."""
        starts = [] if self._start is None else [self._start]
        return starts + [level.start for level in self._levels if level.start != self._start]

    def fits(self, text: str) -> bool:
        """Whether the text can follow; what comes after the document's end does not matter."""
        other = self.copy()
        return other.feed(text) == len(text) or other.done

    def feed(self, text: str) -> int:
        """Read on; returns how many characters are part of the document."""
        at = 0
        while at < len(text) and not self.failed and self._state != "done":
            if self._state == "string":
                run = _PLAIN.match(text, at)
                assert run is not None
                self.offset += run.end() - at
                at = run.end()
                if at == len(text):
                    break
            if not self._step(text[at]):
                self.failed = not self.done
                break
            at += 1
            self.offset += 1
        return at

    def _step(self, char: str) -> bool:
        match self._state:
            case "string" | "escape" | "hex":
                return self._in_string(char)
            case "token":
                return self._in_token(char)
            case _ if char in _SPACE:
                return True
            case "value" | "first_value":
                return self._begin_value(char)
            case "key" | "first_key":
                return self._begin_key(char)
            case "colon":
                self._state = "value"
                return char == ":"
            case _:
                return self._after_value(char)

    def _in_string(self, char: str) -> bool:
        if self._state == "hex":
            self._digits -= 1
            self._state = "hex" if self._digits else "string"
            return char in "0123456789abcdefABCDEF"
        if self._state == "escape":
            self._digits = 4
            self._state = "hex" if char == "u" else "string"
            return char in '"\\/bfnrtu'
        if char == "\\":
            self._state = "escape"
            return True
        if char != '"':
            return False
        if self._is_key:
            self._state = "colon"
        else:
            self._end_value()
        return True

    def _in_token(self, char: str) -> bool:
        if char.isalnum() or char in "+-.":
            self._token += char
            return self._token_begun()
        if self._token not in _LITERALS and _NUMBER.fullmatch(self._token) is None:
            return False
        self._end_value()
        return self._state != "done" and self._step(char)

    def _token_begun(self) -> bool:
        token = self._token
        return any(word.startswith(token) for word in _LITERALS) or bool(_NUMBER_BEGUN.fullmatch(token))

    def _begin_value(self, char: str) -> bool:
        if char == "]" and self._state == "first_value":
            return self._close(char)
        if self._start is None:
            self._start = self.offset
        if char == "{":
            self._levels.append(_Level("}", self.offset))
            self._state = "first_key"
        elif char == "[":
            self._levels.append(_Level("]", self.offset))
            self._state = "first_value"
        elif char == '"':
            self._is_key = False
            self._state = "string"
        else:
            self._token = char
            self._state = "token"
            return self._token_begun()
        return True

    def _begin_key(self, char: str) -> bool:
        if char == "}" and self._state == "first_key":
            return self._close(char)
        self._levels[-1].key = self.offset
        self._is_key = True
        self._state = "string"
        return char == '"'

    def _after_value(self, char: str) -> bool:
        if char != ",":
            return self._close(char)
        self._state = "key" if self._levels[-1].closing == "}" else "value"
        return True

    def _close(self, char: str) -> bool:
        if self._levels.pop().closing != char:
            return False
        self._end_value()
        return True

    def _end_value(self) -> None:
        self._token = ""
        self._state = "next" if self._levels else "done"
