"""A track: one side's answer as it comes, cleaned of what would tell who wrote it.

White space before and after an answer is not shown, nor is reasoning that a server leaves in the text, in a
first block `<think>...</think>`.
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class Track:
    """Takes pieces of text, as an upstream cuts them, and has what may be shown."""

    def __init__(self) -> None:
        self.whole = False
        self.failed = False
        self._parts: list[str] = []
        self._ready = 0
        self._held = ""
        self._begun = False

    @property
    def ready(self) -> int:
        """How many characters may be shown."""
        return self._ready

    @property
    def text(self) -> str:
        """What may be shown."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def feed(self, piece: str) -> str:
        """Take a piece; returns what may be shown since."""
        self._held += piece
        if not self._begun and not self._begin():
            return ""
        settled = self._held.rstrip()
        if settled:
            self._parts.append(settled)
            self._ready += len(settled)
            self._held = self._held[len(settled) :]
        return settled

    def end(self) -> str:
        """Note that no more comes, and return what may be shown since; without any text it has failed."""
        settled = ""
        if not self._begun and not self._held.startswith(_OPEN):
            self._begun = True
            settled = self.feed("")
        self.whole = True
        self.failed = not self._ready
        return settled

    def fail(self) -> None:
        """Note that no more comes, and that this is no answer."""
        self.failed = True

    def _begin(self) -> bool:
        """Whether the answer itself has begun; what is before it is dropped."""
        held = self._held.lstrip()
        if held.startswith(_OPEN):
            end = held.find(_CLOSE)
            if end < 0:
                self._held = held
                return False
            held = held[end + len(_CLOSE) :].lstrip()
        self._held = held
        self._begun = bool(held) and not _OPEN.startswith(held)
        return self._begun
