"""Spelled-out text whose words stand together: "capitalfasinfoxtrotnine", read back into letters."""

from __future__ import annotations

import re

from fen.hierarchy.leaks.words import ALPHABET, CODE_WORDS, RAISING, Said

_PATIENCE = 192  # letters that spell nothing

_JOINTS = ("for", "asin", "like")
_MARKS = ("capital", "uppercase", "lowercase", "underscore", "hyphen", "dash")
_INITIALS = sorted({word[0] for word in ALPHABET.split()})
_JOINED_WORDS = tuple(word[0] + joint + word for word in ALPHABET.split() for joint in _JOINTS)
_JOINED = tuple(letter + joint + letter for letter in _INITIALS for joint in _JOINTS)


def _find_nexts(word: str) -> list[str]:
    """Return what follows where a shorter code word and another are meant: "omeo" and "asinr" of "niner"."""
    tails = [word[len(short) :] for short in CODE_WORDS if short != word and word.startswith(short)]
    afters = (*CODE_WORDS, *_JOINED)
    return [after[len(tail) :] for tail in tails for after in afters if after.startswith(tail)]


def _find_doubtful() -> list[str]:
    """Return such words with what may follow: until that is there, they wait."""
    return [word + rest for word in CODE_WORDS for rest in _find_nexts(word)]


def _write(word: str) -> str:
    """Return the pattern of a code word: "niner" is none in "nineromeo", nor "juliett" in "juliettwo"."""
    nexts = _find_nexts(word)
    return f"{word}(?!{'|'.join(nexts)})" if nexts else word


_BEGINNINGS = frozenset(
    word[:size]
    for word in (*CODE_WORDS, *_MARKS, *_JOINED_WORDS, *_find_doubtful())
    for size in range(1, len(word))
)
_LONGEST = max(map(len, _BEGINNINGS))
_WORDS = "|".join(map(_write, sorted(CODE_WORDS, key=len, reverse=True)))
_GLUED = re.compile(
    rf"(?:(?P<own>[a-z])(?:{'|'.join(_JOINTS)})(?=(?P=own)))?(?P<word>{_WORDS})|(?P<mark>{'|'.join(_MARKS)})"
)


class GluedSpeller:
    """Reads code words whose letters stand together, whatever stood between them.

    Any letter among them counts, so both of what comes out are the same. spent: none was found for a while.
    """

    def __init__(self) -> None:
        self._carried = ""
        self._raise = False
        self._idle = 0

    @property
    def spent(self) -> bool:
        """Whether this is not spelled text, or no longer."""
        return self._idle > _PATIENCE

    def feed(self, letters: str) -> Said:
        """Return the letters with code words read; what may be the beginning of one waits."""
        text = self._carried + letters
        first = max(0, len(text) - _LONGEST)
        kept = next((at for at in range(first, len(text)) if text[at:] in _BEGINNINGS), len(text))
        return self._read(text, kept)

    def end(self) -> Said:
        """Return the rest."""
        return self._read(self._carried, len(self._carried))

    def _read(self, text: str, kept: int) -> Said:
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
                self._raise = found["mark"] in RAISING
        stop = max(at, kept)
        said.append(text[at:stop])
        self._idle += stop - at
        self._carried = text[stop:]
        read = "".join(said)
        return read, read
