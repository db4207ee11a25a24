"""Which places of a text stand near each other, and the line around them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Nearness(msgspec.Struct, frozen=True):
    """What belongs together. near: characters between two. least: how many make a group.

    around: characters of the same line, before and after the group, that come with it.
    """

    near: int
    least: int
    around: int

    def group(self, text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield the span of each group of these spans, which are in order, with what comes with it."""
        first = 0
        for at, (_, end) in enumerate(spans):
            if at + 1 < len(spans) and spans[at + 1][0] - end <= self.near:
                continue
            if at + 1 - first >= self.least:
                yield self._widen(text, spans[first][0], end)
            first = at + 1

    def _widen(self, text: str, start: int, end: int) -> tuple[int, int]:
        before = max(text.rfind("\n", 0, start) + 1, start - self.around)
        after = text.find("\n", end, end + self.around)
        return before, after if after >= 0 else min(len(text), end + self.around)
