"""Folding: one spelling for all the ways in which a name can be written so that a person still reads it.

Compatibility forms (full width, mathematical letters) by NFKC, case by casefold, format characters and
accents taken out, letters that look Latin in a Latin word turned into it. Sources: Unicode Standard Annex 15,
Unicode Technical Standard 39.
"""

from __future__ import annotations

import re
import unicodedata

from fen.hierarchy.unseen.confusables import untangle

_MARKUP = re.compile(r"[*`~#|<>\[\]{}\"“”„«»「」『』《》【】]+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "＇": "'", "–": "-", "—": "-", "‐": "-", "‑": "-"})
_LATIN_RUN = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_GAP = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return a text as names are looked for in it: lower case, one kind of letters, single spaces."""
    if text.isascii():
        return _GAP.sub(" ", _MARKUP.sub("", text.lower()))
    plain = unicodedata.normalize("NFKC", _untangle(text)).translate(_QUOTES)
    bare = "".join(_strip(plain))
    return _GAP.sub(" ", _MARKUP.sub("", unicodedata.normalize("NFC", bare).casefold()))


def fold_name(name: str) -> str:
    """Return a name as `fold` leaves it in a text, without spaces around it."""
    return fold(name).strip()


def _untangle(text: str) -> str:
    """Return the text with look-alikes read as Latin; words of Chinese beside Latin ones are apart."""
    return _LATIN_RUN.sub(lambda run: untangle(run[0]), text)


def _strip(text: str) -> list[str]:
    """Return the characters that are seen, without accents; letters of Hangul and Kana stay whole."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        category = unicodedata.category(char)
        if category == "Cf" or (category == "Mn" and kept and kept[-1].isascii()):
            continue
        kept.append(char)
    return kept
