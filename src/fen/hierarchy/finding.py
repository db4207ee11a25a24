"""What was found in a text that should not be there, or not be heard."""

from __future__ import annotations

import msgspec

from fen.hierarchy.privilege import Privilege


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found.

    kind: what it is, in a word: `injection`, `zero_width`, `white_text`, `leak`. where: the piece, and the
    page and position in a file: `messages[1].content[0].file page 2 (72, 540)`. privilege: of the text that
    it was found in. score: from 0 to 1, how sure. start, end: its place in the piece's text, in characters.
    text: what it says, kept only where somebody asked for that.
    """

    kind: str
    where: str
    privilege: Privilege
    score: float = 1.0
    start: int = 0
    end: int = 0
    text: str | None = None
