"""Answers in words: which of some options a text states, and texts without what does not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ANSWER = re.compile(r"(?:answer\s*(?:is|was|:|=)|答案\s*(?:是|为|[:=]))(?P<line>[^\n]*)", re.IGNORECASE)


def normalise_words(text: str) -> str:
    """Return a text in small letters, without punctuation at the ends and with single spaces."""
    text = unicodedata.normalize("NFKC", text).casefold()
    words = (word.strip("\"'`*_.,;:!?()[]{}。、“”‘’「」") for word in text.split())
    return " ".join(word for word in words if word)


def find_line(text: str) -> str | None:
    """Return what follows the last "answer is", "Answer:" or 答案是 on its line; None where there is none."""
    found = [match["line"].strip() for match in _ANSWER.finditer(unicodedata.normalize("NFKC", text))]
    return found[-1] if found and found[-1] else None


def find_option(text: str, options: Sequence[str]) -> str | None:
    """Return the option that a text states, as it is written in `options`; None where it states none.

    What follows "answer is" comes first, then what the text begins with, then the option that it names last.
    """
    known = {normalise_words(option): option for option in options}
    either = "|".join(re.escape(option) for option in sorted(known, key=len, reverse=True))
    whole = re.compile(rf"(?<!\w)(?:{either})(?!\w)")
    line = find_line(text)
    for part in (line, text):
        if part is None:
            continue
        plain = normalise_words(part)
        first = whole.match(plain)
        found = [first] if first else list(whole.finditer(plain))
        if found:
            return known[found[-1].group()]
    return None
