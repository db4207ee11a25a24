"""How one segment's beginning is joined to the text so far: each way as a small machine.

`feed` takes the segment as it comes and returns None while it cannot decide, then what is new; `finish`
decides with what there is. What a joiner holds back is bounded: by an introduction and an anchor, and while
a reply says the text again, by the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from fen.gateway.json_prefix import JsonScanner
from fen.gateway.overlap import (
    PREAMBLE,
    WINDOW,
    closes_fence,
    common_prefix,
    find_anchor,
    mend_list,
    open_fence,
    overlap,
    reopened,
)
from fen.gateway.replay import DivergedError, Replay

_RESTART = 40  # characters from the text's beginning that are no chance


class UnusableError(Exception):
    """The segment cannot be joined without breaking the text."""


class Joiner(Protocol):
    """Decides what of a segment is new."""

    def feed(self, delta: str) -> str | None:
        """Take more; returns what is new, or None while that is open.

        Raises UnusableError.
        """
        ...

    def finish(self) -> str:
        """Decide with what there is.

        Raises UnusableError.
        """
        ...


class Spaced:
    """Joins where the vendor did not see the text's last white space, so that it may come again."""

    def __init__(self, text: str) -> None:
        self._space = text[len(text.rstrip()) :]
        self._held = ""

    def feed(self, delta: str) -> str | None:
        """See Joiner."""
        self._held += delta
        return None if self._space.startswith(self._held) else self.finish()

    def finish(self) -> str:
        """See Joiner."""
        return self._held[common_prefix(self._space, self._held) :]


class Echoed:
    """Joins where the vendor may say the whole text again before it goes on."""

    def __init__(self, text: str) -> None:
        self._replay = Replay(text, 0)
        self._held: list[str] = []

    def feed(self, delta: str) -> str | None:
        """See Joiner."""
        self._held.append(delta)
        try:
            return self._replay.feed(delta)
        except DivergedError:
            return self.finish()

    def finish(self) -> str:
        """See Joiner."""
        return "".join(self._held)


class Turn:
    """Joins a reply to a turn that asked to begin by repeating the anchor."""

    def __init__(self, text: str, anchor: str) -> None:
        self._text, self._anchor = text, anchor
        self._limit = PREAMBLE + 2 * len(anchor)
        self._held = ""
        self._replay: Replay | None = None
        self._followed: list[str] = []
        self._restart = False

    def feed(self, delta: str) -> str | None:
        """See Joiner."""
        if self._replay is not None:
            return self._follow(delta)
        self._held += delta
        cut = find_anchor(self._text, self._anchor, self._held)
        if cut is not None:
            return self._held[cut:]
        if len(self._held) < self._limit:
            return None
        if not self._says_again():
            return self._join(self._held)
        whole, self._held = self._held, ""
        return self._follow(whole)

    def finish(self) -> str:
        """See Joiner."""
        if self._replay is not None:
            return "" if self._restart else self._join("".join(self._followed))
        if len(self._held) >= _RESTART and self._text.startswith(self._held):
            return ""
        return self._join(self._held)

    def _says_again(self) -> bool:
        said = self._held[: self._limit]
        self._restart = self._text.startswith(said)
        start = 0 if self._restart else self._text.find(said, max(0, len(self._text) - WINDOW))
        if start >= 0:
            self._replay = Replay(self._text, start)
        return start >= 0

    def _follow(self, delta: str) -> str | None:
        assert self._replay is not None
        self._followed.append(delta)
        try:
            return self._replay.feed(delta)
        except DivergedError:
            if self._restart:
                raise UnusableError from None
            return self._join("".join(self._followed))

    def _join(self, reply: str) -> str:
        cut = self._match(reply)
        if cut is not None:
            return reply[cut:]
        closed = closes_fence(self._text)
        if closed is not None and reply.startswith(closed):
            return _follow_fence(reply, closed)
        marks = open_fence(self._text)
        fence = reopened(reply, marks) if marks else None
        if fence is not None:
            rest = reply[fence[0] :]
            cut = self._match(rest)
            if cut is not None or fence[1]:
                return rest[cut or 0 :]
        return reply if marks else mend_list(self._text, reply)

    def _match(self, reply: str) -> int | None:
        cut = find_anchor(self._text, self._anchor, reply)
        return cut if cut is not None else overlap(self._text, reply[: self._limit]) or None


def _follow_fence(reply: str, marks: str) -> str:
    """Return what follows a line that closes a fence, of a reply whose first line is a fence too.

    That line opens the fence again where a line break comes next; else it opens another one, on a line that
    has yet to begin.
    """
    fence = reopened(reply, marks)
    rest = reply if fence is None else reply[fence[0] :]
    return rest if rest.startswith("\n") else "\n" + reply


class JsonTurn:
    """Joins a reply to a JSON document, so that it stays one."""

    def __init__(self, text: str, anchor: str, scanner: JsonScanner) -> None:
        self._text, self._anchor, self._scanner = text, anchor, scanner
        self._limit = PREAMBLE + 2 * len(anchor)
        self._held = ""
        self._replay: Replay | None = None

    def feed(self, delta: str) -> str | None:
        """See Joiner."""
        if self._replay is not None:
            return self._follow(self._replay, delta)
        self._held += delta
        cut = find_anchor(self._text, self._anchor, self._held)
        if cut is not None and self._scanner.fits(self._held[cut:]):
            return self._held[cut:]
        return None if len(self._held) < self._limit else self._settle()

    def finish(self) -> str:
        """See Joiner."""
        if self._replay is not None:
            return ""
        return self._settle() or ""

    def _settle(self) -> str | None:
        """Take the first way that leaves the document valid."""
        for way in self._ways():
            if isinstance(way, Replay):
                self._replay = way
                return None
            if self._scanner.fits(way):
                return way
        raise UnusableError

    def _ways(self) -> Iterator[str | Replay]:
        held = self._held
        again = overlap(self._text, held)
        if again:
            yield held[again:]
        bodies = self._bodies()
        yield from self._replays(bodies, self._scanner.keys())
        yield held
        if reopened(held, "```"):
            yield bodies[-1]
        yield from self._replays(bodies, self._scanner.beginnings())

    def _bodies(self) -> list[str]:
        """Return the reply, and what of it follows an introduction or a fence."""
        held = self._held
        bodies = [held]
        first = next((at for at, char in enumerate(held[:PREAMBLE]) if char in '{["'), 0)
        if first:
            bodies.append(held[first:])
        fence = reopened(held, "```")
        if fence is not None:
            bodies.append(held[fence[0] :])
        return bodies

    def _replays(self, bodies: list[str], starts: list[int]) -> Iterator[str | Replay]:
        for start in starts:
            for body in bodies:
                replay = Replay(self._text, start, loose=True)
                try:
                    rest = replay.feed(body)
                except DivergedError:
                    continue
                yield replay if rest is None else rest

    def _follow(self, replay: Replay, delta: str) -> str | None:
        try:
            return replay.feed(delta)
        except DivergedError:
            raise UnusableError from None
