"""A text stream looked at in all its readings: as it is, spelled, escaped, and in codes, to depth two."""

from __future__ import annotations

from collections import deque
from typing import Protocol, cast

import msgspec

from fen.hierarchy.leaks.escapes import Unescaper
from fen.hierarchy.leaks.matcher import Matcher
from fen.hierarchy.leaks.protected import Compiled, Form
from fen.hierarchy.leaks.spelling import GluedSpeller, WordSpeller, is_joining
from fen.hierarchy.leaks.watches import Base64Watch, HexWatch

DEPTH = 2
"""Transforms, one upon the other, that are undone."""

_RECENT = 96  # characters read again where a reading begins: it may have begun before it was noticed
_QUIET = 8  # blocks without an escape after which escapes are not undone any more


class Found(msgspec.Struct, frozen=True):
    """A protected text that the stream says: in which form, behind what, from which block on."""

    form: Form
    path: tuple[str, ...]
    block: int


class _Reading(Protocol):
    """Undoes one transform of a text."""

    def feed(self, text: str) -> str: ...

    def end(self) -> str: ...


class _Child:
    """A reading, and the scanner of what it gives."""

    def __init__(self, reading: _Reading, scanner: Scanner, *, glued: bool = False) -> None:
        self.reading = reading
        self.scanner = scanner
        self.glued = glued


class Scanner:
    """Reads one stream; its blocks are numbered, and a leak is told by the block in which it began."""

    def __init__(self, compiled: Compiled, depth: int = DEPTH, path: tuple[str, ...] = ()) -> None:
        self._compiled = compiled
        self._depth = depth
        self._path = path
        self._matchers = [Matcher(index) for index in compiled.indexes]
        self._folds = [index.fold for index in compiled.indexes]
        self._recent: deque[tuple[str, int]] = deque()
        self._recent_size = 0
        self._spellers: list[_Child] = []
        self._escapes: _Child | None = None
        self._escaped = 0
        least, wide = compiled.least, compiled.wide
        self._base64 = Base64Watch(self._make, depth, least, wide=wide) if depth else None
        self._hex = HexWatch(self._make, depth, least, wide=wide) if depth else None

    def feed(self, text: str, block: int) -> Found | None:
        """Take the next text, which came in that block; returns the first leak."""
        folded = ""
        for matcher, fold in zip(self._matchers, self._folds, strict=True):
            folded = fold(text) if not folded or fold is not self._folds[0] else folded
            match = matcher.feed(folded, block)
            if match is not None:
                return Found(match.form, self._path + match.form.path, match.block)
        if self._base64 is None or self._hex is None or not text:
            return None
        data = text.encode("ascii", "ignore")
        found = self._base64.feed(data, block) or self._hex.feed(data, block)
        return cast("Found | None", found) or self._read(text, block)

    def end(self, block: int) -> Found | None:
        """Read what still waits, now that the stream ends."""
        if self._base64 is None or self._hex is None:
            return None
        readers = [*self._base64.readers(), *self._hex.readers()]
        found = self._base64.end(block) or self._hex.end(block)
        if found is not None:
            return cast("Found", found)
        children = [cast("Scanner", reader) for reader in readers]
        for child in self._children():
            last = child.scanner.feed(child.reading.end(), block)
            if last is not None:
                return last
            children.append(child.scanner)
        return next((last for child in children if (last := child.end(block)) is not None), None)

    def oldest(self) -> int | None:
        """Return the block in which the oldest match that still goes on began."""
        blocks = [matcher.oldest() for matcher in self._matchers]
        if self._base64 is not None and self._hex is not None:
            blocks += [self._base64.oldest(), self._hex.oldest()]
            blocks += [child.scanner.oldest() for child in self._children()]
        return min((block for block in blocks if block is not None), default=None)

    def current(self) -> tuple[Form, tuple[str, ...]] | None:
        """Return a form that is being said, and behind what."""
        for matcher in self._matchers:
            form = matcher.current()
            if form is not None and matcher.oldest() is not None:
                return form, self._path + form.path
        if self._base64 is None or self._hex is None:
            return None
        children = [cast("Scanner", reader) for reader in (*self._base64.readers(), *self._hex.readers())]
        children += [child.scanner for child in self._children()]
        return next((found for child in children if (found := child.current()) is not None), None)

    def _children(self) -> list[_Child]:
        return self._spellers if self._escapes is None else [*self._spellers, self._escapes]

    def _make(self, path: tuple[str, ...], undone: int) -> Scanner:
        return Scanner(self._compiled, self._depth - undone, self._path + path)

    def _read(self, text: str, block: int) -> Found | None:
        self._remember(text, block)
        found = self._spell(text, block) if self._spellers else None
        if not self._spellers and (self._matchers[0].hits or is_joining(self._recent_text())):
            found = self._begin_spelling()
        return found or self._escape(text, block)

    def _remember(self, text: str, block: int) -> None:
        recent = self._recent
        recent.append((text, block))
        self._recent_size += len(text)
        while self._recent_size - len(recent[0][0]) >= _RECENT:
            self._recent_size -= len(recent.popleft()[0])

    def _recent_text(self) -> str:
        if len(self._recent) == 1:
            return self._recent[0][0]
        return self._recent[-2][0][-8:] + self._recent[-1][0]

    def _begin_spelling(self) -> Found | None:
        self._spellers = [
            _Child(WordSpeller(), self._make(("spelled",), 1)),
            _Child(GluedSpeller(), self._make(("spelled",), 1), glued=True),
        ]
        if self._depth > 1:
            self._spellers += [
                _Child(WordSpeller(turned=True), self._make(("rot13", "spelled"), 2)),
                _Child(WordSpeller(backwards=True), self._make(("reversed", "spelled"), 2)),
            ]
        found: Found | None = None
        for text, block in self._recent:
            found = self._spell(text, block) or found
        return found

    def _spell(self, text: str, block: int) -> Found | None:
        letters = self._folds[0](text)
        busy = self._matchers[0].hits
        for child in self._spellers:
            found = child.scanner.feed(child.reading.feed(letters if child.glued else text), block)
            if found is not None:
                return found
            spent = cast("WordSpeller | GluedSpeller", child.reading).spent
            busy = busy or not spent or child.scanner.oldest() is not None
        if not busy:
            self._spellers = []
        return None

    def _escape(self, text: str, block: int) -> Found | None:
        if "\\" in text:
            self._escaped = block
        elif self._escapes is None:
            return None
        elif block - self._escaped > _QUIET and self._escapes.scanner.oldest() is None:
            self._escapes = None
            return None
        if self._escapes is not None:
            return self._escapes.scanner.feed(self._escapes.reading.feed(text), block)
        self._escapes = child = _Child(Unescaper(), self._make(("escaped",), 1))
        found: Found | None = None
        for said, at in self._recent:
            found = child.scanner.feed(child.reading.feed(said), at) or found
        return found
