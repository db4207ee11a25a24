"""Texts compared as people would: are these words on the page already, and are they words at all?"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORDS = 6
_WIDE_CHARACTERS = 8


def squeeze(text: str) -> str:
    """Return a text without case, white space and differences that nobody sees, to look for it in another."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character != "\u00ad")


def reads_as_prose(text: str) -> bool:
    """Whether a text is long enough to say something: six words, or eight Chinese characters.

    A program's name, a date or a person's name is not.
    """
    wide = len(_WIDE.findall(text))
    return wide >= _WIDE_CHARACTERS or len(_WORD.findall(text)) - wide // 2 >= _WORDS
