"""JSON's escapes, undone while the text streams."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BEGUN = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Unescaper:
    """Undoes escapes; one that is not whole waits for its rest. What is no escape stays."""

    def __init__(self) -> None:
        self._carried = ""

    def feed(self, text: str) -> str:
        """Return the text without its escapes."""
        if not self._carried and "\\" not in text:
            return text
        text = self._carried + text
        whole = len(text)
        begun = _BEGUN.search(text)
        if begun is not None and (begun.start() - len(text[: begun.start()].rstrip("\\"))) % 2 == 0:
            whole = begun.start()
        self._carried = text[whole:]
        return _ESCAPE.sub(_undo, text[:whole])

    def end(self) -> str:
        """Return what waited."""
        text, self._carried = self._carried, ""
        return text


def _undo(found: re.Match[str]) -> str:
    code, char = found.groups()
    if code is not None:
        return chr(int(code, 16))
    return _SHORT.get(char, char)
