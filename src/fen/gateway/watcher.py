"""Who watches one call's answer, and what was found in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fen.hierarchy.finding import Finding
from fen.hierarchy.leak import BLOCK, COARSE, Leak, LeakFilter, Protected, Released
from fen.hierarchy.privilege import Privilege

Mode = Literal["off", "observe", "withhold"]
"""What is done about a leak: nothing is looked for; it is reported and the answer unchanged; it is cut."""


class Watcher:
    """Watches one call's answer, and remembers what it found; used by its task alone."""

    def __init__(self, protected: Protected, mode: Mode = "withhold") -> None:
        self.mode = mode
        self.leaks: list[Leak] = []
        self._protected = protected
        self._filter = LeakFilter(protected, COARSE if mode == "observe" else BLOCK)
        self._leaked: set[str] = set()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look for."""
        return self.mode == "off" or self._filter.empty

    def glance(self, texts: Iterable[tuple[str, str]]) -> bool:
        """Whether whole texts, each with its channel, may leak: a cheaper look that says nothing of where."""
        filters = LeakFilter(self._protected, COARSE)
        for channel, text in texts:
            if filters.feed(channel, text).leak is not None or filters.end(channel).leak is not None:
                return True
        return False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, without its text."""
        return tuple(_report(leak) for leak in self.leaks)

    def feed(self, channel: str, text: str) -> Released:
        """Take what a channel says next."""
        return self._note(channel, self._filter.feed(channel, text))

    def pause(self, channel: str) -> Released:
        """Release what waits in a channel behind which another one goes on."""
        return self._note(channel, self._filter.pause(channel))

    def end(self, channel: str) -> Released:
        """Release the rest of a channel."""
        return self._note(channel, self._filter.end(channel))

    def waits(self, channel: str) -> bool:
        """Whether something of a channel is held."""
        return self._filter.waiting(channel) > 0

    def _note(self, channel: str, released: Released) -> Released:
        if released.leak is not None and channel not in self._leaked:
            self._leaked.add(channel)
            self.leaks.append(released.leak)
        return released


def _report(leak: Leak) -> Finding:
    behind = f" behind {', '.join(leak.transforms)}" if leak.transforms else ""
    where = f"{leak.channel} {leak.kind}{behind} {leak.digest}"
    return Finding("leak", where, Privilege.SYSTEM, start=leak.start, end=leak.end)
