"""Spelled-out text: code words, digits as words, and "capital S as in Sierra", read back into letters.

In the pattern "S for sugar" any word may stand behind a single letter.
"""

from __future__ import annotations

import re

from fen.hierarchy.leaks.folding import rot13
from fen.hierarchy.leaks.words import (
    BACKWARDS,
    CODE_WORDS,
    FILLING,
    FORWARDS,
    JOINING,
    MARKS,
    RAISING,
    TURNED,
    Said,
)

_PATIENCE = 12  # words that spell nothing
_EDGE = 16  # letters that are kept of a word's beginning and of its end
_RUN = 3  # letters in a row behind which one more may tell of a leak
_WORTH = 4  # of them are made up for by one that spells something

_WORD = re.compile(r"[A-Za-z0-9]+")
_LETTER_TAIL = re.compile(r"[A-Za-z0-9]*\Z")
_SAYING = (*CODE_WORDS, *MARKS, *RAISING, *FILLING, *JOINING)
_KNOWN = (frozenset(word[:3] for word in _SAYING), frozenset(word[::-1][:3] for word in _SAYING))
_WORDS = "|".join(sorted(CODE_WORDS, key=len, reverse=True))
_FIRST = re.compile(_WORDS)
_LAST = re.compile(rf"(?:{_WORDS})\Z")
_MARK = "|".join(MARKS)
_FIRST_MARK = re.compile(_MARK)
_LAST_MARK = re.compile(rf"(?:{_MARK})\Z")

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

    What comes out is in the order of the stream, once without and once with the first letter of the unknown
    word that ends a run of letters: "w e Z kind" ends in a K to which a text sticks, or in a word that spells
    nothing. spent: nothing was spelled for a while.
    """

    def __init__(self, *, turned: bool = False, backwards: bool = False) -> None:
        self._turned = turned
        self._backwards = backwards
        self._carried = ""
        self._raise = self._skip = self._said = False
        self._last = self._glued = ""
        self._before = ("", "")  # the last word that joins none, and what joined since
        self._idle = 0
        self._run = 0  # letters since the last unknown word

    @property
    def spent(self) -> bool:
        """Whether this is not spelled text, or no longer."""
        return self._idle > _PATIENCE

    def feed(self, text: str) -> Said:
        """Return what the text spells; the word at its end waits."""
        text = self._carried + text
        tail = _LETTER_TAIL.search(text)
        at = tail.start() if tail is not None else len(text)
        word = text[at:]
        self._carried = word if len(word) <= 2 * _EDGE else word[:_EDGE] + word[-_EDGE:]
        return self._read(text[:at])

    def end(self) -> Said:
        """Return what the last word spells."""
        text, self._carried = self._carried, ""
        return self._read(text)

    def _read(self, text: str) -> Said:
        if self._turned:
            text = rot13(text)
        without: list[str] = []
        both: list[str] = []
        for word in _WORD.findall(text):
            letter = self._read_word(word)
            if letter is None:
                self._idle += 1
                self._said = False
                if self._run >= _RUN:
                    both.append(self._find_first(word))
                self._run = 0
            else:
                without.append(letter)
                both.append(letter)
        return "".join(without), "".join(both)

    def _read_word(self, word: str) -> str | None:
        """Return what a word spells; None for one that is unknown."""
        turned = word[::-1]
        stuck = self._backwards and self._is_stuck(turned)
        low = turned.lower()
        self._before = (self._before[0], low) if low in JOINING else (low, "")
        if stuck:
            return self._say(word[0])
        ordinary = len(word) > 1 and self._last and not self._skip
        if ordinary and word[:3].lower() not in _KNOWN[self._backwards]:
            return None
        return self._take(turned if self._backwards else word)

    def _find_first(self, word: str) -> str:
        """Return the mark or letter by which an unknown word begins in the stream."""
        low = word.lower()
        found = _LAST_MARK.search(low[::-1]) if self._backwards else _FIRST_MARK.match(low)
        return word[0] if found is None else MARKS[found[0]]

    def _is_stuck(self, word: str) -> bool:
        """Whether letters stick to the letter of "S for sugar", which of reversed text is the last word."""
        named, joint = self._before
        low = word.lower()
        return len(word) > 1 and low not in JOINING and bool(named and joint) and low.endswith(named[0])

    def _take(self, word: str) -> str | None:
        low = word.lower()
        skip, self._skip = self._skip, False
        if len(word) == 1 and not (skip and (self._backwards or low == self._last)):
            return self._say(word)
        if low in JOINING and (self._said or skip or self._glued):
            self._skip = True
            glued, self._glued = self._glued, ""
            return "" if self._said or skip else self._say(glued)
        if low in RAISING or low in FILLING:
            self._raise, self._skip = self._raise or low in RAISING, skip
            return ""
        self._said = False
        if skip and CODE_WORDS.get(low, self._last) == self._last:
            return ""
        found = CODE_WORDS.get(low) or MARKS.get(low) or self._find_glued(word, low)
        return None if found is None else self._say(found)

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
        self._run += 1
        self._said, self._idle = True, max(0, self._idle - _WORTH)
        return letter.upper() if raised else letter
