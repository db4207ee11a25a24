"""Texts as graders compare them: without what a model adds for looks."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_WIDE = 0x2E80
_EDGES = " \t\n\r*_`\"'“”‘’「」.,!?;:。，！？；：()[]{}<>《》#-"


def normalise(text: str) -> str:
    """Return a text in one case and width, with single spaces, without marks at its ends."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip(_EDGES)


def squeeze(text: str) -> str:
    """Return only a text's letters and digits, in one case and width."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def holds(text: str, part: str) -> bool:
    """Whether a text has the part in it, as whole words where the part begins and ends with Latin ones."""
    body, wanted = normalise(text), normalise(part)
    if not wanted:
        return False
    before = r"(?<![a-z0-9])" if wanted[0].isascii() and wanted[0].isalnum() else ""
    after = r"(?![a-z0-9])" if wanted[-1].isascii() and wanted[-1].isalnum() else ""
    return re.search(before + re.escape(wanted) + after, body) is not None


def weigh(text: str) -> int:
    """Return how many letters and digits a text has; Chinese ones, which say more, count twice."""
    letters = squeeze(text)
    return len(letters) + sum(ord(char) >= _WIDE for char in letters)
