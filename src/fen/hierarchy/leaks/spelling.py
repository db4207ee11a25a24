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
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

CODE_WORDS: Mapping[str, str] = MappingProxyType(
    {word: word[0] for word in _ALPHABET.split()}
    | {word: str(digit) for digit, word in enumerate(DIGITS)}
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
MARK_NAMES: Mapping[str, str] = MappingProxyType({"-": "dash", "_": "underscore", "+": "plus", "/": "slash"})
"""What the marks in keys are called."""

_RAISING = frozenset({"capital", "uppercase", "upper", "big"})
_FILLING = frozenset(
    {
        "lowercase",
        "lower",
        "small",
        "letter",
        "digit",
        "number",
        "then",
        "and",
        "comma",
        "next",
        "case",
        "ray",
    }
)
_JOINING = frozenset({"for", "as", "in", "like"})

_PATIENCE = 12  # words that spell nothing
_WORTH = 4  # of them are made up for by one that spells something

_WORD = re.compile(r"[A-Za-z0-9]+")
_LETTER_TAIL = re.compile(r"[A-Za-z0-9]*\Z")
_JOINTS = ("for", "asin", "like")
_GLUED_MARKS = ("capital", "uppercase", "lowercase", "underscore", "hyphen", "dash")
_JOINED_WORDS = tuple(word[0] + joint + word for word in _ALPHABET.split() for joint in _JOINTS)


def _find_nexts(word: str) -> list[str]:
    """Return what follows a code word where a shorter one and another are meant: "omeo" of "niner"."""
    tails = [word[len(short) :] for short in CODE_WORDS if short != word and word.startswith(short)]
    return [after[len(tail) :] for tail in tails for after in CODE_WORDS if after.startswith(tail)]


def _find_doubtful() -> list[str]:
    """Return such words with what may follow: until that is there, they wait."""
    return [word + rest for word in CODE_WORDS for rest in _find_nexts(word)]


def _write(word: str) -> str:
    """Return the pattern of a code word: "niner" is none in "nineromeo", nor "juliett" in "juliettwo"."""
    nexts = _find_nexts(word)
    return f"{word}(?!{'|'.join(nexts)})" if nexts else word


_BEGINNINGS = frozenset(
    word[:size]
    for word in (*CODE_WORDS, *_GLUED_MARKS, *_JOINED_WORDS, *_find_doubtful())
    for size in range(1, len(word))
)
_LONGEST = max(map(len, _BEGINNINGS))
_WORDS = "|".join(map(_write, sorted(CODE_WORDS, key=len, reverse=True)))
_SAYING = (*CODE_WORDS, *_MARKS, *_RAISING, *_FILLING, *_JOINING)
_KNOWN = (frozenset(word[:3] for word in _SAYING), frozenset(word[::-1][:3] for word in _SAYING))
_FIRST = re.compile(_WORDS)
_LAST = re.compile(rf"(?:{_WORDS})\Z")
_GLUED = re.compile(
    rf"(?:(?P<own>[a-z])(?:for|asin|like)(?=(?P=own)))?(?P<word>{_WORDS})|(?P<mark>{'|'.join(_GLUED_MARKS)})"
)

FORWARDS, BACKWARDS, TURNED = 1, 2, 4
"""How spelled text is read: as it is, reversed, behind ROT13."""

ALONE = 8
"""Said of a way: one word is enough to read so. A single code word or digit is none."""

_TELLING = ("capital", "percase", "ercase", "dash", "hyphen", "erscore")


def _find_heads() -> dict[str, int]:
    """Return the grams of four letters that tell of spelled text, and how it may be read."""
    heads: dict[str, int] = {}
    for word in (*CODE_WORDS, *_TELLING):
        alone = ALONE if word in _TELLING else 0
        for form, way in ((word, FORWARDS), (word[::-1], BACKWARDS), (rot13(word), TURNED)):
            tails = ("",) if len(form) > 3 else "abcdefghijklmnopqrstuvwxyz0123456789"
            for tail in tails:
                head = (form + tail)[:4]
                heads[head] = heads.get(head, 0) | way | alone
    return heads


HEADS: Mapping[str, int] = MappingProxyType(_find_heads())
"""Four letters each that tell of spelled text, and how it may be read."""

_JOINED = re.compile(
    r" (?<=\b[A-Za-z0-9] )(?:for|as in|like|(?P<turned>sbe|nf va|yvxr)) "
    r"| (?P<back>rof|ni sa|ekil) [A-Za-z0-9]\b",
    re.IGNORECASE,
)


def find_joint(text: str) -> int:
    """Return how the text is to be read if it has the middle of "S for sugar"; 0 where it has not."""
    found = _JOINED.search(text)
    if found is None:
        return 0
    return TURNED if found["turned"] else BACKWARDS if found["back"] else FORWARDS


class WordSpeller:
    """Reads spelled text word by word; `turned` undoes ROT13, `backwards` reads each word from its end.

    What comes out is in the order of the stream. spent: nothing was spelled for a while.
    """

    def __init__(self, *, turned: bool = False, backwards: bool = False) -> None:
        self._turned = turned
        self._backwards = backwards
        self._carried = ""
        self._raise = self._skip = self._said = False
        self._last = self._glued = ""
        self._before = ("", "")  # the last word that joins none, and what joined since
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
        if self._turned:
            text = rot13(text)
        said: list[str] = []
        for word in _WORD.findall(text):
            stuck = self._backwards and self._is_stuck(word[::-1])
            turned = word[::-1].lower()
            self._before = (self._before[0], turned) if turned in _JOINING else (turned, "")
            if stuck:
                said.append(self._say(word[0]))
            elif (
                len(word) > 1
                and self._last
                and not self._skip
                and word[:3].lower() not in _KNOWN[self._backwards]
            ):
                self._idle += 1
                self._said = False
            else:
                said.append(self._take(word[::-1] if self._backwards else word))
        return "".join(said)

    def _is_stuck(self, word: str) -> bool:
        """Whether letters stick to the letter of "S for sugar", which of reversed text is the last word."""
        named, joint = self._before
        low = word.lower()
        return len(word) > 1 and low not in _JOINING and bool(named and joint) and low.endswith(named[0])

    def _take(self, word: str) -> str:
        low = word.lower()
        skip, self._skip = self._skip, False
        if len(word) == 1 and not (skip and (self._backwards or low == self._last)):
            return self._say(word)
        if low in _JOINING and (self._said or skip or self._glued):
            self._skip = True
            glued, self._glued = self._glued, ""
            return "" if self._said or skip else self._say(glued)
        if low in _RAISING or low in _FILLING:
            self._raise, self._skip = self._raise or low in _RAISING, skip
            return ""
        self._said = False
        if skip and CODE_WORDS.get(low, self._last) == self._last:
            return ""
        found = CODE_WORDS.get(low) or _MARKS.get(low) or self._find_glued(word, low)
        if found is None:
            self._idle += 1
            return ""
        return self._say(found)

    def _find_glued(self, word: str, low: str) -> str | None:
        """Return what a word stands for to which something sticks that was decoded beside it."""
        found = _FIRST.match(low) or (_LAST.search(low) if self._backwards else None)
        if found is not None:
            return CODE_WORDS[found[0]]
        if self._last or self._backwards:
            self._last = self._last or " "  # nothing sticks to the words after the first
            return None
        self._last = " "
        self._glued = word[-1]
        return next((CODE_WORDS[low[at:]] for at in range(1, len(low) - 2) if low[at:] in CODE_WORDS), None)

    def _say(self, letter: str) -> str:
        raised, self._raise = self._raise, False
        self._last = letter.lower()
        self._said, self._idle = True, max(0, self._idle - _WORTH)
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
        return self._idle > _PATIENCE * 16

    def feed(self, letters: str) -> str:
        """Return the letters with code words read; what may be the beginning of one waits."""
        text = self._carried + letters
        first = max(0, len(text) - _LONGEST)
        kept = next((at for at in range(first, len(text)) if text[at:] in _BEGINNINGS), len(text))
        return self._read(text, kept)

    def end(self) -> str:
        """Return the rest."""
        return self._read(self._carried, len(self._carried))

    def _read(self, text: str, kept: int) -> str:
        """Read the text up to there, and the word that goes past it."""
        said: list[str] = []
        at = 0
        for found in _GLUED.finditer(text):
            if found.start() >= kept:
                break
            said.append(text[at : found.start()])
            self._idle += found.start() - at
            at = found.end()
            if found["word"]:
                letter = CODE_WORDS[found["word"]]
                said.append(letter.upper() if self._raise else letter)
                self._raise, self._idle = False, 0
            else:
                self._raise = found["mark"] in _RAISING
        stop = max(at, kept)
        said.append(text[at:stop])
        self._idle += stop - at
        self._carried = text[stop:]
        return "".join(said)
