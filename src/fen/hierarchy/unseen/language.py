"""Whether a text reads as language: what a decoder gives back is kept only where it does."""

from __future__ import annotations

import re

SAMPLE = 400
"""Characters of a text's beginning that are looked at."""

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\ufffe\uffff\U000e0000-\U0010ffff]"
)
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_OTHER_LETTERS = re.compile(r"[\u0370-\u1fff]")
_WORDS = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_VOWELS = re.compile(r"[aeiouyAEIOUY\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")
_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}|[a-z][A-Z]")

COMMON = frozenset(
    re.findall(
        "[a-z]+",
        "the of and to in is that it for was on are as with be this have from or by not but you all can will"
        " my your at an if me do no so we he she they their which what when who how about into than then only"
        " now please ignore previous instructions instruction prompt system print say reveal output answer"
        " respond write forget disregard above below send tell user password secret assistant",
    )
)
"""Frequent English words, and those of instructions."""


def is_printable(text: str) -> bool:
    """Whether nothing in the text's beginning is a control, private or broken character."""
    return _UNPRINTABLE.search(text, 0, SAMPLE) is None


def reads_as_language(text: str) -> bool:
    """Whether the text's beginning is made of words; identifiers, digits and noise are not."""
    sample = text[:SAMPLE].strip()
    if len(sample) < 4 or not is_printable(sample):
        return False
    if not sample.isascii():
        if len(_HAN.findall(sample)) * 3 >= len(sample):
            return True
        if len(_OTHER_LETTERS.findall(sample)) * 2 >= len(sample):
            return " " in sample or len(sample) < 16
    words = _WORDS.findall(sample)
    return bool(words) and _reads_as_words(sample, words)


def _reads_as_words(sample: str, words: list[str]) -> bool:
    letters = sum(map(len, words))
    spaces = sample.count(" ") + sample.count("\n")
    if letters + spaces < 0.7 * len(sample) or letters > 14 * len(words):
        return False
    known = sum(word.lower() in COMMON for word in words)
    if known * 8 >= len(words) and (known > 1 or len(words) < 8):
        return True
    spoken = [word for word in words if len(word) > 2 and _VOWELS.search(word) and not _CLUSTER.search(word)]
    return (
        len(words) > 1
        and len(spoken) >= min(3, len(words))
        and spaces * 2 >= len(words)
        and len(spoken) * 2 >= len(words)
    )
