"""What must not go out yet: half a character, and the beginning of what may be a stop sequence."""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What a decoder shows for half a character that the token limit cut."""


class HalfCharacters:
    """Holds back replacement characters at a segment's end: where it goes on, they come whole."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can pass."""
        text = self._held + text
        whole = text.rstrip(REPLACEMENT)
        self._held = text[len(whole) :]
        return whole

    def drop(self) -> None:
        """Forget what is held: the text goes on."""
        self._held = ""

    def flush(self) -> str:
        """Return what is held: the text ends."""
        held, self._held = self._held, ""
        return held


class StopWatch:
    """Finds stop sequences that begin in one segment and end in a later one.

    Those within a segment are the upstream's to find. hit: one was found, and nothing passes any more.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self._before = 0  # characters held that belong to earlier segments
        self.hit = False

    def feed(self, text: str) -> str:
        """Return what can pass: all but an end that a stop sequence could begin with."""
        if not self._stops or self.hit:
            return "" if self.hit else text
        text = self._held + text
        if self._before:
            at = self._find(text)
            if at is not None:
                self.hit, self._held = True, ""
                return text[:at]
        passed = len(text) - max(self._begun(text, stop) for stop in self._stops)
        self._before = max(0, self._before - passed)
        self._held = text[passed:]
        return text[:passed]

    def seam(self) -> None:
        """Note that another segment follows."""
        self._before = len(self._held)

    def flush(self) -> str:
        """Return what is held: the text ends, or the upstream found that no stop sequence came."""
        held, self._held, self._before = self._held, "", 0
        return held

    def _find(self, text: str) -> int | None:
        found = [
            at
            for stop in self._stops
            if 0 <= (at := text.find(stop, max(0, self._before - len(stop) + 1))) < self._before
        ]
        return min(found, default=None)

    @staticmethod
    def _begun(text: str, stop: str) -> int:
        longest = min(len(text), len(stop) - 1)
        return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
