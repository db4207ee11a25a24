"""Texts compared as people would: whether words are on the page already, and whether they are any."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ADDRESS = re.compile(r"\w+://\S+")
_WORDS = 6
_WIDE_CHARACTERS = 8


def squeeze(text: str) -> str:
    """Return a text without case, white space and differences that nobody sees, to look for it in another."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character != "\u00ad")


def reads_as_prose(text: str) -> bool:
    """Whether a text is long enough to say something: six words, or eight Chinese characters.

    A program's name, a date, an address or a person's name is not.
    """
    text = _ADDRESS.sub(" ", text)
    wide = len(_WIDE.findall(text))
    return wide >= _WIDE_CHARACTERS or len(_WORD.findall(text)) - wide // 2 >= _WORDS


def decode_if_text(content: bytes) -> str:
    """Return what bytes say, or how many they are where they are no UTF-8 text."""
    text = content.decode("utf-8", errors="replace")
    odd = sum(
        character == "\ufffd" or not (character.isprintable() or character.isspace()) for character in text
    )
    return text if odd * 20 <= len(text) else f"({len(content)} bytes that are no text)"
