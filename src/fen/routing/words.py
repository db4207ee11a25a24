"""The words of texts, as numbers of columns: hashed n-grams, the same on every machine and in every process.

A run of letters and digits is one token, read in small letters; each symbol is one; and so is each character
of a script without spaces (Chinese, Japanese, Korean, Thai ...). Columns are those of single tokens, of pairs
of neighbours, and of threes where all are characters of such a script. A number counts twice: as it stands,
and by how many digits it has. One to three tokens at the beginning of a text, and at the end of its first
line, have columns of their own besides: there a request says what it asks for.

Hashing needs no vocabulary (Weinberger et al. 2009, arXiv:0902.2206). A token's hash is a polynomial in its
code points modulo 2**64, scattered by the last step of SplitMix64 (Steele, Lea, Flood 2014). Python's own
`hash` is salted for each process, so it is not used.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.characters import CLASSES, DIGIT, LETTER, UNSPACED, load_characters

HEAD = TAIL = 16_000
"""Characters read at the beginning and at the end of a text that is longer than both together."""

_LONGEST = HEAD + TAIL + 1
_MULTIPLIER = 0x9E3779B97F4A7C15
_NEXT = np.uint64(0xD1342543DE82EF95)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SALTS = {
    kind: np.uint64(salt)
    for kind, salt in (
        ("word", 0x243F6A8885A308D3),
        ("pair", 0x13198A2E03707344),
        ("three", 0xA4093822299F31D0),
        ("digits", 0x082EFA98EC4E6C89),
        ("tag", 0x452821E638D01377),
        ("opening", 0xBE5466CF34E90C6C),
        ("closing", 0xC0AC29B7C97C50DD),
    )
}
_KINDS = ("word", "pair", "three", "opening", "closing", "digits")
_EDGE = 3  # tokens at the beginning of a text and at the end of its first line
_DIGITS = 12  # a number with more counts as one with so many
MOST_GRAMS = 4 * _LONGEST + 2 * _EDGE
"""N-grams that a clipped text has at most."""

# The multiplier is odd and has an inverse, which takes powers from the text's beginning back to a token's.
_POWERS = np.cumprod(np.full(_LONGEST, _MULTIPLIER, np.uint64), dtype=np.uint64)
_BACK = np.cumprod(np.full(_LONGEST, pow(_MULTIPLIER, -1, 1 << 64), np.uint64), dtype=np.uint64)


class Grams(msgspec.Struct, frozen=True):
    """The n-grams of a text: the column of each time that one occurs, ascending, shape (G,).

    words, numbers: how many there are. classes: how many characters are of each, shape (CLASSES,).
    """

    columns: NDArray[np.uint32]
    words: int
    numbers: int
    classes: NDArray[np.intp]


class _Tokens(NamedTuple):
    hashes: NDArray[np.uint64]
    starts: NDArray[np.intp]
    classes: NDArray[np.uint8]
    sizes: NDArray[np.intp]  # digits of those that have nothing else


def clip(text: str) -> str:
    """Return what is read of a text: all, or `HEAD` characters and the last `TAIL`."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def count_grams(text: str, tag: str | None, bits: int) -> Grams:
    """Return the n-grams of a clipped text and its tag, as columns below 2**bits.

    Half of a surrogate pair is a character like others.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.intp)
    classes = load_characters().classes.take(points)
    tokens = _split(points, classes)
    hashes, sizes = tokens.hashes, tokens.sizes
    pairs = hashes[:-1] * _NEXT + hashes[1:]
    threes = _find_threes(hashes, pairs, tokens.classes == UNSPACED)
    opening, closing = _find_edges(tokens, text)
    grown = _scatter(np.concatenate([pairs, threes, opening, closing]))
    mixed = np.concatenate([hashes, grown, np.minimum(sizes, _DIGITS).astype(np.uint64) * _POWERS[0]])
    begin = 0
    for kind, part in zip(_KINDS, (hashes, pairs, threes, opening, closing, sizes), strict=True):
        mixed[begin : begin + len(part)] ^= _SALTS[kind]
        begin += len(part)
    columns = _place(_scatter(mixed), bits)
    if tag:
        columns = np.append(columns, np.uint32(place_tag(tag, bits)))
    columns.sort()
    words = int(np.count_nonzero(tokens.classes <= UNSPACED))
    return Grams(columns, words, len(sizes), np.bincount(classes, minlength=CLASSES))


def place_tag(tag: str, bits: int) -> int:
    """Return the column of a tag, which no word shares but by chance."""
    digest = blake2b(tag.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    salted = np.frombuffer(digest, "<u8").astype(np.uint64, copy=False) ^ _SALTS["tag"]
    return int(_place(_scatter(salted), bits)[0])


def _split(points: NDArray[np.intp], classes: NDArray[np.uint8]) -> _Tokens:
    """Find the tokens: a new one wherever two neighbours are not both letters or digits."""
    begins = classes >= LETTER
    wordy = classes <= DIGIT
    wordy &= begins
    begins[1:] &= ~(wordy[1:] & wordy[:-1])
    starts = np.flatnonzero(begins)
    if not len(starts):
        none = np.zeros(0, np.intp)
        return _Tokens(np.zeros(0, np.uint64), none, np.zeros(0, np.uint8), none)
    # What is no part of a token counts as 0, so that all up to the next one may be summed.
    powers = load_characters().letters.take(points) * _POWERS[: len(points)]
    back = _BACK.take(starts) * _POWERS[0]
    hashes = _scatter(np.add.reduceat(powers, starts) * back)
    kinds = classes.take(starts)
    numeric = np.flatnonzero(kinds == DIGIT)
    if not len(numeric):
        return _Tokens(hashes, starts, kinds, numeric)
    digits = np.add.reduceat(classes == DIGIT, starts, dtype=np.intp)[numeric]
    sizes = np.add.reduceat(wordy, starts, dtype=np.intp)[numeric]
    return _Tokens(hashes, starts, kinds, digits[digits == sizes])


def _find_edges(tokens: _Tokens, text: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Find one to three tokens where a text begins, and where its first line ends."""
    hashes, starts = tokens.hashes, tokens.starts
    if not len(starts):
        return hashes, hashes
    line = text.find("\n", int(starts[0]))
    ends = len(starts) if line < 0 else int(np.searchsorted(starts, line))
    return _grow(hashes[:_EDGE]), _grow(hashes[max(ends - _EDGE, 0) : ends][::-1])


def _grow(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the n-grams of the first token, the first two ..."""
    grown = hashes.copy()
    for more in range(1, len(grown)):
        grown[more:] = grown[more - 1 : more] * _NEXT + hashes[more:]
    return grown


def _find_threes(
    hashes: NDArray[np.uint64], pairs: NDArray[np.uint64], unspaced: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    if not unspaced.any():
        return hashes[:0]
    return (pairs[:-1] * _NEXT + hashes[2:])[unspaced[:-2] & unspaced[1:-1] & unspaced[2:]]


def _scatter(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter values in their place."""
    values ^= values >> np.uint64(30)
    values *= _FIRST
    values ^= values >> np.uint64(27)
    values *= _SECOND
    values ^= values >> np.uint64(31)
    return values


def _place(hashes: NDArray[np.uint64], bits: int) -> NDArray[np.uint32]:
    return (hashes >> np.uint64(64 - bits)).astype(np.uint32)
