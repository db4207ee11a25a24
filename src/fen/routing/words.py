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

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.characters import DIGIT, LETTER, NEWLINE, UNSPACED, load_characters

HEAD = TAIL = 16_000
"""Characters read at the beginning and at the end of a text that is longer than both together."""

_LONGEST = HEAD + TAIL + 1
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
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
_EDGE = 3  # tokens at the beginning of a text and at the end of its first line
_DIGITS = 12  # a number with more counts as one with so many
_POWERS = np.cumprod(np.full(_LONGEST, _MULTIPLIER, np.uint64), dtype=np.uint64)


class Passage(msgspec.Struct, frozen=True):
    """Texts one after the other, each followed by a space.

    points: code points. classes: of `characters`. rows: number of the text. Each has shape (N,).
    """

    points: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    rows: NDArray[np.intp]


class Grams(msgspec.Struct, frozen=True):
    """The n-grams of a passage, one entry for each time that one occurs, in no order.

    rows, columns: of each, shape (G,). words, numbers: of each text, shape (texts,).
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.uint32]
    words: NDArray[np.intp]
    numbers: NDArray[np.intp]


class _Tokens(msgspec.Struct, frozen=True):
    hashes: NDArray[np.uint64]
    rows: NDArray[np.intp]
    classes: NDArray[np.uint8]
    digits: NDArray[np.intp]  # how many, where it has nothing else; 0 for what is no number
    lines: NDArray[np.intp]  # ends of lines before it, of all texts


def clip(text: str) -> str:
    """Return what is read of a text: all, or `HEAD` characters and the last `TAIL`."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def read_passage(texts: Sequence[str]) -> Passage:
    """Return the code points of clipped texts; half of a surrogate pair is a character like others."""
    joined = "".join([f"{text} " for text in texts])
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32, copy=False)
    lengths = [len(text) + 1 for text in texts]
    rows = np.repeat(np.arange(len(texts)), lengths)
    return Passage(points, load_characters().classes[points], rows)


def count_grams(passage: Passage, texts: int, bits: int) -> Grams:
    """Return the n-grams of a passage of so many texts, as columns below 2**bits."""
    tokens = _split(passage)
    hashes, rows = tokens.hashes, tokens.rows
    paired = np.flatnonzero(rows[1:] == rows[:-1])
    pairs = _scatter(hashes[paired] * _NEXT + hashes[paired + 1])
    unspaced = tokens.classes == UNSPACED
    threes = _find_threes(unspaced, rows)
    three = _scatter((hashes[threes] * _NEXT + hashes[threes + 1]) * _NEXT + hashes[threes + 2])
    numbers = np.flatnonzero(tokens.digits)
    sizes = np.minimum(tokens.digits[numbers], _DIGITS).astype(np.uint64) * _MULTIPLIER
    (opening, opened), (closing, closed) = _find_edges(tokens)
    parts = (
        ("word", hashes),
        ("pair", pairs),
        ("three", three),
        ("digits", sizes),
        ("opening", opening),
        ("closing", closing),
    )
    mixed = np.concatenate([found ^ _SALTS[kind] for kind, found in parts])
    where = np.concatenate([rows, rows[paired], rows[threes], rows[numbers], opened, closed])
    wordy = tokens.classes <= UNSPACED
    return Grams(
        where,
        _place(_scatter(mixed), bits),
        np.bincount(rows[wordy], minlength=texts),
        np.bincount(rows[numbers], minlength=texts),
    )


def place_tag(tag: str, bits: int) -> int:
    """Return the column of a tag, which no word shares but by chance."""
    digest = blake2b(tag.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    salted = np.frombuffer(digest, "<u8").astype(np.uint64, copy=False) ^ _SALTS["tag"]
    return int(_place(_scatter(salted), bits)[0])


def _split(passage: Passage) -> _Tokens:
    """Find the tokens: a new one wherever two neighbours are not both letters or digits."""
    classes = passage.classes
    inked = classes >= LETTER
    wordy = inked & (classes <= DIGIT)
    begins = inked.copy()
    begins[1:] &= ~(wordy[1:] & wordy[:-1])
    at = np.flatnonzero(inked)
    first = np.flatnonzero(begins[at])
    if not len(first):
        none = np.zeros(0, np.intp)
        return _Tokens(np.zeros(0, np.uint64), none, np.zeros(0, np.uint8), none, none)
    lengths = np.diff(first, append=len(at))
    place = np.arange(len(at)) - np.repeat(first, lengths)
    letters = load_characters().folded[passage.points[at]].astype(np.uint64)
    hashes = _scatter(np.add.reduceat((letters + np.uint64(1)) * _POWERS[place], first))
    starts = at[first]
    digits = np.add.reduceat(classes[at] == DIGIT, first, dtype=np.intp)
    numeric = np.where(digits == lengths, digits, 0)
    lines = np.cumsum(classes == NEWLINE)[starts]
    return _Tokens(hashes, passage.rows[starts], classes[starts], numeric, lines)


def _find_edges(tokens: _Tokens) -> tuple[tuple[NDArray[np.uint64], NDArray[np.intp]], ...]:
    """Find one to three tokens where each text begins, and where its first line ends: hashes, rows."""
    rows = tokens.rows
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    sizes = np.diff(begins, append=len(rows))
    early = tokens.lines == np.repeat(tokens.lines[begins], sizes)
    told = np.cumsum(early) - early  # tokens of first lines before each one
    counts = np.diff(told[begins], append=early.sum())
    return _grow(tokens, begins, 1, sizes), _grow(tokens, begins + counts - 1, -1, counts)


def _grow(
    tokens: _Tokens, at: NDArray[np.intp], step: int, sizes: NDArray[np.intp]
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return n-grams of up to `_EDGE` tokens from a place on, of those that are there; and their rows."""
    grams, rows = [tokens.hashes[:0]], [tokens.rows[:0]]
    grown = np.zeros(len(at), np.uint64)
    for more in range(_EDGE):
        kept = sizes > more
        at, sizes = at[kept], sizes[kept]
        grown = grown[kept] * _NEXT + tokens.hashes[at + step * more]
        grams.append(_scatter(grown))
        rows.append(tokens.rows[at])
    return np.concatenate(grams), np.concatenate(rows)


def _find_threes(unspaced: NDArray[np.bool_], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    if len(rows) < 3 or not unspaced.any():
        return np.zeros(0, np.intp)
    return np.flatnonzero(unspaced[:-2] & unspaced[1:-1] & unspaced[2:] & (rows[:-2] == rows[2:]))


def _scatter(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def _place(hashes: NDArray[np.uint64], bits: int) -> NDArray[np.uint32]:
    return (hashes >> np.uint64(64 - bits)).astype(np.uint32)
