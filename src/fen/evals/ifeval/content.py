"""Instructions about content: places to fill in, and a postscript."""

from __future__ import annotations

import re

from fen.evals.ifeval.instruction import Instruction, Reader

_PLACEHOLDER = re.compile(r"\[[^\]\n]*\]")
_POSTSCRIPTS = {"P.S.": re.compile(r"p\.\s?s\."), "P.P.S": re.compile(r"p\.\s?p\.\s?s")}


class NumberPlaceholders(Instruction, frozen=True):
    """At least so many placeholders in square brackets, such as `[address]`."""

    num_placeholders: int

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many, each within one line."""
        return len(_PLACEHOLDER.findall(text)) >= self.num_placeholders


class Postscript(Instruction, frozen=True):
    """A postscript, by its mark; where it stands is not looked at, nor its case."""

    postscript_marker: str

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether the mark is found; in `P.S.` and `P.P.S` a space may follow a full stop."""
        marker = self.postscript_marker.strip()
        known = _POSTSCRIPTS.get(marker)
        lowered = text.lower()
        return bool(known.search(lowered)) if known else marker.lower() in lowered
