"""What waits for spelled and escaped text in a stream, and reads it once there is some."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from fen.hierarchy.leaks.escapes import Unescaper
from fen.hierarchy.leaks.glued import GluedSpeller
from fen.hierarchy.leaks.spelling import WordSpeller, find_joint
from fen.hierarchy.leaks.tracks import Reader
from fen.hierarchy.leaks.watches import Make
from fen.hierarchy.leaks.words import ALONE, BACKWARDS, FORWARDS, HEADS, TURNED, Said

_RECENT = 64  # letters read again where a reading begins: it may have begun before it was noticed
_FEW = 4  # letters below which what was spelled is not looked at
_DENSE = 3  # code words among so many letters are spelled text without its spaces
_STRETCH = 60
_NEAR = 12  # characters before a text in which "S for sugar" or lone letters that it goes on with may begin
_NO_TAIL = "0"  # makes a head of a word of three letters that ends the stream
_KEPT = 2048  # letters that are kept of what was spelled; more of one match is a leak in any case
_SINGLE = re.compile(r"\b[A-Za-z0-9]\b")  # letters on their own: a single digit among them is spelled
_QUIET = 8  # blocks without an escape after which escapes are not undone any more


class _Reading:
    """The reader of spelled letters, which is made once there are some."""

    def __init__(self, make: Make, path: tuple[str, ...]) -> None:
        self._make = make
        self._path = path
        self._waiting: list[tuple[str, int]] = []
        self._size = 0
        self.reader: Reader | None = None

    def feed(self, said: str, block: int) -> object | None:
        if self.reader is not None:
            return self.reader.feed(said, block)
        if not said:
            return None
        self._waiting.append((said, block))
        self._size += len(said)
        if self._size < _FEW:
            return None
        self.reader = self._make(self._path, len(self._path))
        for text, at in self._waiting:
            found = self.reader.feed(text, at)
            if found is not None:
                return found
        return None

    def end(self, block: int) -> object | None:
        return None if self.reader is None else self.reader.end(block)


class _Spelled:
    """A speller, and the readings of what it spells: without letters that may be none, and with them."""

    def __init__(self, speller: WordSpeller | GluedSpeller, make: Make, path: tuple[str, ...]) -> None:
        self.speller = speller
        self._make = make
        self._path = path
        self._readings = [_Reading(make, path)]
        self._said: deque[tuple[str, int]] = deque()
        self._size = 0

    @property
    def spent(self) -> bool:
        """Whether it can be given up."""
        return self.speller.spent and all(reader.oldest() is None for reader in self.readers())

    def readers(self) -> list[Reader]:
        """Return the readers that were made."""
        return [reading.reader for reading in self._readings if reading.reader is not None]

    def feed(self, text: str, block: int) -> object | None:
        return self._pass(self.speller.feed(text), block)

    def end(self, block: int) -> object | None:
        found = self._pass(self.speller.end(), block)
        ends = (reading.end(block) for reading in self._readings)
        return found if found is not None else next(filter(None, ends), None)

    def _pass(self, said: Said, block: int) -> object | None:
        without, both = said
        if both != without and len(self._readings) == 1:
            self._divide()
        found: object | None = None
        for reading, read in zip(self._readings, said, strict=False):
            found = found or reading.feed(read, block)
        if len(self._readings) == 1:
            self._keep(without, block)
        return found

    def _divide(self) -> None:
        """Begin the reading with all letters, behind what both have in common."""
        reading = _Reading(self._make, self._path)
        for text, at in self._said:
            reading.feed(text, at)  # no leak: it was read without one
        self._readings.append(reading)
        self._said.clear()

    def _keep(self, said: str, block: int) -> None:
        if not said:
            return
        self._said.append((said, block))
        self._size += len(said)
        while self._size - len(self._said[0][0]) >= _KEPT:
            self._size -= len(self._said.popleft()[0])


class SpellWatch:
    """Waits for words of the spelling alphabet, digits as words, and "S for sugar"."""

    def __init__(self, make: Make, depth: int) -> None:
        self._make = make
        self._deep = depth > 1
        self._recent: deque[tuple[str, str, int]] = deque()
        self._size = 0
        self._letters = 0
        self._places: dict[int, deque[int]] = {
            way: deque(maxlen=_DENSE) for way in ((FORWARDS, BACKWARDS, TURNED) if depth > 1 else (FORWARDS,))
        }
        self._words: dict[int, _Spelled] = {}
        self._glued: _Spelled | None = None
        self._tail = ""

    def feed(self, text: str, letters: str, heads: Sequence[str], block: int) -> object | None:
        """Take the next text, its letters, and the heads of words among them; returns a leak."""
        near = self._tail + text
        self._tail = near[-_NEAR:]
        self._remember(text, letters, block)
        found = self._go_on(text, letters, block) if self._words or self._glued is not None else None
        ways = find_joint(near) | self._find_ways(near, heads)
        return found if not ways else self._begin(ways) or found

    def end(self, block: int) -> object | None:
        """Read the last words."""
        last = "".join([letters for _, letters, _ in self._recent])[-3:] + _NO_TAIL
        ways = self._find_ways(self._tail, [last]) if last in HEADS else 0
        found = self._begin(ways) if ways else None
        ends = [spelled.end(block) for spelled in self._spelled()]
        return found or next(filter(None, ends), None)

    @property
    def busy(self) -> bool:
        """Whether something is being spelled."""
        return bool(self._words) or self._glued is not None

    def readers(self) -> list[Reader]:
        """Return the readers of what is being spelled."""
        return [reader for spelled in self._spelled() for reader in spelled.readers()]

    def _spelled(self) -> list[_Spelled]:
        return [*self._words.values(), *([] if self._glued is None else [self._glued])]

    def _go_on(self, text: str, letters: str, block: int) -> object | None:
        found: object | None = None
        for way, spelled in list(self._words.items()):
            found = spelled.feed(text, block) or found
            if spelled.spent:
                del self._words[way]
        if self._glued is not None:
            found = self._glued.feed(letters, block) or found
            if self._glued.spent:
                self._glued = None
        return found

    def _remember(self, text: str, letters: str, block: int) -> None:
        recent = self._recent
        recent.append((text, letters, block))
        self._letters += len(letters)
        self._size += len(letters)
        while self._size - len(recent[0][1]) >= _RECENT:
            self._size -= len(recent.popleft()[1])

    def _find_ways(self, near: str, heads: Sequence[str]) -> int:
        """Return how the text is to be read, by the heads of words and the lone letters beside them."""
        ways = self._count(heads) if heads else 0
        lone = self._places[FORWARDS]
        noticed = lone and self._letters - lone[-1] < _STRETCH and FORWARDS not in self._words
        if noticed and len(_SINGLE.findall(near)) > 1:
            ways |= FORWARDS
        return ways

    def _count(self, heads: Sequence[str]) -> int:
        """Return how the text is to be read that has these heads: one word may be chance."""
        ways = 0
        for head in heads:
            found = HEADS[head]
            ways |= found & (FORWARDS | BACKWARDS | TURNED) if found & ALONE else 0
            for way, places in self._places.items():
                if found & way:
                    places.append(self._letters)
        for way, places in self._places.items():
            if len(places) > 1 and self._letters - places[-2] < _STRETCH:
                ways |= way
        return ways

    def _begin(self, ways: int) -> object | None:
        found: object | None = None
        if ways & FORWARDS and FORWARDS not in self._words:
            found = self._begin_words(FORWARDS, WordSpeller(), ("spelled",))
        if self._deep and ways & TURNED and TURNED not in self._words:
            found = self._begin_words(TURNED, WordSpeller(turned=True), ("rot13", "spelled")) or found
        if self._deep and ways & BACKWARDS and BACKWARDS not in self._words:
            found = (
                self._begin_words(BACKWARDS, WordSpeller(backwards=True), ("reversed", "spelled")) or found
            )
        places = self._places[FORWARDS]
        dense = len(places) == _DENSE and self._letters - places[0] < _STRETCH
        if dense and self._glued is None:
            self._glued = _Spelled(GluedSpeller(), self._make, ("separated", "spelled"))
            for _, letters, block in self._recent:
                found = self._glued.feed(letters, block) or found
        return found

    def _begin_words(self, way: int, speller: WordSpeller, path: tuple[str, ...]) -> object | None:
        self._words[way] = spelled = _Spelled(speller, self._make, path)
        found: object | None = None
        for text, _, block in self._recent:
            found = spelled.feed(text, block) or found
        return found


class EscapeWatch:
    """Waits for JSON's escapes."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._recent: deque[tuple[str, int]] = deque(maxlen=4)
        self._unescape = Unescaper()
        self._reader: Reader | None = None
        self._last = 0

    def feed(self, text: str, block: int) -> object | None:
        """Take the next text; returns a leak."""
        self._recent.append((text, block))
        if "\\" in text:
            self._last = block
        elif self._reader is None:
            return None
        elif block - self._last > _QUIET and self._reader.oldest() is None:
            self._reader = None
            return None
        if self._reader is not None:
            return self._reader.feed(self._unescape.feed(text), block)
        self._unescape = Unescaper()
        self._reader = self._make(("escaped",), 1)
        found: object | None = None
        for said, at in self._recent:
            found = self._reader.feed(self._unescape.feed(said), at) or found
        return found

    def end(self, block: int) -> object | None:
        """Read what waits."""
        if self._reader is None:
            return None
        return self._reader.feed(self._unescape.end(), block) or self._reader.end(block)

    @property
    def busy(self) -> bool:
        """Whether escapes are being undone."""
        return self._reader is not None

    def readers(self) -> list[Reader]:
        """Return the reader, where there is one."""
        return [] if self._reader is None else [self._reader]
