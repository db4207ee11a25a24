"""A folded stream held against an index: which forms it is saying now, and whether it has said enough."""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from fen.hierarchy.leaks.protected import Form, Index
from fen.hierarchy.leaks.words import HEADS

_HISTORY = 4096
"""Letters that are kept to look back at."""

_PATIENCE = 24
"""Blocks without a letter after which a match goes on no more: separators do not get that long."""


class Match(msgspec.Struct, frozen=True):
    """A form of which enough was said, and the block in which it began."""

    form: Form
    block: int


class Matcher:
    """Follows one stream of letters; used by one answer alone."""

    __slots__ = (
        "_base",
        "_begins",
        "_blocks",
        "_done",
        "_idle",
        "_index",
        "_probed",
        "_text",
        "hits",
        "live",
    )

    def __init__(self, index: Index) -> None:
        self._index = index
        self._text = ""
        self._base = 0  # the place of the text's first letter in the stream
        self._probed = 0
        self.live: dict[tuple[int, int], int] = {}  # by form and shift: where it began
        self._done: dict[tuple[int, int], int] = {}  # by form and shift: up to where it was looked at
        self._begins: list[int] = []
        self._blocks: list[int] = []
        self._idle = 0
        self.hits: list[str] = []  # watched grams of no form that came last

    def feed(self, letters: str, block: int) -> Match | None:
        """Take the next letters, which came in that block; returns the first form that was said enough of."""
        self.hits.clear()
        if not letters:
            self._idle += 1
            if self._idle > _PATIENCE:
                self.live.clear()
            return None
        self._idle = 0
        end = self._base + len(self._text)
        if not self._blocks or self._blocks[-1] < block:
            self._begins.append(end)
            self._blocks.append(block)
        self._text += letters
        found = self._follow(letters, end) if self.live else None
        found = self._probe() or found
        if len(self._text) > 2 * _HISTORY:
            self._forget()
        return found

    def oldest(self) -> int | None:
        """Return the block in which the oldest match began that still goes on and weighs something."""
        if not self.live:
            return None
        end = self._base + len(self._text)
        places = [self._first(number, shift, begin) for (number, shift), begin in self.live.items()]
        begun = [place for place in places if place < end]
        return self._block_of(min(begun)) if begun else None

    def current(self) -> Form | None:
        """Return the form whose match goes on for the longest."""
        if not self.live:
            return None
        number, _ = min(self.live, key=lambda key: self.live[key])
        return self._index.forms[number]

    def _follow(self, letters: str, end: int) -> Match | None:
        found: Match | None = None
        for key, begin in list(self.live.items()):
            form = self._index.forms[key[0]]
            at = end - key[1]
            same = _common(letters, form.text, 0, at)
            stop = at + same
            self._done[key] = key[1] + stop
            if same < len(letters):
                del self.live[key]
            if self._weigh(form, begin - key[1], stop) >= form.enough and found is None:
                found = Match(form, self._block_of(self._first(*key, begin)))
        return found

    def _probe(self) -> Match | None:
        text, base, index = self._text, self._base, self._index
        size, watched = index.size, index.watched
        first, last = self._probed - base, len(text) - size + 1
        if last <= first:
            return None
        places = [at for at in range(first, last, index.stride) if text[at : at + size] in watched]
        self._probed = base + first + -(-(last - first) // index.stride) * index.stride
        found: Match | None = None
        for at in places:
            gram = text[at : at + size]
            if gram in HEADS:
                self.hits.append(gram)
            for number, offset in index.places.get(gram, ()):
                found = self._see(number, offset, at) or found
        return found

    def _see(self, number: int, offset: int, at: int) -> Match | None:
        """Extend a gram to both sides."""
        place = at + self._base
        key = (number, place - offset)
        if key in self.live or self._done.get(key, -1) > place:
            return None
        form, text = self._index.forms[number], self._text
        back = 0
        while back < offset and back < at and form.text[offset - back - 1] == text[at - back - 1]:
            back += 1
        size = self._index.size
        stop = size + _common(text, form.text, at + size, offset + size)
        begin = place - back
        if at + stop == len(text):
            self.live[key] = begin
        self._done[key] = place + stop
        if self._weigh(form, offset - back, offset + stop) >= form.enough:
            return Match(form, self._block_of(self._first(*key, begin)))
        return None

    def _first(self, number: int, shift: int, begin: int) -> int:
        """Return where in the stream a match that began there first says something that weighs."""
        form = self._index.forms[number]
        at = begin - shift
        return shift + bisect_right(form.high, form.low[at], at + 1) - 1

    @staticmethod
    def _weigh(form: Form, begin: int, stop: int) -> float:
        stop = min(stop, len(form.text))
        return form.high[stop] - form.low[begin] if stop > begin else 0.0

    def _block_of(self, place: int) -> int:
        return self._blocks[max(0, bisect_right(self._begins, place) - 1)]

    def _forget(self) -> None:
        drop = len(self._text) - _HISTORY
        self._text = self._text[drop:]
        self._base += drop
        self._done = {key: stop for key, stop in self._done.items() if stop > self._base}
        oldest = min([self._base, *self.live.values()])
        first = max(0, bisect_right(self._begins, oldest) - 1)
        del self._begins[:first], self._blocks[:first]


def _common(one: str, other: str, at: int, place: int) -> int:
    """Return how many letters of both are the same from there on."""
    most = min(len(one) - at, len(other) - place)
    if most <= 0:
        return 0
    if one[at : at + most] == other[place : place + most]:
        return most
    return next(step for step in range(most) if one[at + step] != other[place + step])
