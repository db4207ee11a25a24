"""Spelled-out text: code words, digits as words, and "capital S as in Sierra", read back into letters.

The words are those of the ICAO spelling alphabet with their usual variants, and English digits. In the
pattern "S for sugar" any word may stand behind a single letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from fen.hierarchy.leaks.folding import rot13

_ALPHABET = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

CODE_WORDS: Mapping[str, str] = MappingProxyType(
    {word: word[0] for word in _ALPHABET.split()}
    | {word: str(digit) for digit, word in enumerate(_DIGITS)}
    | {"niner": "9"}
)
"""What each word stands for."""

_MARKS = {
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "underscore": "_",
    "plus": "+",
    "slash": "/",
    "dot": ".",
    "period": ".",
    "point": ".",
    "space": " ",
    "equals": "=",
}
_RAISING = frozenset({"capital", "uppercase", "upper", "big"})
_FILLING = frozenset(
    {"lowercase", "lower", "small", "letter", "digit", "number", "then", "and", "comma", "next", "case", "ray"}
)
_JOINING = frozenset({"for", "as", "in", "like"})

_PATIENCE = 12  # words that spell nothing

_WORD = re.compile(r"[A-Za-z0-9]+")
_LETTER_TAIL = re.compile(r"[A-Za-z0-9]*\Z")
_LONGEST = max(map(len, CODE_WORDS)) + len("capital")
_WORDS = "|".join(sorted(CODE_WORDS, key=len, reverse=True))
_GLUED = re.compile(
    rf"[a-z0-9](?:for|asin|like)(?=(?:{_WORDS}))"
    rf"|(?P<raise>capital|uppercase)|lowercase|underscore|hyphen|dash|(?P<word>{_WORDS})"
)


def _find_heads() -> frozenset[str]:
    heads: set[str] = set()
    for word in (*CODE_WORDS, "capital", "uppercase", "lowercase", "dash", "hyphen", "underscore"):
        for form in (word, word[::-1], rot13(word)):
            tails = ("",) if len(form) > 3 else "abcdefghijklmnopqrstuvwxyz0123456789"
            heads.update((form + tail)[:4] for tail in tails)
    return frozenset(heads)


HEADS = _find_heads()
"""The first four letters of what tells that something is spelled: forwards, backwards and in ROT13."""

_JOINED = re.compile(r" (?:for|as in|like) | (?:rof|ni sa|ekil) | (?:sbe|nf va|yvxr) ")


def is_joining(text: str) -> bool:
    """Whether it has the middle of "S for sugar", in one of the three forms."""
    return _JOINED.search(text) is not None


class WordSpeller:
    """Reads spelled text word by word; `turned` undoes ROT13, `backwards` reads each word from its end.

    What comes out is in the order of the stream. spent: nothing was spelled for a while.
    """

    def __init__(self, *, turned: bool = False, backwards: bool = False) -> None:
        self._turned = turned
        self._backwards = backwards
        self._carried = ""
        self._raise = self._skip = self._said = False
        self._idle = 0

    @property
    def spent(self) -> bool:
        """Whether this is not spelled text, or no longer."""
        return self._idle > _PATIENCE

    def feed(self, text: str) -> str:
        """Return what the text spells; the word at its end waits."""
        text = self._carried + text
        tail = _LETTER_TAIL.search(text)
        at = tail.start() if tail is not None else len(text)
        self._carried = text[max(at, len(text) - 32) :]
        return self._read(text[:at])

    def end(self) -> str:
        """Return what the last word spells."""
        text, self._carried = self._carried, ""
        return self._read(text)

    def _read(self, text: str) -> str:
        return "".join(self._take(self._undo(word)) for word in _WORD.findall(text))

    def _undo(self, word: str) -> str:
        if self._turned:
            return rot13(word)
        return word[::-1] if self._backwards else word

    def _take(self, word: str) -> str:
        low = word.lower()
        skip, self._skip = self._skip, False
        if len(word) == 1 and not (skip and self._backwards):
            return self._say(word)
        if low in _JOINING and (self._said or skip):
            self._skip = True
            return ""
        said, self._said = self._said, False
        if skip:
            return ""
        if low in _RAISING:
            self._raise = True
            return ""
        if low in _FILLING:
            self._said = said
            return ""
        found = CODE_WORDS.get(low) or _MARKS.get(low)
        if found is None:
            self._idle += 1
            return ""
        return self._say(found)

    def _say(self, letter: str) -> str:
        raised, self._raise = self._raise, False
        self._said, self._idle = True, 0
        return letter.upper() if raised else letter


class GluedSpeller:
    """Reads code words whose letters stand together, whatever stood between them.

    spent: none was found for a while.
    """

    def __init__(self) -> None:
        self._carried = ""
        self._raise = False
        self._idle = 0

    @property
    def spent(self) -> bool:
        """Whether this is not spelled text, or no longer."""
        return self._idle > _PATIENCE * 6

    def feed(self, letters: str) -> str:
        """Return the letters with code words read; the last ones wait."""
        return self._read(self._carried + letters, _LONGEST)

    def end(self) -> str:
        """Return the rest."""
        return self._read(self._carried, 0)

    def _read(self, text: str, kept: int) -> str:
        said: list[str] = []
        at, limit = 0, len(text) - kept
        for found in _GLUED.finditer(text):
            if found.start() > limit:
                break
            said.append(text[at : found.start()])
            self._idle += found.start() - at
            at = found.end()
            if found["raise"]:
                self._raise = True
            elif found["word"]:
                letter = CODE_WORDS[found["word"]]
                said.append(letter.upper() if self._raise else letter)
                self._raise, self._idle = False, 0
        if at < limit:
            said.append(text[at:limit])
            self._idle += limit - at
            at = limit
        self._carried = text[at:]
        return "".join(said)
