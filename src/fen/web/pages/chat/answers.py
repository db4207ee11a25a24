# pyright: reportUnknownMemberType=false
"""Showing an answer: as Markdown, while it grows and when it is whole; what is in it does nothing."""

from __future__ import annotations

import html
import re

from nicegui import ui

from fen.web.pages.markdown import render
from fen.web.pages.words import Words

_BOX = re.compile(r'<pre class="fen-code" data-language="([^"]*)"')
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)

COPY_CODE = (
    "e => { const b = e.target.closest('.fen-copy'); if (!b) return;"
    " Quasar.copyToClipboard(b.closest('.fen-code-box').querySelector('code').innerText);"
    " const said = b.textContent; b.textContent = b.dataset.done;"
    " setTimeout(() => { b.textContent = said }, 1500) }"
)
"""Handles clicks of all copy buttons inside an element."""


def render_answer(text: str, say: Words) -> str:
    """Return an answer as HTML that does nothing by itself, with a copy button above each block of code."""
    copy, done = html.escape(say("Copy code"), quote=True), html.escape(say("Copied"), quote=True)
    head = (
        r'<div class="fen-code-box"><div class="fen-code-head"><span>\1</span>'
        f'<button type="button" class="fen-copy" data-done="{done}">{copy}</button></div>'
        r'<pre class="fen-code" data-language="\1"'
    )
    # What a model wrote is escaped, so these tags are the renderer's own.
    return _BOX.sub(head, render(text)).replace("</code></pre>", "</code></pre></div>")


class GrowingAnswer:
    """An answer on its way: blocks that are whole stay as they are, the last one is written anew."""

    def __init__(self, say: Words) -> None:
        self.say = say
        self._settled = 0
        self._shown = ""
        self._box = ui.element("div").classes("fen-text fen-growing").props("aria-busy=true")
        with self._box:
            self._last = ui.html("", sanitize=False)

    def grow(self, text: str) -> None:
        """Show a text that begins as the last one did."""
        if text == self._shown:
            return
        self._shown = text
        end = find_settled(text, self._settled)
        if end > self._settled:
            self._last.set_content(render_answer(text[self._settled : end], self.say))
            self._settled = end
            with self._box:
                self._last = ui.html("", sanitize=False)
        self._last.set_content(render_answer(text[self._settled :], self.say))


def find_settled(text: str, start: int) -> int:
    """Return up to where a growing text can be taken for whole: the last blank line outside of code.

    start: up to where it was before. A list or a table goes on behind no such line, or looks the same.
    """
    end = text.rfind("\n\n", start)
    while end > start:
        if len(_FENCE.findall(text, start, end)) % 2 == 0:
            return end + 2
        end = text.rfind("\n\n", start, end)
    return start
