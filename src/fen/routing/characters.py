"""What each character is: letter, digit, sign of a script without spaces, symbol, space."""

from __future__ import annotations

import unicodedata
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

# Classes, in an order such that a range of them tells what a token is made of.
SPACE, NEWLINE, LETTER, UPPER, DIGIT, UNSPACED, SYMBOL, QUESTION, MATHS, CODE = range(10)
CLASSES = 10

_POINTS = 0x110000
_PLANE = 0x10000  # read from this Python's Unicode tables; what lies beyond has a rule for each range
_QUESTIONS = "?？؟¿"
_MATHS = "$\\^∑∫√≤≥≠≈±×÷∞∂∇∈∉⊂⊆∪∩∀∃→⇒⇔"
_CODE = "{}`;=<>[]#"
# Scripts that write no space between words, and Korean, whose words take many endings: Thai, Lao, Tibetan,
# Burmese, Hangul, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1100, 0x11FF),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3041, 0x30FF),
    (0x3105, 0x318F),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFFDC),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
_SIGNS = ((0x1D000, 0x1D7FF), (0x1F000, 0x1FBFF))  # music, mathematical letters, pictures
_BLANK = (0xE0000, 0x10FFFF)  # tags, variations, private use
_WIDE = (0xFF01, 0xFF5E)  # the printable characters of ASCII, as wide as a Chinese one


class Characters(msgspec.Struct, frozen=True):
    """For each code point: its class, and what it counts as in a token.

    letters: 1 more than the code point that it is read as (small letters, narrow forms); 0 for a space.
    """

    classes: NDArray[np.uint8]
    letters: NDArray[np.uint64]


@cache
def load_characters() -> Characters:
    """Return the tables, made once for a process in about 30 ms.

    Characters outside the first plane go by range. Two versions of Python may differ in a character that
    Unicode has named between them, and in nothing else.
    """
    classes = np.full(_POINTS, LETTER, np.uint8)
    folded = np.arange(_POINTS, dtype=np.uint32)
    plane = [chr(point) for point in range(_PLANE)]
    classes[:_PLANE] = [_classify(sign) for sign in plane]
    small = (sign.lower() for sign in plane)
    folded[:_PLANE] = [ord(sign) if len(sign) == 1 else ord(sign[0]) for sign in small]
    for low, high in _UNSPACED:
        part = classes[low : high + 1]
        part[(part == LETTER) | (part == UPPER)] = UNSPACED
    for low, high in _SIGNS:
        classes[low : high + 1] = SYMBOL
    classes[_BLANK[0] : _BLANK[1] + 1] = SPACE
    wide = slice(_WIDE[0], _WIDE[1] + 1)
    narrow = np.arange(_WIDE[0], _WIDE[1] + 1) - 0xFEE0
    classes[wide], folded[wide] = classes[narrow], folded[narrow]
    return Characters(classes, np.where(classes >= LETTER, folded + 1, 0).astype(np.uint64))


def _classify(sign: str) -> int:
    for marks, found in ((_QUESTIONS, QUESTION), (_MATHS, MATHS), (_CODE, CODE), ("\n", NEWLINE)):
        if sign in marks:
            return found
    if sign.isspace():
        return SPACE
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return DIGIT
    if kind in {"Lu", "Lt"}:
        return UPPER
    # A mark belongs to its letter, and an underscore to its name.
    if kind[0] in "LMN" or sign == "_":
        return LETTER
    return SPACE if kind[0] == "C" else SYMBOL
