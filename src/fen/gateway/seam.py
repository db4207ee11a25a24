"""One seam between what was said so far and the segment that goes on with it."""

from __future__ import annotations

from fen.gateway.joiners import Echoed, Joiner, JsonTurn, Spaced, Turn, UnusableError
from fen.gateway.json_prefix import JsonScanner


class Seam:
    """Passes a segment on, without what of it was said already.

    joiner: decides about its beginning; None takes it as it is. scanner: where the text is a JSON document,
    what has read it so far; it reads on here, and nothing passes that would break the document.
    refused: the segment, or its rest, was of no use. added: characters that were new.
    """

    def __init__(self, joiner: Joiner | None = None, scanner: JsonScanner | None = None) -> None:
        self._joiner = joiner
        self._scanner = scanner
        self.refused = False
        self.added = 0

    def feed(self, delta: str) -> str:
        """Return what of the segment can be passed on now."""
        if self.refused or not delta:
            return ""
        if self._joiner is None:
            return self._pass(delta)
        try:
            fresh = self._joiner.feed(delta)
        except UnusableError:
            self.refused = True
            return ""
        if fresh is None:
            return ""
        self._joiner = None
        return self._pass(fresh)

    def finish(self) -> str:
        """Return what was held back, now that no more of the segment comes."""
        if self.refused or self._joiner is None:
            return ""
        try:
            fresh = self._joiner.finish()
        except UnusableError:
            self.refused = True
            return ""
        self._joiner = None
        return self._pass(fresh)

    def _pass(self, fresh: str) -> str:
        if self._scanner is not None and fresh:
            valid = self._scanner.feed(fresh)
            self.refused = self._scanner.failed
            fresh = fresh[:valid]
        self.added += len(fresh)
        return fresh


def join_prefill(
    text: str, scanner: JsonScanner | None, *, trims: bool = False, echoes: bool = False
) -> Seam:
    """Return the seam where the vendor continues the assistant's own message: nothing overlaps.

    trims: the vendor did not see the text's last white space. echoes: it may say the whole text again.
    """
    joiner = Echoed(text) if echoes else Spaced(text) if trims else None
    return Seam(joiner, scanner)


def join_turn(text: str, anchor: str, scanner: JsonScanner | None) -> Seam:
    """Return the seam where a turn asked to go on from the anchor, the text's last characters."""
    return Seam(Turn(text, anchor) if scanner is None else JsonTurn(text, anchor, scanner), scanner)
