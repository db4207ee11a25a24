"""The option that an answer picks by its letter: "B", "(B) Paris", "**Answer: B**", "故选 B"."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from fen.evals.extract.boxed import find_boxed

# Quantifiers give nothing back, so that blanks or stars without end are read in the time of their length.
_OPEN = r"[\s*_\"'`(\[{$【「]*+"
_MARKS = r"(?:answer\s*+(?:is|was|would be|:|=)|答案\s*+(?:应该?)?\s*+[是为选:=]|选\s*+择?\s*+:?)"


class _Patterns:
    """The ways to name one of some letters."""

    def __init__(self, letters: str) -> None:
        alone = rf"(?P<letter>[{letters}])(?![A-Za-z0-9'’-])"
        option = rf"{_OPEN}(?:option\s|choice\s|选项)?{_OPEN}{alone}"
        small = f"[{letters.lower()}]"
        self.marked = re.compile(f"{_MARKS}{option}", re.IGNORECASE)
        self.first = re.compile(f"(?i:{_OPEN}(?:option\\s|choice\\s|选项)?){_OPEN}{alone}")
        self.small = re.compile(rf"\s*(?:\((?P<listed>{small})\)|(?P<letter>{small})[).]?\s*$)")
        self.anywhere = re.compile(f"(?<![A-Za-z0-9]){alone}")


@cache
def _patterns(letters: str) -> _Patterns:
    return _Patterns(letters)


def find_letter(text: str, letters: str = "ABCD") -> str | None:
    """Return the letter that an answer picks, one of `letters`; None where it picks none or several.

    What is marked comes first ("the answer is (B)", a box, 答案是), the last of these; then a letter that the
    answer begins with; then the only letter that stands alone in it. "A" before a word is the article, "I"
    before a word is the person.
    """
    text = unicodedata.normalize("NFKC", text)
    patterns = _patterns(letters)
    boxed = find_boxed(text)
    if boxed is not None:
        inside = patterns.first.match(re.sub(r"\\text(?:bf)?\{", "", boxed))
        if inside:
            return inside["letter"]
    marked = [match for match in patterns.marked.finditer(text) if not _is_word(text, match)]
    if marked:
        return marked[-1]["letter"].upper()
    first = patterns.first.match(text)
    if first and not _is_word(text, first):
        return first["letter"]
    small = patterns.small.match(text)
    if small:
        return (small["letter"] or small["listed"]).upper()
    alone = {match["letter"] for match in patterns.anywhere.finditer(text) if not _is_word(text, match)}
    return alone.pop() if len(alone) == 1 else None


def _is_word(text: str, match: re.Match[str]) -> bool:
    """Whether the letter is the article "a" or the person "I": a word in small letters follows."""
    if match["letter"] not in "AaIi":
        return False
    return re.match(r" (?!(?:and|or|is|are)\b)[a-z]", text[match.end("letter") :]) is not None
