"""The vocabulary of spelled-out text: what its words stand for, and which letters tell of it in a stream.

The words are those of the ICAO spelling alphabet with their usual variants, and English digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fen.hierarchy.leaks.folding import rot13

ALPHABET = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
"""The words of the spelling alphabet, with their variants."""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
"""The digits as words."""

CODE_WORDS: Mapping[str, str] = MappingProxyType(
    {word: word[0] for word in ALPHABET.split()}
    | {word: str(digit) for digit, word in enumerate(DIGITS)}
    | {"niner": "9"}
)
"""What each word stands for."""

MARKS: Mapping[str, str] = MappingProxyType(
    {
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
)
"""What each name of a mark stands for."""

MARK_NAMES: Mapping[str, str] = MappingProxyType({"-": "dash", "_": "underscore", "+": "plus", "/": "slash"})
"""What the marks in keys are called."""

RAISING = frozenset({"capital", "uppercase", "upper", "big"})
"""What makes a capital of the next letter."""

FILLING = frozenset(
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
"""What spells nothing and stands between words that do."""

JOINING = frozenset({"for", "as", "in", "like"})
"""What stands between a letter and its word."""

FORWARDS, BACKWARDS, TURNED = 1, 2, 4
"""How spelled text is read: as it is, reversed, behind ROT13."""

Said = tuple[str, str]
"""What was spelled: without the letters that may be the first ones of ordinary words, and with them."""

ALONE = 8
"""Said of a way: one word is enough to read so. A single code word or digit is none."""

_COUNTING = ("plus", "slash")  # like a code word: one may be chance
_TELLING = ("capital", "percase", "ercase", "dash", "hyphen", "erscore")


def _find_heads() -> dict[str, int]:
    """Return the grams of four letters that tell of spelled text, and how it may be read."""
    heads: dict[str, int] = {}
    for word in (*CODE_WORDS, *_COUNTING, *_TELLING):
        alone = ALONE if word in _TELLING else 0
        for form, way in ((word, FORWARDS), (word[::-1], BACKWARDS), (rot13(word), TURNED)):
            tails = ("",) if len(form) > 3 else "abcdefghijklmnopqrstuvwxyz0123456789"
            for tail in tails:
                head = (form + tail)[:4]
                heads[head] = heads.get(head, 0) | way | alone
    return heads


HEADS: Mapping[str, int] = MappingProxyType(_find_heads())
"""Four letters each that tell of spelled text, and how it may be read."""
