"""Text as it is compared: without case, and without all that may stand between two letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import normalize

Fold = Callable[[str], str]
"""Folds a text; the fold of two texts joined is the two folds joined, so a stream can be folded in pieces."""

_LOWER = bytes(range(256)).lower()
_ALNUM = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_NO_ALNUM = bytes(code for code in range(128) if code not in _ALNUM)
_NO_MARK = bytes(code for code in range(128) if code <= 0x20 or code == 0x7F)
_BETWEEN = re.compile(r"[\W_]+")
_UNSEEN = re.compile(
    r"[\s\x00-\x1f\x7f\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"
)

_SMALL, _LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TURNED = str.maketrans(_SMALL + _LARGE, _SMALL[13:] + _SMALL[:13] + _LARGE[13:] + _LARGE[:13])
ROT13_BYTES = bytes(
    bytes([code]).decode("latin-1").translate(_TURNED).encode("latin-1")[0] for code in range(256)
)
"""The table of ROT13 for bytes.translate."""


def fold(text: str) -> str:
    """Return a text's letters and digits, without case, accents and width."""
    if text.isascii():
        return text.encode().translate(_LOWER, _NO_ALNUM).decode()
    return _BETWEEN.sub("", normalize("NFKD", text).casefold())


def fold_marks(text: str) -> str:
    """Return a text without case and space, its marks kept: for a secret that has few letters."""
    if text.isascii():
        return text.encode().translate(_LOWER, _NO_MARK).decode()
    return _UNSEEN.sub("", normalize("NFKD", text).casefold())


def rot13(text: str) -> str:
    """Turn the Latin letters of a text by half the alphabet."""
    return text.translate(_TURNED)
