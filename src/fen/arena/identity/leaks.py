"""Leaks: where an answer says who wrote it.

A claim ("I am ...", "made by ...", 我是…, 由…开发) spoils a vote; a bare mention is only flagged. RULES rises
with every change of the patterns or of the data, and is kept with each vote, so that old votes can be judged
anew.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from fen.arena.identity.claims import is_claim
from fen.arena.identity.folding import fold
from fen.arena.identity.names import compile_names
from fen.arena.identity.roster import Roster

RULES = 1
"""The version of the rules."""

_ENDS = re.compile(r"[。！？!?;；\n]|\.(?=\s|\Z)")
_REACH = 160  # characters of a sentence that are looked at on either side of a name


class Leak(msgspec.Struct, frozen=True):
    """A name in an answer. name: as it was written, folded."""

    kind: Literal["claim", "mention"]
    name: str


class LeakFilter:
    """Looks for a roster's names; made once for a roster."""

    def __init__(self, roster: Roster) -> None:
        names = (*roster.makers, *roster.models)
        self._ordinary = compile_names(name for name in names if name.ordinary)
        self._names = compile_names(names)

    def find(self, text: str) -> tuple[Leak, ...]:
        """Return the leaks of a text, claims first, each name once for each kind."""
        folded = fold(_keep_lines(text))
        claims: dict[str, None] = {}
        mentions: dict[str, None] = {}
        for match in self._names.finditer(folded):
            before, after = _surround(folded, match.start(), match.end())
            ordinary = self._ordinary.fullmatch(match[0]) is not None
            if is_claim(before, after, ordinary=ordinary):
                claims[match[0]] = None
            elif not ordinary:
                mentions[match[0]] = None
        found = [Leak("claim", name) for name in claims]
        return (*found, *(Leak("mention", name) for name in mentions if name not in claims))

    def spoils(self, text: str) -> bool:
        """Whether a text has a claim."""
        return any(leak.kind == "claim" for leak in self.find(text))


def _keep_lines(text: str) -> str:
    """Return the text with line ends that folding leaves: a heading is no part of the next sentence."""
    return text.replace("\n", " \n ")


def _surround(text: str, start: int, end: int) -> tuple[str, str]:
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    ends = [match.end() for match in _ENDS.finditer(before)]
    stop = _ENDS.search(after)
    return before[ends[-1] :] if ends else before, after[: stop.start()] if stop else after
