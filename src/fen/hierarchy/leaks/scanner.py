"""A text stream looked at in all its readings: as it is, spelled, escaped, and in codes, to depth two."""

from __future__ import annotations

from typing import cast

import msgspec

from fen.hierarchy.leaks.matcher import Matcher
from fen.hierarchy.leaks.protected import Compiled, Form
from fen.hierarchy.leaks.readings import EscapeWatch, SpellWatch
from fen.hierarchy.leaks.watches import Base64Watch, HexWatch

DEPTH = 2
"""Transforms, one upon the other, that are undone."""


class Found(msgspec.Struct, frozen=True):
    """A protected text that the stream says: in which form, behind what, from which block on."""

    form: Form
    path: tuple[str, ...]
    block: int


class _Watches:
    """All that waits for codes in one stream."""

    def __init__(self, compiled: Compiled, depth: int, scanner: Scanner) -> None:
        make = scanner.make
        self.base64 = Base64Watch(make, depth, compiled.least, wide=compiled.wide)
        self.hex = HexWatch(make, depth, compiled.least, wide=compiled.wide)
        self.spelled = SpellWatch(make, depth)
        self.escaped = EscapeWatch(make)
        self.all = (self.base64, self.hex, self.spelled, self.escaped)


class Scanner:
    """Reads one stream; its blocks are numbered, and a leak is told by the block in which it began."""

    def __init__(self, compiled: Compiled, depth: int = DEPTH, path: tuple[str, ...] = ()) -> None:
        self._compiled = compiled
        self._depth = depth
        self._path = path
        self._matchers = [Matcher(index) for index in compiled.indexes]
        self._watches = _Watches(compiled, depth, self) if depth > 0 else None

    def make(self, path: tuple[str, ...], undone: int) -> Scanner:
        """Return a scanner of what stands behind so many transforms."""
        return Scanner(self._compiled, self._depth - undone, self._path + path)

    def feed(self, text: str, block: int) -> Found | None:
        """Take the next text, which came in that block; returns the first leak."""
        indexes = self._compiled.indexes
        letters = indexes[0].fold(text)
        for matcher, index in zip(self._matchers, indexes, strict=True):
            folded = letters if index.fold is indexes[0].fold else index.fold(text)
            match = matcher.feed(folded, block)
            if match is not None:
                return Found(match.form, self._path + match.form.path, match.block)
        watches = self._watches
        if watches is None or not text:
            return None
        data = text.encode("ascii", "ignore")
        found = watches.base64.feed(data, block) or watches.hex.feed(data, block)
        found = found or watches.spelled.feed(text, letters, self._matchers[0].hits, block)
        return cast("Found | None", found or watches.escaped.feed(text, block))

    def end(self, block: int) -> Found | None:
        """Read what still waits, now that the stream ends."""
        if self._watches is None:
            return None
        found = (watch.end(block) for watch in self._watches.all)
        return cast("Found | None", next(filter(None, found), None))

    def oldest(self) -> int | None:
        """Return the block in which the oldest match began that still goes on."""
        blocks = [matcher.oldest() for matcher in self._matchers if matcher.live]
        blocks += [reader.oldest() for reader in self._readers()]
        return min((block for block in blocks if block is not None), default=None) if blocks else None

    def current(self) -> Found | None:
        """Return a match that goes on."""
        for matcher in self._matchers:
            form, block = matcher.current(), matcher.oldest()
            if form is not None and block is not None:
                return Found(form, self._path + form.path, block)
        return next(filter(None, (reader.current() for reader in self._readers())), None)

    def _readers(self) -> list[Scanner]:
        if self._watches is None:
            return []
        readers = [reader for watch in self._watches.all if watch.busy for reader in watch.readers()]
        return cast("list[Scanner]", readers)
