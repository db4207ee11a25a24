"""Names as patterns: with any separators between their parts, spelled out, or in letters that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fen.arena.identity.roster import Name

_ALIKE = {
    "a": "[a4@]",
    "b": "[b8]",
    "e": "[e3]",
    "g": "[g9]",
    "i": "[i1l!]",
    "l": "[l1i!]",
    "o": "[o0]",
    "s": "[s5$]",
    "t": "[t7+]",
}
_APART = r"[\s\-_.·・/,'()]{1,3}"  # between all letters of a name that is spelled out
_BETWEEN = r"[\s\-_.·・()]{0,2}"  # between the parts of a name
_PIECE = re.compile(r"[a-z]+|\d+|[^\sa-z\d\-_.·・()]+")


def compile_names(names: Iterable[Name]) -> re.Pattern[str]:
    """Return a pattern that finds any of the names in a folded text; the longest of several that fit."""
    ordered = sorted({name.text for name in names}, key=lambda text: (-len(text), text))
    return re.compile("|".join(filter(None, map(_write, ordered))) or r"(?!)")


def _write(name: str) -> str:
    pieces = _PIECE.findall(name)
    if not pieces:
        return ""
    joined = _BETWEEN.join("".join(_letter(char) for char in piece) for piece in pieces)
    chars = [char for piece in pieces for char in piece]
    spelled = _APART.join(map(_letter, chars)) if len(chars) > (2 if name.isascii() else 1) else ""
    either = f"(?:{joined}|{spelled})" if spelled else joined
    before = r"(?<![a-z0-9])" if _is_latin(chars[0]) else ""
    after = r"(?![a-z])" if chars[-1].isascii() and chars[-1].isalpha() else ""
    after = r"(?![\d])" if chars[-1].isdigit() else after
    return before + either + after


def _letter(char: str) -> str:
    return _ALIKE.get(char, re.escape(char))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
