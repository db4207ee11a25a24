# pyright: reportUnknownMemberType=false
"""A text that grows: blocks of Markdown that have ended are sent once, only the last one with each piece."""

from __future__ import annotations

from nicegui import ui

from fen.web.pages.markdown import find_last_block, render


class Growing:
    """One answer as it comes; made where it is to stand."""

    def __init__(self) -> None:
        self._text = ""
        self._settled = 0
        self._box = ui.element("div").classes("fen-text")
        with self._box:
            self._last = ui.html(sanitize=False)

    def add(self, piece: str) -> None:
        """Take a piece, to be shown with the next `show`."""
        self._text += piece

    def show(self) -> None:
        """Show what has come."""
        tail = self._text[self._settled :]
        ended = find_last_block(tail)
        if ended:
            self._last.content = render(tail[:ended])
            self._settled += ended
            with self._box:
                self._last = ui.html(sanitize=False)
        self._last.content = render(tail[ended:])

    def finish(self) -> None:
        """Show the whole as one text: a reference at its end may change what stands before."""
        self._box.clear()
        with self._box:
            self._last = ui.html(render(self._text), sanitize=False)
        self._settled = 0
