"""The visible text of a page as lines: white space as a browser shows it."""

from __future__ import annotations

import re

_SPACE = re.compile(r"[ \t\r\n\f]+")


class Column:
    """Lines that are filled while a page is read, and so a class that changes."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._line: list[str] = []

    def say(self, text: str, *, kept: bool) -> None:
        """Go on in the line. kept: white space stays as it is, as in `<pre>`."""
        if kept:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self._done.append("".join(self._line).rstrip())
                self._line = [line]
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self._line or self._line[-1].endswith((" ", "\t"))):
            text = text[1:]
        if text:
            self._line.append(text)

    def end_line(self) -> None:
        """End the line, if there is something in it."""
        line = "".join(self._line).rstrip()
        self._line = []
        if line:
            self._done.append(line)

    def end_cell(self) -> None:
        """Set cells of a row apart."""
        if self._line:
            self._line.append("\t")

    def mark(self) -> int:
        """End the line, and return where the next one begins."""
        self.end_line()
        return len(self._done)

    def cut(self, mark: int) -> list[str]:
        """Take the lines since a mark out."""
        self.end_line()
        taken = self._done[mark:]
        del self._done[mark:]
        return taken

    def read(self) -> str:
        """Return the text so far."""
        self.end_line()
        return "\n".join(self._done).strip("\n")


def flatten(parts: list[str]) -> str:
    """Return parts as one line."""
    return _SPACE.sub(" ", " ".join(parts)).strip()
